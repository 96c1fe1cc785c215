"""Whether Redis throws away what it keeps when its memory is full. It must not: a parent's place would be gone,
a text that was promised, and an opt-out.

Rule: nothing is changed here. An operator decides what their Redis does; we say what is needed.
"""

from __future__ import annotations

from typing import Final

from redis import Redis
from redis.exceptions import ResponseError

from hotline.store.connection import told_as_busy

RIGHT: Final = "noeviction"

BY_COMMAND: Final = f"with `redis-cli CONFIG SET maxmemory-policy {RIGHT}`, and in redis.conf"
BY_PROVIDER: Final = "in your provider's console"
"""How it is set. Managed ones do not allow CONFIG."""


def what_is_wrong(redis: Redis) -> str | None:
    """What this Redis does that it must not, and how to mend it; "" when nothing. None when it does not tell
    its policy. Raises StoreBusy.
    """
    with told_as_busy():
        policy, how = _policy(redis)
    if policy is None:
        return None
    if policy == RIGHT:
        return ""
    return f"drops what it keeps when its memory is full (maxmemory-policy {policy}); set {RIGHT} {how}"


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
