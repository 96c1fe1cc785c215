"""Health endpoints: /healthz for the process, /readyz for serving parents, /status for operators.

Rule 1: /readyz checks only what answering a parent needs: a Redis that responds, accepts writes and evicts
        nothing; on a cluster one such node is enough, because the people stored there are answered. A host sends no
        traffic to a process that is not ready, so any other check would take down a working hotline.
Rule 2: /status reports everything, each problem with its fix, and always returns 200. It costs Redis some
        work, so results are cached for STATUS_TTL.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

from flask import Blueprint, Response, current_app, jsonify
from redis.exceptions import NoPermissionError, RedisError

from hotline import clock
from hotline.carrier.errors import DROPS, WHAT_TO_DO, Verdict, verdict, why
from hotline.config.oddities import oddities
from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.publishing.lint.reviews import Review, of_letters, of_states, rows, summary
from hotline.store.away import DOES_NOT_ANSWER
from hotline.store.connection import StoreBusy
from hotline.store.heartbeat import INBOX, SILENT_AFTER, last_beat
from hotline.store.look_progress import InboxRuns, Unlisted
from hotline.store.metrics import figures
from hotline.store.rate_limits import ALARM_AT
from hotline.store.rounds import RoundsFound
from hotline.store.send_rate import Refusal
from hotline.web import request_checks, store_checks
from hotline.web.service import Service
from hotline.web.service import service as this_service
from hotline.web.statuses import REPLY_DELIVERED, REPLY_LOST

T = TypeVar("T")

health = Blueprint("health", __name__)

UNSEEN_AFTER = timedelta(minutes=20)
"""Long enough for a few failed inbox checks in a row."""

STATUS_TTL = timedelta(seconds=2)

DROPPED_SHARE: Final = 0.05
"""Tolerated share of a day's replies: filters drop one now and then, which is not the hotline's fault."""

AWAY: Final = f"{DOES_NOT_ANSWER}; see `redis`"

NOT_REPORTED = "Redis does not report this: its user may not use INFO. Check it in the provider's console"
"""Result that is no problem by itself."""


@health.get("/healthz")
def alive() -> Response:
    """Return 200 while the process responds; check nothing else."""
    return Response("ok\n", mimetype="text/plain")


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """Return the checks that serving parents depends on: "ok", or the problem and its fix.

    The status is 503 if any fails.
    """
    found = looked_at(this_service(), READY)
    return jsonify(found), 200 if all(map(is_well, found.values())) else 503


@health.get("/status")
def status() -> Response:
    """Return every check of the line: "ok", or the problem and its fix."""
    response = jsonify(cached("status", STATUS_TTL, lambda: looked_at(this_service())))
    response.headers["Cache-Control"] = "no-store"
    return response


def is_well(state: str) -> bool:
    """Check whether a result is no problem: "ok", or one that Redis may not report."""
    return state in ("ok", NOT_REPORTED)


def looked_at(service: Service, names: Iterable[str] | None = None) -> dict[str, str]:
    """Run these checks, or all for None; return "ok" or the problem, by name."""
    names = CHECKS if names is None else names
    return {name: _found(CHECKS[name], service) for name in names}


def cached(name: str, ttl: timedelta, make: Callable[[], T]) -> T:
    """Return this process's last result of `make` under this name, or a new one if it is older than `ttl`."""
    last: tuple[float, T] | None = current_app.extensions.get(f"hotline.{name}")
    if last is None or time.monotonic() - last[0] > ttl.total_seconds():
        last = current_app.extensions[f"hotline.{name}"] = time.monotonic(), make()
    return last[1]


def _beats(process: str) -> Callable[[Service], str]:
    def check(service: Service) -> str:
        seen = last_beat(service.redis, process)
        if seen is None or clock.now() - seen > SILENT_AFTER:
            start = f"start one: systemctl start hotline-{process}, or elsewhere python -m hotline {process}"
            return f"no {process} has sent a heartbeat for a while; {start}"
        return "ok"

    return check


def _inbox(service: Service) -> str:
    """Check that a worker reads what arrived while Redis or the web was down (`workers.reconcile`)."""
    if refusal := InboxRuns(service.redis).refusal():
        return (
            f"the carrier refuses to list our messages: {_since(service, refusal)}. Planned texts are sent "
            "anyway, and a missed STOP is not found: allow TWILIO_API_KEY to list messages, recordings and calls"
        )
    looked = last_beat(service.redis, INBOX)
    if looked is None or clock.now() - looked > UNSEEN_AFTER:
        unseen = "no one has checked the carrier for missed texts, such as a STOP, for a while"
        if _beats("worker")(service) != "ok":
            return f"{unseen}; a worker checks as soon as one runs"
        return f"{unseen}; check the worker's log, and allow TWILIO_API_KEY to list messages, recordings and calls"
    return "ok"


def _spending(service: Service) -> str:
    today = clock.now().astimezone(service.settings.time_zone).date()
    spent, most = service.budgets.spent(today), service.settings.segments_per_day
    if spent < ALARM_AT * most:
        return "ok"
    used = f"{spent} of {most} segments used today"
    if spent < most:
        return f"{used}; at the limit parents get one last answer each. If the texts are parents', raise SEGMENTS_PER_DAY"
    return f"{used}: parents get one last answer each until midnight, in calls too. To continue, raise SEGMENTS_PER_DAY"


def _flows(service: Service) -> str:
    service.versions.current()
    if problem := service.versions.problem:
        return f"the flows are broken, and {service.versions.serves}: {problem}"
    if problem := service.printed.letters_problem:
        return f"the letters are broken, and the built-in ones are served instead: {problem}"
    if problem := service.printed.pages_problem:
        return f"the pages are broken, and the built-in ones are served instead: {problem}"
    return "ok"


def _review(service: Service) -> str:
    """Check for law that is due for review, and for a center's own texts that conflict with the flows. Blocks nothing."""
    today = clock.now().astimezone(service.settings.time_zone).date()
    found = (*_law(service.settings.flows_dir, service.book), *of_letters(service.letters))
    unfit = len(service.versions.conflicts)
    decide = f"{unfit} of the center's own texts conflict with the flows: decide at /desk/words/conflicts"
    return "; ".join(filter(None, (summary(tuple(sorted(found)), today), decide if unfit else ""))) or "ok"


@lru_cache(maxsize=2)
def _law(folder: Path, book: Book) -> tuple[Review, ...]:
    """Return the reviews of a book, cached; if the folder cannot be read, with the rows of the bundled flows."""
    try:
        return (*of_states(book), *rows(folder))
    except (OSError, ValueError, LookupError):
        return (*of_states(book), *rows(OWN_FLOWS))


def _lateness(service: Service) -> str:
    late = service.followups.due.late(clock.now())
    return f"{late} follow-ups are over 10 minutes late; check the worker's log" if late else "ok"


def _carrier(service: Service) -> str:
    if refusal := service.sending.refusal():
        return (
            f"the carrier refuses our account: {_since(service, refusal)}. "
            "Planned texts wait, and are sent automatically once it is fixed"
        )
    unlisted = InboxRuns(service.redis).refusal()
    if unlisted and verdict(unlisted.code, unlisted.code) is Verdict.STOP:  # found before any text was due
        return f"the carrier refuses our account: {_since(service, unlisted)}. No text of ours would be sent"
    return "ok"


def _since(service: Service, refusal: Refusal | Unlisted) -> str:
    """Return a refusal's code, its start in the center's time zone, and its meaning."""
    since = refusal.since.astimezone(service.settings.time_zone)
    return f"{refusal.code} since {since:%Y-%m-%d %H:%M}: {why(refusal.code)}"


def _webhooks(service: Service) -> str:
    return service.webhook_health.summary()


def _settings(service: Service) -> str:
    """Check for settings that are valid but implausible, such as an example value."""
    return "; ".join(oddities(service.settings, os.environ)) or "ok"


def _replies(service: Service) -> str:
    """Check how many of today's replies carriers dropped, if they report it (`statuses.note_reply`)."""
    today = figures(service.redis, clock.now().astimezone(service.settings.time_zone).date())
    lost = {code: count for code in DROPS if (count := today[f"{REPLY_LOST}{code}"])}
    dropped = sum(lost.values())
    if dropped <= DROPPED_SHARE * (dropped + today[REPLY_DELIVERED]):
        return "ok"
    most = max(lost, key=lambda code: lost[code])
    return (
        f"carriers drop our replies: {dropped} today, {today[REPLY_DELIVERED]} arrived; Twilio code {most}: {why(most)}. "
        f"Parents who text get nothing; calls are answered. To do: {WHAT_TO_DO[most]}"
    )


def _records(service: Service) -> str:
    unreadable = service.followups.due.unreadable() + service.requests.unreadable()
    if not unreadable:
        return "ok"
    return (
        f"{unreadable} records cannot be read and are skipped. Someone wrote to Redis by hand, or a "
        "newer version did: see SECURITY.md for who may write to it"
    )


def _doctor(service: Service) -> str:
    """Check the findings of the doctor's last round: at the carrier, and at the public address (`store.rounds`)."""
    found = RoundsFound(service.redis).problems()
    if found is None and _beats("clock")(service) == "ok":  # otherwise the clock's own check reports it
        return (
            "the carrier and the public address have not been checked for five minutes; see the clock's log"
        )
    return "; ".join(found or ()) or "ok"


CHECKS: dict[str, Callable[[Service], str]] = {
    "settings": _settings,
    "webhooks": _webhooks,
    "doctor": _doctor,
    "redis": store_checks.redis,
    "persistence": store_checks.persistence,
    "memory": store_checks.memory,
    "failover": store_checks.failover,
    "queue": store_checks.queue,
    "clock": _beats("clock"),
    "worker": _beats("worker"),
    "followups": _lateness,
    "carrier": _carrier,
    INBOX: _inbox,
    "replies": _replies,
    "records": _records,
    "desk": request_checks.desk,
    "notify": request_checks.notify,
    "waiting": request_checks.waiting,
    "spending": _spending,
    "flows": _flows,
    "password": store_checks.password,
    "review": _review,
}

READY: Final = ("redis", "memory")
"""Checks without which no parent is answered."""


def _found(check: Callable[[Service], str], service: Service) -> str:
    try:
        return check(service)
    except NoPermissionError:
        return NOT_REPORTED
    except (RedisError, StoreBusy):
        return AWAY
