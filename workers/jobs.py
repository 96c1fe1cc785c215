"""One function per kind of job. RQ finds them by these names, listed in queue.FUNCTIONS."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from datetime import UTC, datetime
from functools import cache

from redis import Redis

from hotline import clock
from hotline.config.settings import Settings
from hotline.store.connection import connect
from hotline.store.heartbeat import beat as write_beat
from hotline.store.metrics import count
from workers.erasure import Erasures, open_erasures
from workers.line_lookup import Lines, open_lines
from workers.notify import Notifier, open_notifier
from workers.open_sender import open_sender
from workers.queue import BATCH
from workers.reconcile import Missed, open_missed
from workers.retention import Retention, open_retention
from workers.send import Sender


def send_followup(*ids: str) -> None:
    """Send follow-ups, several at the same time. Idempotent."""
    if len(ids) == 1:
        _sender().send(ids[0], clock.now())
        return
    threads = _threads(os.getpid())
    sends = [threads.submit(copy_context().run, _sender().send, id, clock.now()) for id in ids]
    wait(sends)
    for sent in sends:
        sent.result()


def take_over(id: str, before: str, _times: str) -> None:
    """Settle a follow-up whose worker died before that moment, in seconds since 1970. Idempotent.

    `_times` counts its immediate take-overs (`lost_jobs`).
    """
    _sender().take_over(id, clock.now(), datetime.fromtimestamp(float(before), UTC))


def look_up(id: str) -> None:
    """Look up the line type of one number. Idempotent."""
    _lines().look_up(id, clock.now())


def erase(id: str) -> None:
    """Delete the carrier's data about one number. Idempotent."""
    _erasures().erase(id, clock.now())


def end_retention() -> None:
    """Delete data whose retention period is over. Idempotent."""
    _retention().end(clock.now())


def catch_up() -> None:
    """Process events that arrived while the service was down. Idempotent."""
    _missed().catch_up(clock.now())


def tell_staff() -> None:
    """Notify the center about waiting parents. Idempotent."""
    _notifier().tell(clock.now())


def beat() -> None:
    """Record a worker heartbeat.

    The worker calls this itself; the clock of an older release may still enqueue it during a deploy.
    """
    write_beat(_redis(), "worker", clock.now())


def count_refused() -> None:
    """Count one job that was rejected: it is not JSON, or its function is not in FUNCTIONS."""
    count(_redis(), "job.refused", clock.now().astimezone(_settings().time_zone).date())


def prepare() -> None:
    """Create what jobs need and reload the flows if they changed.

    Called before a worker forks, so that each job finds everything ready.
    """
    _sender().versions.current()
    _lines(), _erasures(), _retention(), _missed(), _notifier(), _redis()


@cache
def _threads(_pid: int) -> ThreadPoolExecutor:
    """Return the threads that send a batch in this process: a fork has none of them."""
    return ThreadPoolExecutor(BATCH, "send")


@cache
def _settings() -> Settings:
    return Settings.read(os.environ)


@cache
def _sender() -> Sender:
    return open_sender(_settings())


@cache
def _lines() -> Lines:
    return open_lines(_settings())


@cache
def _erasures() -> Erasures:
    return open_erasures(_settings())


@cache
def _retention() -> Retention:
    return open_retention(_settings())


@cache
def _missed() -> Missed:
    return open_missed(_settings(), _sender().versions)


@cache
def _notifier() -> Notifier:
    return open_notifier(_settings())


@cache
def _redis() -> Redis:
    return connect(_settings().redis_url)
