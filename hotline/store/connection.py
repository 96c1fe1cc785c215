"""Connections to Redis, and the one error the rest of the service sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry
from redis.sentinel import SentinelConnectionPool

from hotline.config.redis_address import RedisAddress, Topology
from hotline.store.circuit_breaker import Breaker
from hotline.store.cluster import ClusterRedis
from hotline.store.cluster_slots import Node, Slots
from hotline.store.sentinels import sentinel_client

CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 0.7
"""Timeouts of one connect and of one reply, in seconds.

A reconnect adds one handshake. So a dead Redis is detected within 2 s, whichever step fails, and the parent
then gets the safe words; with the circuit breaker most calls do not wait at all.
"""

PATIENT_SECONDS = 5.0
"""Timeout in seconds for background calls."""

QUEUE_SECONDS = 5.0
"""Queue timeout, so that an unreachable Redis cannot block the clock forever."""


class StoreBusy(Exception):
    """Redis is down, full or too slow, or too many turns of one person collide.

    The person gets the safe words; the caller may retry later.
    """


def connect(url: str) -> Redis:
    """Return a client of the Redis at this address (`config.redis_address`), with a circuit breaker for each server.

    It connects when first used, and only to primaries. All our commands are safe to retry (see turns.py).
    """
    return _client(
        url,
        decode_responses=True,
        encoding_errors="surrogateescape",  # so that a value that is not valid UTF-8 raises no error
        socket_timeout=ANSWER_SECONDS,
    )


def connect_queue(url: str) -> Redis:
    """Return a client for RQ, which reads bytes; a worker extends its timeout to wait for jobs."""
    return _client(url, socket_timeout=QUEUE_SECONDS)


def connect_for_backup(url: str) -> Redis:
    """Return a client that reads bytes and has long timeouts."""
    return _client(url, socket_connect_timeout=PATIENT_SECONDS, socket_timeout=12 * PATIENT_SECONDS)


def _client(url: str, **options: Any) -> Redis:
    """Return a client. New connections send no client info: each extra step can time out."""
    options = {
        "socket_connect_timeout": CONNECT_SECONDS,
        "driver_info": None,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        **options,
    }
    address = RedisAddress.read(url)
    match address.kind:
        case Topology.ONE:
            return Redis.from_url(url, retry=Breaker(), **options)
        case Topology.SENTINEL:
            return sentinel_client(address, retry=Breaker(), **options)
        case Topology.CLUSTER:

            def at_node(node: Node) -> Redis:
                return Redis.from_url(address.of_node(*node), retry=Breaker(reconnects=False), **options)

            return ClusterRedis(Slots(address.hosts, at_node))


def patient(redis: Redis, seconds: float = PATIENT_SECONDS, connections: int | None = None) -> Redis:
    """Return a client to the same Redis that waits `seconds` for a connect and for a reply.

    It has a pool of its own, of at most `connections` to a server if given, no circuit breaker, and does not retry.
    """
    if isinstance(redis, ClusterRedis):
        slots = redis.slots
        return ClusterRedis(
            Slots(slots.seeds, lambda node: patient(slots.client(node), seconds, connections))
        )
    pool = redis.connection_pool
    options = {
        **pool.connection_kwargs,
        "socket_connect_timeout": seconds,
        "socket_timeout": seconds,
        "retry": Retry(NoBackoff(), 0),
        "max_connections": connections,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
    if isinstance(pool, SentinelConnectionPool):
        del options["connection_pool"]  # the old one's
        options["connection_class"] = pool.connection_class
        other = SentinelConnectionPool(pool.service_name, pool.sentinel_manager, **options)  # type: ignore[no-untyped-call]
        return Redis.from_pool(other)
    return Redis.from_pool(ConnectionPool(pool.connection_class, **options))


@contextmanager
def raise_store_busy() -> Iterator[None]:
    """Raise any Redis error as StoreBusy."""
    try:
        yield
    except RedisError as error:
        raise busy(error) from error


def busy(error: RedisError) -> StoreBusy:
    """Return a Redis error as StoreBusy, with only its class name as the message."""
    return StoreBusy(type(error).__name__)
