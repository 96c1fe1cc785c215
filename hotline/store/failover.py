"""Check whether another server can take over when one dies, with Sentinel or on a cluster.

A single server is not checked.
"""

from __future__ import annotations

from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as Cut
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as TooSlow
from redis.sentinel import SentinelConnectionPool

from hotline.store.cluster import ClusterRedis
from hotline.store.connection import raise_store_busy
from hotline.store.nodes import Server, primaries


def what_is_missing(redis: Redis) -> str:
    """Return what is missing for a failover, and how to fix it; "" if nothing. Raises StoreBusy."""
    with raise_store_busy():
        if isinstance(redis, ClusterRedis):
            return _of_cluster(redis)
        pool: Any = redis.connection_pool
        if isinstance(pool, SentinelConnectionPool):
            return _of_sentinels(pool) or _of_primary(redis)
    return ""


def loses_writes(redis: Redis) -> bool:
    """Check whether an isolated primary would keep accepting writes, which would be lost; False if unknown."""
    if not isinstance(redis.connection_pool, SentinelConnectionPool):  # a cluster's primary stops by itself
        return False
    try:
        return str(redis.config_get("min-replicas-to-write").get("min-replicas-to-write")) == "0"
    except RedisError:
        return False


def _of_cluster(redis: ClusterRedis) -> str:
    redis.slots.refresh()
    servers = primaries(redis)
    away, alone = [], []
    for server in servers:
        try:
            if not _replicas(server):
                alone.append(server.name)
        except (Cut, TooSlow):
            away.append(server.name)
    if away:
        return (
            f"{len(away)} of {len(servers)} primaries of the cluster do not answer ({', '.join(away)}): their people get the "
            "safe words until another node takes over; start them, or see why no replica does"
        )
    if missing := redis.slots.uncovered():
        return f"{missing} slots of the cluster have no primary: their people get the safe words; see CLUSTER INFO"
    if alone:
        return (
            f"no replica could take over from {', '.join(alone)}; give each primary of the cluster a replica"
        )
    return ""


def _of_sentinels(pool: Any) -> str:
    """Check whether enough sentinels answer and monitor this primary."""
    sentinels = pool.sentinel_manager.sentinels
    there = sum(_watches(sentinel, pool.service_name) for sentinel in sentinels)
    if 2 * there > len(sentinels):
        return ""
    return (
        f"only {there} of {len(sentinels)} sentinels in REDIS_URL answer and monitor {pool.service_name}: if the primary "
        "dies, no other takes over; start the others"
    )


def _watches(sentinel: Any, service: str) -> bool:
    try:
        return service in sentinel.sentinel_masters()
    except RedisError:
        return False


def _of_primary(redis: Redis) -> str:
    if _replicas(Server("", redis)):
        return ""
    return "the primary has no replica: if it dies, none can take over; start one (replicaof)"


def _replicas(server: Server) -> int:
    return int(server.redis.info("replication").get("connected_slaves", 0))
