"""One function for each kind of job. RQ finds them by these names, listed in queue.FUNCTIONS."""

from __future__ import annotations

import os
from functools import cache

from redis import Redis

from hotline import moment
from hotline.settings import Settings
from hotline.store.connection import connect
from hotline.store.heartbeat import beat as write_beat
from workers.post import Post, open_post


def send_followup(id: str) -> None:
    """Sends one follow-up. Safe to run twice."""
    _post().send(id, moment.now())


def beat() -> None:
    """Shows that a worker takes jobs."""
    write_beat(_redis(), "worker", moment.now())


def prepare() -> None:
    """Makes what jobs need, and looks whether the words changed. Called before a worker forks, so that
    each job finds it made.
    """
    _post().shelf.current()
    _redis()


@cache
def _settings() -> Settings:
    return Settings.read(os.environ)


@cache
def _post() -> Post:
    return open_post(_settings())


@cache
def _redis() -> Redis:
    return connect(_settings().redis_url)
