"""Connections to Redis, and the one error the rest of the service sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 0.7
"""With the one retry below, a dead Redis is known within 2 s, the time a parent waits for safe words."""


class StoreBusy(Exception):
    """Redis is away, too slow, or too many turns of one person collide. The person gets the safe
    words; trying again later is right.
    """


def connect(url: str) -> Redis:
    """A client with a pool of its own. All we send is safe to send twice (see turns.py), so one retry
    is right; redis-py's default of ten would hold a call on the line.
    """
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


@contextmanager
def told_as_busy() -> Iterator[None]:
    """Turns any error of Redis into StoreBusy, with the error's kind and none of its words."""
    try:
        yield
    except RedisError as error:
        raise StoreBusy(type(error).__name__) from error
