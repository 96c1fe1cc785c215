"""Whether this Redis is one that the service can stand on.

It must not throw away what it keeps when its memory is full: a parent's place would be gone, a text that was promised,
and an opt-out. It must not be one node of a cluster. And it should ask for a password where a network leads to it.

Rule: nothing is changed here. An operator decides what their Redis does; we say what is needed.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

from redis import Redis
from redis.exceptions import ResponseError

from hotline.store.connection import told_as_busy

RIGHT: Final = "noeviction"

CLUSTER: Final = (
    "is a node of a Redis Cluster, which holds only a part of the people: the others would get the safe words. Use one "
    "Redis with replicas (a managed one with cluster mode off)"
)

BY_COMMAND: Final = f"with `redis-cli CONFIG SET maxmemory-policy {RIGHT}`, and in redis.conf"
BY_PROVIDER: Final = "in your provider's console"
"""How it is set. Managed ones do not allow CONFIG."""


def without_password(url: str) -> str:
    """Return what is wrong with a Redis that this address reaches over a network without a password; "" for nothing."""
    parts = urlsplit(url)
    asks = parts.password or "password" in parse_qs(parts.query)
    if parts.scheme not in ("redis", "rediss") or asks:
        return ""
    return (
        "is reached over TCP without a password: whoever reaches that port can read where people are, and change it; "
        "set one (requirepass or ACL) and put it into REDIS_URL, or use a socket"
    )


def what_is_wrong(redis: Redis) -> str | None:
    """What this Redis does that it must not, and how to mend it; "" when nothing. None when it does not tell
    its policy. Raises StoreBusy.
    """
    with told_as_busy():
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
    """The policy, and how it is set. INFO tells it too where CONFIG is not allowed."""
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
