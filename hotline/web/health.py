"""Health endpoints: /healthz for the process, /readyz for serving parents, /status for operators.

Rule 1: /readyz checks only what answering a parent needs: a Redis that responds, accepts writes and evicts
        nothing; on a cluster one such node is enough, because the people stored there are answered. A host sends no
        traffic to a process that is not ready, so any other check would take down a working hotline.
Rule 2: /status reports everything, each problem with its fix, and always returns 200. It costs Redis some
        work, so results are cached for STATUS_TTL.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar

from flask import Blueprint, Response, current_app, jsonify

from hotline.web.checks import is_well, run_checks
from hotline.web.service import service as this_service

T = TypeVar("T")

health = Blueprint("health", __name__)

READY: Final = ("redis", "memory")
"""Checks without which no parent is answered."""

STATUS_TTL = timedelta(seconds=2)


@health.get("/healthz")
def alive() -> Response:
    """Return 200 while the process responds; check nothing else."""
    return Response("ok\n", mimetype="text/plain")


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    """Return the checks that serving parents depends on: "ok", or the problem and its fix.

    The status is 503 if any fails.
    """
    found = run_checks(this_service(), READY)
    return jsonify(found), 200 if all(map(is_well, found.values())) else 503


@health.get("/status")
def status() -> Response:
    """Return every check of the line: "ok", or the problem and its fix."""
    response = jsonify(cached("status", STATUS_TTL, lambda: run_checks(this_service())))
    response.headers["Cache-Control"] = "no-store"
    return response


def cached(name: str, ttl: timedelta, make: Callable[[], T]) -> T:
    """Return this process's last result of `make` under this name, or a new one if it is older than `ttl`."""
    last: tuple[float, T] | None = current_app.extensions.get(f"hotline.{name}")
    if last is None or time.monotonic() - last[0] > ttl.total_seconds():
        last = current_app.extensions[f"hotline.{name}"] = time.monotonic(), make()
    return last[1]
