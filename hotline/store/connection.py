"""Connections to Redis, and the one error the rest of the service sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from hotline.store.circuit_breaker import Breaker

CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 0.7
"""A connection that is made anew is greeted once. So a dead Redis is known within 2 s, the time a parent
waits for safe words, in whatever step it dies; and with the breaker most do not wait at all."""

QUEUE_SECONDS = 5.0
"""Nobody waits for the queue; but a Redis that is gone without a word must not stop a clock for ever."""


class StoreBusy(Exception):
    """Redis is away, full, too slow, or too many turns of one person collide. The person gets the safe
    words; trying again later is right.
    """


def connect(url: str) -> Redis:
    """A client with a pool and a breaker of its own. All we send is safe to send twice (see turns.py).

    A new connection tells Redis nothing of itself: each such step would be one more to wait for.
    """
    return Redis.from_url(
        url,
        decode_responses=True,
        encoding_errors="surrogateescape",  # so that one value of bytes that are no text stops nobody
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Breaker(),
        driver_info=None,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )


def connect_queue(url: str) -> Redis:
    """A client for RQ, which reads bytes, and waits for jobs: a worker lengthens the time-out to what it waits. It mends
    itself as that of `connect` does.
    """
    return Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=QUEUE_SECONDS,
        retry=Breaker(),
        driver_info=None,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )


PATIENT_SECONDS = 5.0
"""For what nobody waits for."""


def patient(redis: Redis) -> Redis:
    """A client to the same Redis that waits for an answer longer, and asks whatever came of it before. Close it after."""
    pool = redis.connection_pool
    kept = {
        **pool.connection_kwargs,
        "socket_connect_timeout": PATIENT_SECONDS,
        "socket_timeout": PATIENT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    return Redis(connection_pool=ConnectionPool(pool.connection_class, max_connections=1, **kept))


@contextmanager
def told_as_busy() -> Iterator[None]:
    """Turns any error of Redis into StoreBusy, with the error's kind and none of its words."""
    try:
        yield
    except RedisError as error:
        raise StoreBusy(type(error).__name__) from error
