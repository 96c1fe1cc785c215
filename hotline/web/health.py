"""Whether the service is up: /healthz for the process, /readyz for what it stands on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError

from hotline import moment
from hotline.store.connection import StoreBusy
from hotline.store.heartbeat import SILENT_AFTER, last_beat
from hotline.web.service import Service
from hotline.web.service import service as this_service

health = Blueprint("health", __name__)

TOO_LATE = timedelta(minutes=10)
"""A follow-up due for so long and not sent means that something stands still."""


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
    stands = all(state == "ok" for name, state in found.items() if name not in ONLY_TOLD)
    return jsonify(found), 200 if stands else 503


def looked_at(service: Service) -> dict[str, str]:
    """What each check found: "ok", or what is wrong."""
    return {name: _found(check, service) for name, check in CHECKS.items()}


def _redis(service: Service) -> str:
    service.redis.ping()
    return "ok"


def _persistence(service: Service) -> str:
    if service.redis.info("persistence").get("aof_enabled") != 1:
        return "the append-only file is off: a crash loses turns; set appendonly yes in Redis"
    return "ok"


def _memory(service: Service) -> str:
    policy = service.redis.info("memory").get("maxmemory_policy")
    if policy != "noeviction":
        return f"maxmemory-policy is {policy}: Redis may drop follow-ups; set it to noeviction"
    return "ok"


def _beats(process: str) -> Callable[[Service], str]:
    def check(service: Service) -> str:
        seen = last_beat(service.redis, process)
        if seen is None or moment.now() - seen > SILENT_AFTER:
            return f"no {process} has been seen for a while; start one with: python -m hotline {process}"
        return "ok"

    return check


def _flows(service: Service) -> str:
    service.shelf.current()
    problem = service.shelf.problem
    return f"the flows are broken, and the last good ones are served: {problem}" if problem else "ok"


def _lateness(service: Service) -> str:
    late = service.followups.waiting_longer_than(moment.now() - TOO_LATE)
    return f"{late} follow-ups are over 10 minutes late; look at the worker's log" if late else "ok"


CHECKS: dict[str, Callable[[Service], str]] = {
    "redis": _redis,
    "persistence": _persistence,
    "memory": _memory,
    "clock": _beats("clock"),
    "worker": _beats("worker"),
    "followups": _lateness,
    "flows": _flows,
}

ONLY_TOLD = frozenset({"flows"})
"""Wrong, but the service serves well without it: a host that sends nobody here would do harm."""


def _found(check: Callable[[Service], str], service: Service) -> str:
    try:
        return check(service)
    except (RedisError, StoreBusy):
        return "Redis does not answer; check REDIS_URL and that it runs"
