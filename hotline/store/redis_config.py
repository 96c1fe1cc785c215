"""Check that Redis is configured safely for the service.

It must not evict data when its memory is full: that would lose a parent's session, a promised text, or an
opt-out. Its address must say whether it is a cluster. It should require a password when reached over a network. With
Sentinel or on a cluster, another server should be able to take over when one dies; a single server is not checked.

Rule: this changes nothing; it reports what is needed, and the operator decides.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from redis import Redis
from redis.exceptions import ClusterDownError, RedisError, ResponseError
from redis.exceptions import ConnectionError as Cut
from redis.exceptions import TimeoutError as TooSlow
from redis.sentinel import SentinelConnectionPool

from hotline.config.redis_address import RedisAddress, Topology
from hotline.store.cluster import ClusterRedis
from hotline.store.connection import raise_store_busy
from hotline.store.nodes import asked_all, primaries

RIGHT: Final = "noeviction"

CLUSTER: Final = (
    "is a node of a Redis Cluster, which has only part of the people: the others would get the safe words. Give the "
    "cluster as redis+cluster://host:port,host:port in REDIS_URL, and a Redis of its own to the queue in QUEUE_REDIS_URL"
)

NO_CLUSTER: Final = "is no Redis Cluster, as its address says; give it as redis://host:port/0"

BY_COMMAND: Final = f"with `redis-cli CONFIG SET maxmemory-policy {RIGHT}`, and in redis.conf"
BY_PROVIDER: Final = "in your provider's console"
"""How to set the policy; managed services do not allow CONFIG."""

OPEN: Final = (
    "is reached over TCP without a password: anyone who reaches that port can read and change people's data; "
    "set one (requirepass or ACL) and put it into REDIS_URL, or use a socket"
)

OPEN_SENTINELS: Final = (
    "has sentinels that need no password: anyone who reaches one can point the hotline to another Redis; "
    "set requirepass there, and put it into REDIS_URL as ?sentinel_password="
)


def without_password(url: str) -> str:
    """Return the problem with a REDIS_URL that uses TCP without a password; "" if there is none."""
    address = RedisAddress.read(url)
    if address.kind is not Topology.ONE:
        if not address.has_password:
            return OPEN
        of_sentinels = dict(address.of_sentinels).get("sentinel_password")
        return OPEN_SENTINELS if address.kind is Topology.SENTINEL and not of_sentinels else ""
    parts = urlsplit(url)
    asks = parts.password or "password" in parse_qs(parts.query)
    return "" if parts.scheme not in ("redis", "rediss") or asks else OPEN


def what_is_wrong(redis: Redis) -> str | None:
    """Return what is wrong with this Redis and how to fix it; "" if nothing, None if its policy is unknown.

    Raises StoreBusy. Nodes of a cluster that do not answer are left out (`failover` reports them).
    """
    with raise_store_busy():
        if wrong := _wrong_kind(redis):
            return wrong
        found = asked_all(redis, _policy)
    for server, (policy, how) in found:
        if policy not in (None, RIGHT):
            at = f" ({server.name})" if server.name else ""
            return f"evicts data when its memory is full (maxmemory-policy {policy}{at}); set {RIGHT} {how}"
    return None if any(policy is None for _, (policy, _) in found) else ""


def _wrong_kind(redis: Redis) -> str:
    if not isinstance(redis, ClusterRedis):
        return CLUSTER if _is_in_a_cluster(redis) else ""
    try:
        redis.slots.primaries()
    except ClusterDownError:
        seeds = (redis.slots.client(node) for node in redis.slots.seeds)
        if any(_is_in_a_cluster(seed, unknown=True) is False for seed in seeds):
            return NO_CLUSTER
        raise
    return ""


def _is_in_a_cluster(redis: Redis, *, unknown: bool = False) -> bool:
    """Check whether this is a node of a cluster; `unknown` if it doesn't report that or, of several, is down."""
    try:
        return bool(redis.info("cluster").get("cluster_enabled"))
    except ResponseError:
        return unknown
    except RedisError:
        if unknown:
            return unknown
        raise


def _policy(redis: Redis) -> tuple[str | None, str]:
    """Return the eviction policy (None if unknown) and how to set it; INFO works where CONFIG does not."""
    try:
        if policy := redis.config_get("maxmemory-policy").get("maxmemory-policy"):
            return str(policy), BY_COMMAND
    except ResponseError:
        pass
    try:
        policy = redis.info("memory").get("maxmemory_policy")
    except ResponseError:
        return None, BY_PROVIDER
    return (str(policy) if policy else None), BY_PROVIDER


def what_is_missing(redis: Redis) -> str:
    """Return what is missing for a failover, and how to fix it; "" if nothing. Raises StoreBusy."""
    with raise_store_busy():
        if isinstance(redis, ClusterRedis):
            return _of_cluster(redis)
        pool: Any = redis.connection_pool
        if isinstance(pool, SentinelConnectionPool):
            alone = "the primary has no replica: if it dies, none can take over; start one (replicaof)"
            return _of_sentinels(pool) or ("" if _replicas(redis) else alone)
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
            if not _replicas(server.redis):
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


def _replicas(redis: Redis) -> int:
    return int(redis.info("replication").get("connected_slaves", 0))
