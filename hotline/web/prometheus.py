"""GET /metrics: metrics for Prometheus in its text format, version 0.0.4, behind METRICS_TOKEN.

Rule 1: without METRICS_TOKEN the page is 404. The token is sent as a bearer token and compared in constant
        time.
Rule 2: each label has a closed set of values (`hotline.telemetry.measures`), without quotes, backslashes or newlines.
        No label contains data of a parent. A figure not named here is not exported: some contain what a center's own
        flows ask.
Rule 3: counters are the figures of the center's day, so they reset at midnight; `rate` and `increase` treat
        that as a restart. Any web process can report for all of them.
Rule 4: while Redis is down the page is still served, with `hotline_check_ok{check="redis"} 0`.
Rule 5: it costs Redis some work, so each process caches the page for PAGE_TTL.

The format is written here because the figures live in Redis, not in a process: the registry of prometheus-client would
only copy them, and its multiprocess mode needs its own files.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, TypeVar

from flask import Blueprint, Response, abort, request

from hotline import clock
from hotline.carrier.errors import VERDICTS, Verdict
from hotline.conversation.model.events import Channel
from hotline.log import log
from hotline.store.connection import StoreBusy
from hotline.store.due_set import backlog
from hotline.store.heartbeat import INBOX, last_beat
from hotline.store.metrics import figures
from hotline.store.usage import FIGURE
from hotline.telemetry import measures
from hotline.telemetry.measures import BUCKETS, OTHER, Dropped, Outcome, Timed
from hotline.web import checks, health
from hotline.web.service import Service
from hotline.web.service import service as this_service
from hotline.web.statuses import REPLY_DELIVERED, REPLY_LOST

prometheus = Blueprint("prometheus", __name__)

PAGE_TTL: Final = timedelta(seconds=5)

PROCESSES: Final = ("clock", "worker", INBOX)

DANGER: Final = {
    "self": "word.crisis",
    "child_hurt": "word.abuse",
    "asked": "danger.asked",
    "confirmed": "danger.confirmed",
    "still": "word.danger_still",
}
"""Figures on danger: alarms by the person they concern, the safety question, a yes to it, and later signs."""

CODES: Final = (*map(str, VERDICTS), OTHER)

K = TypeVar("K", bound="str | tuple[str, ...]")
"""The value of a metric's label, or the values of its labels."""


@prometheus.get("/metrics")
def metrics() -> Response:
    """Return all metrics, or 401 without the right bearer token. Raises NotFound if METRICS_TOKEN is not set."""
    service = this_service()
    if not service.settings.metrics_token:
        abort(404)
    given = request.authorization
    token = given.token or "" if given is not None and given.type == "bearer" else ""
    if not hmac.compare_digest(
        token.encode(errors="surrogateescape"), service.settings.metrics_token.encode()
    ):
        refused = Response("the bearer token is not METRICS_TOKEN\n", 401, mimetype="text/plain")
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    page = health.cached("metrics", PAGE_TTL, lambda: "".join(all_metrics(service)))
    response = Response(page, content_type="text/plain; version=0.0.4; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def all_metrics(service: Service) -> Iterator[str]:
    """Yield all metrics, except those that Redis cannot provide at the moment."""
    yield gauge(
        "hotline_check_ok",
        "Whether a check of /status passes; /status reports the problem and its fix.",
        {name: checks.is_well(state) for name, state in checks.run_checks(service).items()},
        "check",
    )
    for read in (_today, _webhooks, _followups, _heartbeats, _requests):
        try:
            yield from tuple(read(service))
        except StoreBusy as busy:
            log.warning("store_busy", path="/metrics", cause=str(busy))


def _today(service: Service) -> Iterator[str]:
    service.measured.write()
    counted = figures(service.redis, service.now().date())
    return of_day(counted, service.settings.segments_per_day)


def of_day(counted: Counter[str], segments_per_day: int) -> Iterator[str]:
    """Yield the metrics for these figures of one day."""
    turns = {(c, o): counted[measures.turn(c, o)] for c in Channel for o in Outcome}
    yield counter("hotline_turns_total", "Turns by channel, and how they ended.", turns, "channel", "outcome")
    yield counter(
        "hotline_turn_conflicts_total",
        "Commits that conflicted with another turn of the same person and were retried.",
        counted[measures.CONFLICTS],
    )
    times = {"sms": Timed.SMS, "voice": Timed.VOICE}
    yield histogram("hotline_turn_seconds", "Time from a webhook to its answer.", counted, times)
    yield histogram(
        "hotline_turn_redis_seconds", "The part of it spent in Redis.", counted, {"": Timed.REDIS}
    )
    opened = {Channel.SMS: counted["text_opened"], Channel.VOICE: counted["call_opened"]}
    yield counter(
        "hotline_conversations_total", "Conversations started by text, and calls.", opened, "channel"
    )
    yield counter(
        "hotline_danger_total",
        "Signs of danger: alarms by whom they concern, and the safety question and its answers.",
        {kind: counted[figure] for kind, figure in DANGER.items()},
        "kind",
    )
    yield counter("hotline_stops_total", "Parents who said STOP.", counted["stop"])
    yield counter(
        "hotline_not_understood_total", "Texts and answers that were not understood.", counted["miss"]
    )
    yield counter("hotline_person_asked_total", "Parents who asked for a person.", counted["word.human"])
    yield from _texts(counted)
    yield gauge("hotline_segments_today", "Segments of the daily budget used so far today.", counted[FIGURE])
    yield gauge("hotline_segments_per_day", "The daily budget.", segments_per_day)


def _texts(counted: Counter[str]) -> Iterator[str]:
    """Yield the metrics of texts. There are too many codes to export each as 0."""
    refused = {(v, code): n for v in Verdict for code in CODES if (n := counted[f"send.{v}.{code}"])}
    yield counter(
        "hotline_sends_total",
        "Texts that we initiated: accepted by the carrier, or refused with its code.",
        {("taken", ""): counted[measures.SENT], **refused},
        "result",
        "code",
    )
    lost = {("failed", code): n for code in CODES if (n := counted[f"{measures.FAILED}{code}"])}
    yield counter(
        "hotline_deliveries_total",
        "Delivery of the texts that we initiated.",
        {("delivered", ""): counted[measures.DELIVERED], **lost},
        "result",
        "code",
    )
    replies = Counter({("delivered", ""): counted[REPLY_DELIVERED]})
    for name, number in counted.items():
        if name.startswith(REPLY_LOST):
            replies["failed", measures.known(name.removeprefix(REPLY_LOST))] += number
    yield counter("hotline_replies_total", "Delivery of the replies to parents.", replies, "result", "code")
    dropped = {reason: counted[measures.dropped(reason)] for reason in Dropped}
    yield counter("hotline_drops_total", "Planned texts not sent, by reason.", dropped, "reason")


def _webhooks(service: Service) -> Iterator[str]:
    received = service.webhook_health.recent()
    yield gauge(
        "hotline_webhooks_last_hour",
        "Webhooks in the last hour, accepted or refused with the reason.",
        dict(sorted(received.counted.items())),
        "kind",
        "outcome",
    )
    yield gauge(
        "hotline_webhook_age_seconds",
        "Time since the last accepted webhook of each kind.",
        {kind: _age(at) for kind, at in sorted(received.last.items())},
        "kind",
    )


def _followups(service: Service) -> Iterator[str]:
    now = clock.now()
    waiting = backlog(service.redis, now)
    yield gauge(
        "hotline_followups",
        "Pending texts: not due yet, due now, and of those the ones over 10 minutes late.",
        {"ahead": waiting.ahead, "due": waiting.due, "late": service.followups.due.late(now)},
        "state",
    )
    lag = _age(waiting.since) if waiting.since else 0
    yield gauge("hotline_followup_lag_seconds", "How long the oldest due text has been due.", lag)


def _heartbeats(service: Service) -> Iterator[str]:
    beats = {name: last_beat(service.redis, name) for name in PROCESSES}
    yield gauge(
        "hotline_process_age_seconds",
        "Time since the last heartbeat of a clock or a worker, and since the last inbox check began.",
        {name: _age(at) for name, at in beats.items() if at},
        "process",
    )


def _requests(service: Service) -> Iterator[str]:
    waiting = service.requests.waiting()
    oldest = _age(min(each.since for each in waiting)) if waiting else 0
    yield gauge("hotline_requests_waiting", "Parents waiting to be called back.", len(waiting))
    yield gauge("hotline_request_age_seconds", "How long the first of them has been waiting.", oldest)


def _age(at: datetime) -> float:
    return max((clock.now() - at).total_seconds(), 0.0)


def gauge(name: str, about: str, values: float | Mapping[K, float], *labels: str) -> str:
    """Return a gauge as text; "" if it has no values."""
    return _metric(name, "gauge", about, _samples(name, values, labels))


def counter(name: str, about: str, values: float | Mapping[K, float], *labels: str) -> str:
    """Return a counter as text; "" if it has no values."""
    return _metric(name, "counter", about, _samples(name, values, labels))


def histogram(name: str, about: str, counted: Counter[str], by_channel: Mapping[str, Timed]) -> str:
    """Return a histogram of times as text, with cumulative buckets; the channel "" has no label."""
    samples: list[str] = []
    for channel, what in by_channel.items():
        of_channel = {"channel": channel} if channel else {}
        below = 0
        for end in (*map(str, BUCKETS), measures.OVER):
            below += counted[f"{what}.{end}"]
            le = "+Inf" if end == measures.OVER else end
            samples.append(_sample(f"{name}_bucket", {**of_channel, "le": le}, below))
        samples.append(_sample(f"{name}_sum", of_channel, counted[f"{what}.sum"] / 1e6))
        samples.append(_sample(f"{name}_count", of_channel, below))
    return _metric(name, "histogram", about, samples)


def _samples(name: str, values: float | Mapping[K, float], labels: tuple[str, ...]) -> list[str]:
    if not isinstance(values, Mapping):
        return [_sample(name, {}, values)]
    keys = ((key if isinstance(key, tuple) else (key,), value) for key, value in values.items())
    return [_sample(name, dict(zip(labels, key, strict=True)), value) for key, value in keys]


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    written = ",".join(f'{label}="{each}"' for label, each in labels.items())
    return f"{name}{f'{{{written}}}' if written else ''} {value:.15g}\n"


def _metric(name: str, kind: str, about: str, samples: list[str]) -> str:
    return "".join((f"# HELP {name} {about}\n# TYPE {name} {kind}\n", *samples)) if samples else ""
