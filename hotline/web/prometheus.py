"""GET /metrics: metrics for Prometheus, behind METRICS_TOKEN.

Rule 1: without METRICS_TOKEN the page is 404. The token is sent as a bearer token and compared in constant
        time.
Rule 2: each label has a closed set of values (`hotline.telemetry.measures`). No label contains data of a parent.
Rule 3: counters are the figures of the center's day, so they reset at midnight; `rate` and `increase` treat
        that as a restart. Any web process can report for all of them.
Rule 4: while Redis is down the page is still served, with `hotline_check_ok{check="redis"} 0`.
Rule 5: it costs Redis some work, so each process caches the page for PAGE_TTL.
"""

from __future__ import annotations

import hmac
import math
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from flask import Blueprint, Response, abort, current_app, request

from hotline import clock
from hotline.log import log
from hotline.store.backlog import backlog
from hotline.store.connection import StoreBusy
from hotline.store.heartbeat import INBOX, last_beat
from hotline.store.metrics import figures
from hotline.web import day_metrics, health
from hotline.web.exposition import CONTENT_TYPE, Metric, Sample, written
from hotline.web.service import Service
from hotline.web.service import service as this_service

prometheus = Blueprint("prometheus", __name__)

PAGE_TTL: Final = timedelta(seconds=5)

PROCESSES: Final = ("clock", "worker", INBOX)


@prometheus.get("/metrics")
def metrics() -> Response:
    """Return all metrics, or 401 without the right bearer token.

    Raises NotFound if METRICS_TOKEN is not set.
    """
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
    response = Response(_page_of_late(service), content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page_of_late(service: Service) -> str:
    """Return this process's page, cached for PAGE_TTL."""
    cached: dict[str, tuple[float, str]] = current_app.extensions.setdefault("hotline.metrics", {})
    at, page = cached.get("last", (-math.inf, ""))
    if time.monotonic() - at > PAGE_TTL.total_seconds():
        page = written(all_metrics(service))
        cached["last"] = time.monotonic(), page
    return page


def all_metrics(service: Service) -> Iterator[Metric]:
    """Yield all metrics, except those that Redis cannot provide at the moment."""
    checks = health.looked_at(service)
    yield Metric(
        "hotline_check_ok",
        "gauge",
        "Whether a check of /status passes; /status reports the problem and its fix.",
        tuple(Sample(health.is_well(state), (("check", name),)) for name, state in checks.items()),
    )
    for read in (_of_the_day, _webhooks, _followups, _ages, _waiting):
        try:
            yield from tuple(read(service))
        except StoreBusy as busy:
            log.warning("store_busy", path="/metrics", cause=str(busy))


def _of_the_day(service: Service) -> Iterator[Metric]:
    service.measured.write()
    counted = figures(service.redis, clock.now().astimezone(service.settings.time_zone).date())
    return day_metrics.of(counted, service.settings.segments_per_day)


def _webhooks(service: Service) -> Iterator[Metric]:
    received = service.webhook_health.recent()
    yield Metric(
        "hotline_webhooks_last_hour",
        "gauge",
        "Webhooks in the last hour, accepted or refused with the reason.",
        tuple(
            Sample(count, (("kind", kind), ("outcome", outcome)))
            for (kind, outcome), count in sorted(received.counted.items())
        ),
    )
    yield Metric(
        "hotline_webhook_age_seconds",
        "gauge",
        "Time since the last accepted webhook of each kind.",
        tuple(Sample(_age(at.timestamp()), (("kind", kind),)) for kind, at in sorted(received.last.items())),
    )


def _followups(service: Service) -> Iterator[Metric]:
    now = clock.now()
    waiting = backlog(service.redis, now)
    states = {"ahead": waiting.ahead, "due": waiting.due, "late": service.followups.due.late(now)}
    yield Metric(
        "hotline_followups",
        "gauge",
        "Pending texts: not due yet, due now, and of those the ones over 10 minutes late.",
        tuple(Sample(count, (("state", state),)) for state, count in states.items()),
    )
    lag = _age(waiting.since.timestamp()) if waiting.since else 0
    yield Metric(
        "hotline_followup_lag_seconds",
        "gauge",
        "How long the oldest due text has been due.",
        (Sample(lag),),
    )


def _ages(service: Service) -> Iterator[Metric]:
    beats = ((name, last_beat(service.redis, name)) for name in PROCESSES)
    yield Metric(
        "hotline_process_age_seconds",
        "gauge",
        "Time since the last heartbeat of a clock or a worker, and since the last inbox check began.",
        tuple(Sample(_age(at.timestamp()), (("process", name),)) for name, at in beats if at),
    )


def _waiting(service: Service) -> Iterator[Metric]:
    waiting = service.requests.waiting()
    yield Metric(
        "hotline_requests_waiting",
        "gauge",
        "Parents waiting to be called back.",
        (Sample(len(waiting)),),
    )
    oldest = _age(min(each.since.timestamp() for each in waiting)) if waiting else 0
    yield Metric(
        "hotline_request_age_seconds",
        "gauge",
        "How long the first of them has been waiting.",
        (Sample(oldest),),
    )


def _age(at: float) -> float:
    return max(clock.now().timestamp() - at, 0.0)
