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
"""Timeouts of one connect and of one reply, in seconds.

A reconnect adds one handshake. So a dead Redis is detected within 2 s, the time before a parent gets the
fallback text, whichever step fails; with the circuit breaker most calls do not wait at all.
"""

QUEUE_SECONDS = 5.0
"""No one waits for the queue, but a Redis that vanished must not block the clock forever."""


class StoreBusy(Exception):
    """Redis is down, full or too slow, or too many turns of one person collide.

    The person gets the fallback text; trying again later is right.
    """


def connect(url: str) -> Redis:
    """Return a client with its own pool and circuit breaker.

    All commands we send are safe to retry (see turns.py). New connections send no client info: each such
    step is one more that can time out.
    """
    return Redis.from_url(
        url,
        decode_responses=True,
        encoding_errors="surrogateescape",  # so that a value that is not valid UTF-8 raises no error
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Breaker(),
        driver_info=None,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )


def connect_queue(url: str) -> Redis:
    """Return a client for RQ, which reads bytes; a worker extends its timeout to wait for jobs."""
    return Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=QUEUE_SECONDS,
        retry=Breaker(),
        driver_info=None,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )


PATIENT_SECONDS = 5.0
"""Timeout in seconds for calls that no one waits for."""


def patient(redis: Redis, seconds: float = PATIENT_SECONDS, connections: int | None = None) -> Redis:
    """Return a client to the same Redis that waits `seconds` for a connect and for a reply.

    It has a pool of its own, of at most `connections` if given, no circuit breaker, and does not retry.
    """
    pool = redis.connection_pool
    options = {
        **pool.connection_kwargs,
        "socket_connect_timeout": seconds,
        "socket_timeout": seconds,
        "retry": Retry(NoBackoff(), 0),
    }
    return Redis(
        connection_pool=ConnectionPool(pool.connection_class, max_connections=connections, **options)
    )


@contextmanager
def raise_store_busy() -> Iterator[None]:
    """Raise any Redis error as StoreBusy, with only the error's class name as its message."""
    try:
        yield
    except RedisError as error:
        raise StoreBusy(type(error).__name__) from error
