"""One function per kind of job. RQ finds them by these names, listed in queue.FUNCTIONS."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from datetime import UTC, datetime
from functools import cache

from hotline import clock
from hotline.config.settings import Settings
from hotline.store.heartbeat import beat as write_beat
from hotline.store.metrics import count
from workers.dependencies import Dependencies, open_dependencies
from workers.queue import BATCH


def send_followup(*ids: str) -> None:
    """Send follow-ups, several at the same time. Idempotent."""
    if len(ids) == 1:
        _send(ids[0])
        return
    threads = _threads(os.getpid())
    sends = [threads.submit(copy_context().run, _send, id) for id in ids]
    wait(sends)
    for sent in sends:
        sent.result()


def _send(id: str) -> None:
    _guarded(id, lambda needs, now: needs.sender.send(id, now))


def take_over(id: str, before: str, _times: str) -> None:
    """Settle a follow-up whose worker died before that moment, in seconds since 1970. Idempotent.

    `_times` counts its immediate take-overs (`lost_jobs`).
    """
    died = datetime.fromtimestamp(float(before), UTC)
    _guarded(id, lambda needs, now: needs.sender.take_over(id, now, died))


def look_up(id: str) -> None:
    """Look up the line type of one number. Idempotent."""
    _guarded(id, lambda needs, now: needs.lines.look_up(id, now))


def erase(id: str) -> None:
    """Delete the carrier's data about one number. Idempotent."""
    _guarded(id, lambda needs, now: needs.erasures.erase(id, now))


def _guarded(id: str, work: Callable[[Dependencies, datetime], None]) -> None:
    """Process a record now; one whose processing raises at each attempt is set aside (`set_aside`)."""
    needs, now = _open(), clock.now()
    needs.aside.guard(lambda: work(needs, now), id, now)


def end_retention() -> None:
    """Delete data whose retention period is over. Idempotent."""
    _open().retention.end(clock.now())


def catch_up() -> None:
    """Process events that arrived while the service was down. Idempotent."""
    _open().missed.catch_up(clock.now())


def tell_staff() -> None:
    """Notify the center about waiting parents. Idempotent."""
    _open().notifier.tell(clock.now())


def beat() -> None:
    """Record a worker heartbeat."""
    write_beat(_open().redis, "worker", clock.now())


def count_refused() -> None:
    """Count one job that was rejected: it is not JSON, or its function is not in FUNCTIONS."""
    needs = _open()
    count(needs.redis, "job.refused", clock.now().astimezone(needs.settings.time_zone).date())


def prepare() -> None:
    """Create what jobs need and reload the flows if they changed.

    Called before a worker forks, so that each job finds everything ready.
    """
    _open().sender.versions.current()


@cache
def _threads(_pid: int) -> ThreadPoolExecutor:
    """Return the threads that send a batch in this process: a fork has none of them."""
    return ThreadPoolExecutor(BATCH, "send")


@cache
def _open() -> Dependencies:
    return open_dependencies(Settings.read(os.environ))
