"""Check that Redis is configured safely for the service.

It must not evict data when its memory is full: that would lose a parent's session, a promised text, or an
opt-out. It must not be a node of a cluster. It should require a password when reached over a network.

Rule: nothing is changed here; we say what is needed, and the operator decides.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

from redis import Redis
from redis.exceptions import ResponseError

from hotline.store.connection import raise_store_busy

RIGHT: Final = "noeviction"

CLUSTER: Final = (
    "is a node of a Redis Cluster, which holds only a part of the people: the others would get the safe words. Use one "
    "Redis with replicas (a managed one with cluster mode off)"
)

BY_COMMAND: Final = f"with `redis-cli CONFIG SET maxmemory-policy {RIGHT}`, and in redis.conf"
BY_PROVIDER: Final = "in your provider's console"
"""How to set the policy; managed services do not allow CONFIG."""


def without_password(url: str) -> str:
    """Return the problem with a REDIS_URL that uses TCP without a password; "" if there is none."""
    parts = urlsplit(url)
    asks = parts.password or "password" in parse_qs(parts.query)
    if parts.scheme not in ("redis", "rediss") or asks:
        return ""
    return (
        "is reached over TCP without a password: whoever reaches that port can read where people are, and change it; "
        "set one (requirepass or ACL) and put it into REDIS_URL, or use a socket"
    )


def what_is_wrong(redis: Redis) -> str | None:
    """Return what this Redis does wrong and how to fix it; "" if nothing, None if its policy is unknown.

    Raises StoreBusy.
    """
    with raise_store_busy():
        if _is_in_a_cluster(redis):
            return CLUSTER
        policy, how = _policy(redis)
    if policy is None:
        return None
    if policy == RIGHT:
        return ""
    return f"drops what it keeps when its memory is full (maxmemory-policy {policy}); set {RIGHT} {how}"


def _is_in_a_cluster(redis: Redis) -> bool:
    try:
        return bool(redis.info("cluster").get("cluster_enabled"))
    except ResponseError:
        return False


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
