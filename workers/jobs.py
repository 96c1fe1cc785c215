"""One function for each kind of job. RQ finds them by these names, listed in queue.FUNCTIONS."""

from __future__ import annotations

import os
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
from workers.reconcile import Missed, open_missed
from workers.retention import Retention, open_retention
from workers.send import Post, open_post


def send_followup(id: str) -> None:
    """Sends one follow-up. Safe to run twice."""
    _post().send(id, clock.now())


def look_up(id: str) -> None:
    """Finds out what one line can do. Safe to run twice."""
    _lines().look_up(id, clock.now())


def erase(id: str) -> None:
    """Removes what the carrier holds about one number. Safe to run twice."""
    _erasures().erase(id, clock.now())


def end_retention() -> None:
    """Removes what has been kept for long enough. Safe to run twice."""
    _retention().end(clock.now())


def catch_up() -> None:
    """Looks what came while we were away. Safe to run twice."""
    _missed().catch_up(clock.now())


def tell_staff() -> None:
    """Tells the center who waits. Safe to run twice."""
    _notifier().tell(clock.now())


def beat() -> None:
    """Shows that a worker lives. The worker calls it itself; as a job it is asked for by the clock of an older version,
    while a new one is put in its place.
    """
    write_beat(_redis(), "worker", clock.now())


def count_refused() -> None:
    """One more job that was none of ours."""
    count(_redis(), "job.refused", clock.now().astimezone(_settings().time_zone).date())


def prepare() -> None:
    """Makes what jobs need, and looks whether the words changed. Called before a worker forks, so that
    each job finds it made.
    """
    _post().shelf.current()
    _lines(), _erasures(), _retention(), _missed(), _notifier(), _redis()


@cache
def _settings() -> Settings:
    return Settings.read(os.environ)


@cache
def _post() -> Post:
    return open_post(_settings())


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
    return open_missed(_settings(), _post().shelf)


@cache
def _notifier() -> Notifier:
    return open_notifier(_settings())


@cache
def _redis() -> Redis:
    return connect(_settings().redis_url)
