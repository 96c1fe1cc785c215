"""Whether the service is up: /healthz for the process, /readyz for what it stands on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Response, jsonify
from redis.exceptions import NoPermissionError, RedisError

from hotline import clock
from hotline.carrier.errors import why
from hotline.store.connection import StoreBusy
from hotline.store.heartbeat import INBOX, SILENT_AFTER, last_beat
from hotline.store.rate_limits import ALARM_AT
from hotline.store.redis_config import what_is_wrong, without_password
from hotline.store.send_rate import Sending
from hotline.web.service import Service
from hotline.web.service import service as this_service

health = Blueprint("health", __name__)

FULL_AT = 0.9

UNSEEN_AFTER = timedelta(minutes=20)
"""A few looks that came to nothing."""

NOT_TOLD = "Redis does not tell: its user may not use INFO. See in its console that it is right"
"""No reason to send nobody here."""


@health.get("/healthz")
def alive() -> Response:
    """The process answers. Looks at nothing else."""
    return Response("ok\n", mimetype="text/plain")


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """Each thing the service stands on, as "ok" or what is wrong and what would mend it; 503 if
    it cannot do without one.
    """
    found = looked_at(this_service())
    stands = all(state in ("ok", NOT_TOLD) for name, state in found.items() if name not in ONLY_TOLD)
    return jsonify(found), 200 if stands else 503


def looked_at(service: Service) -> dict[str, str]:
    """What each check found: "ok", or what is wrong."""
    return {name: _found(check, service) for name, check in CHECKS.items()}


def _redis(service: Service) -> str:
    service.redis.ping()
    return "ok"


def _persistence(service: Service) -> str:
    told = service.redis.info("persistence")
    if told.get("aof_enabled") != 1:
        return "the append-only file is off: a crash loses turns; set appendonly yes in Redis"
    if told.get("aof_last_write_status", "ok") != "ok":
        return "the append-only file cannot be written: look whether the disk of Redis is full"
    return "ok"


def _memory(service: Service) -> str:
    if wrong := what_is_wrong(service.redis):
        return f"Redis {wrong}"
    told = service.redis.info("memory")
    used, most = int(told.get("used_memory", 0)), int(told.get("maxmemory", 0))
    if most and used > FULL_AT * most:
        return f"{used / most:.0%} of Redis's maxmemory is used: at 100% no turn can be kept; give it more"
    return "ok"


def _password(service: Service) -> str:
    wrong = without_password(service.settings.redis_url)
    return f"Redis {wrong}" if wrong else "ok"


def _beats(process: str) -> Callable[[Service], str]:
    def check(service: Service) -> str:
        seen = last_beat(service.redis, process)
        if seen is None or clock.now() - seen > SILENT_AFTER:
            return f"no {process} has been seen for a while; start one with: python -m hotline {process}"
        return "ok"

    return check


def _inbox(service: Service) -> str:
    """A worker looks there for what came while Redis or the web was away (`workers.reconcile`)."""
    looked = last_beat(service.redis, INBOX)
    if looked is None or clock.now() - looked > UNSEEN_AFTER:
        return (
            "nobody has looked for a while what the carrier holds for us, such as a STOP that was missed; if a worker "
            "runs, let TWILIO_API_KEY list messages, recordings and calls"
        )
    return "ok"


def _spending(service: Service) -> str:
    today = clock.now().astimezone(service.settings.time_zone).date()
    spent, most = service.budgets.spent(today), service.settings.segments_per_day
    if spent < ALARM_AT * most:
        return "ok"
    used = f"{spent} of {most} segments are used today"
    if spent < most:
        return f"{used}; at the end parents get one last answer each. If they are parents, raise SEGMENTS_PER_DAY"
    return f"{used}: parents get one last answer each until midnight. To go on, raise SEGMENTS_PER_DAY"


def _flows(service: Service) -> str:
    service.shelf.current()
    problem = service.shelf.problem
    return f"the flows are broken, and the last good ones are served: {problem}" if problem else "ok"


def _lateness(service: Service) -> str:
    late = service.followups.late(clock.now())
    return f"{late} follow-ups are over 10 minutes late; look at the worker's log" if late else "ok"


def _carrier(service: Service) -> str:
    refusal = Sending(service.redis).refusal()
    if refusal is None:
        return "ok"
    since = refusal.since.astimezone(service.settings.time_zone)
    return (
        f"the carrier refuses our account: {refusal.code} since {since:%Y-%m-%d %H:%M}: {why(refusal.code)}. "
        "Planned texts wait, and leave by themselves when it is mended"
    )


CHECKS: dict[str, Callable[[Service], str]] = {
    "redis": _redis,
    "persistence": _persistence,
    "memory": _memory,
    "clock": _beats("clock"),
    "worker": _beats("worker"),
    "followups": _lateness,
    "carrier": _carrier,
    INBOX: _inbox,
    "spending": _spending,
    "flows": _flows,
    "password": _password,
}

ONLY_TOLD = frozenset({"flows", "carrier", INBOX, "spending", "password"})
"""Wrong, but the service answers parents well without it: a host that sends nobody here would do harm."""


def _found(check: Callable[[Service], str], service: Service) -> str:
    try:
        return check(service)
    except NoPermissionError:
        return NOT_TOLD
    except (RedisError, StoreBusy):
        return "Redis does not answer; check REDIS_URL and that it runs"
