"""The servers behind a client: one, or each primary of a cluster.

Commands without a key go to a server: memory, version, clock, scans.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from redis import Redis
from redis.crc import key_slot
from redis.exceptions import ConnectionError as Cut
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as TooSlow

from hotline.store.cluster import ClusterRedis
from hotline.store.connection import raise_store_busy
from hotline.store.keys import BUCKETS, bucket_key

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Server:
    """A server: its name, "" if it is the only one, and a client of it."""

    name: str
    redis: Redis


def is_cluster(redis: Redis) -> bool:
    """Check whether this is a client of a cluster."""
    return isinstance(redis, ClusterRedis)


def primaries(redis: Redis) -> tuple[Server, ...]:
    """Return every server that accepts writes. Raises RedisError if a cluster does not report them."""
    if not isinstance(redis, ClusterRedis):
        return (Server("", redis),)
    return tuple(_server(redis, node) for node in redis.slots.primaries())


def server_of(redis: Redis, key: str) -> Server:
    """Return the server that has this key. Raises RedisError if a cluster does not report it."""
    if not isinstance(redis, ClusterRedis):
        return Server("", redis)
    return _server(redis, redis.slots.node(key_slot(key.encode())))


def _server(redis: ClusterRedis, node: tuple[str, int]) -> Server:
    host, port = node
    return Server(f"{host}:{port}", redis.slots.client(node))


def asked_all(redis: Redis, ask: Callable[[Redis], T]) -> list[tuple[Server, T]]:
    """Return the answer of each primary, without those of a cluster that are down.

    Raises RedisError if all are down, or if one refuses.
    """
    found: list[tuple[Server, T]] = []
    away: RedisError | None = None
    for server in primaries(redis):
        try:
            found.append((server, ask(server.redis)))
        except (Cut, TooSlow) as error:
            away = error
    if not found and away is not None:
        raise away
    return found


def try_a_write(redis: Redis) -> None:
    """Delete keys that never exist, one on each primary, to check that they accept writes.

    Raises RedisError if all primaries are down, or if one accepts no writes.
    """
    if not isinstance(redis, ClusterRedis):
        redis.delete("heartbeat:never")
        return
    with redis.pipeline(transaction=False) as pipe:
        for bucket in range(BUCKETS):
            pipe.delete(bucket_key(bucket, "never"))
        found = pipe.execute(raise_on_error=False)
    errors = [each for each in found if isinstance(each, RedisError)]
    refused = [each for each in errors if not isinstance(each, Cut | TooSlow)]
    if refused or len(errors) == len(found):
        raise (*refused, *errors)[0]


def of_buckets(redis: Redis, ask: Callable[[Redis, int], object]) -> list[Any]:
    """Return the replies of what `ask` queues for each bucket. It gets a pipeline and the bucket. Raises StoreBusy."""
    with raise_store_busy(), redis.pipeline(transaction=False) as pipe:
        for bucket in range(BUCKETS):
            ask(pipe, bucket)
        return pipe.execute()
