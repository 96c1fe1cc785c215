"""Checks of Redis for /readyz, /status and the doctor: risks of data loss, and outages that parents would notice.

Rule: on a cluster every primary is checked. One that is down is reported only by `failover`, because the others still
      serve their people.
"""

from __future__ import annotations

from typing import Final

from redis.exceptions import RedisError, ResponseError

from hotline.store.away import why_away
from hotline.store.connection import StoreBusy, connect
from hotline.store.nodes import asked_all, try_a_write
from hotline.store.redis_config import CLUSTER, what_is_missing, what_is_wrong, without_password
from hotline.web.service import Service

FULL_AT: Final = 0.9

REFUSES: Final = {
    "NoPermissionError": "its user may not write; change the rules of that user (ACL)",
    "ReadOnlyError": "it is a replica; point REDIS_URL to the primary",
    "READONLY": "it is a replica; point REDIS_URL to the primary",
    "MISCONF": "it cannot write to its disk; check whether the disk is full",
    "MovedError": "it is a node of a Redis Cluster; give the cluster as redis+cluster://host:port,host:port",
    "NOREPLICAS": "too few of its replicas are connected; check min-replicas-to-write",
}
"""Redis errors on a write, and the fix for each."""


def redis(service: Service) -> str:
    """Check that Redis accepts writes, with one that changes nothing.

    A replica, or a Redis with a full disk, still responds but commits no turn.
    """
    try:
        try_a_write(service.redis)
    except ResponseError as error:
        return f"Redis accepts no writes: {_why_not(error)}"
    except RedisError:
        return why_away(service.settings.redis_url)
    return "ok"


def _why_not(error: ResponseError) -> str:
    """Return the fix for a known type of Redis error; its message may contain anything."""
    info = str(error)
    return next(
        (why for sign, why in REFUSES.items() if sign in f"{type(error).__name__} {info}"), "check its log"
    )


def persistence(service: Service) -> str:
    """Check that committed data survives a crash."""
    if service.settings.redis_is_durable:
        return "ok"
    for _, info in asked_all(service.redis, lambda redis: redis.info("persistence")):
        if info.get("aof_enabled") != 1:
            return (
                "the append-only file is off: a crash loses turns; set appendonly yes in Redis. If your provider persists every "
                "write in another way, set REDIS_IS_DURABLE=yes"
            )
        if info.get("aof_last_write_status", "ok") != "ok":
            return "the append-only file cannot be written: check whether the disk of Redis is full"
    return "ok"


def memory(service: Service) -> str:
    """Check that no data can be evicted, and that there is enough free memory."""
    if wrong := what_is_wrong(service.redis):
        return f"Redis {wrong}"
    for _, info in asked_all(service.redis, lambda redis: redis.info("memory")):
        used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
        if most and used > FULL_AT * most:
            return f"{used / most:.0%} of Redis's maxmemory is used: at 100% no turn can be stored; raise maxmemory"
    return "ok"


def failover(service: Service) -> str:
    """Check, with Sentinel or a cluster, that every server answers and another can take over."""
    return what_is_missing(service.redis) or "ok"


def password(service: Service) -> str:
    """Check that neither Redis accepts connections over a network without a password."""
    settings = service.settings
    if wrong := without_password(settings.redis_url):
        return f"Redis {wrong}"
    if wrong := without_password(settings.queue_redis_url):
        return f"the queue's Redis {wrong}".replace(" REDIS_URL", " QUEUE_REDIS_URL")
    return "ok"


def queue(service: Service) -> str:
    """Check the queue's own Redis, if there is one. The web works without it, but the worker and the clock do not."""
    url = service.settings.queue_redis_url
    if url == service.settings.redis_url:
        service.redis.ping()
        return "ok"
    try:
        with connect(url) as own:
            wrong = what_is_wrong(own)
            if wrong != CLUSTER:
                try_a_write(own)
            missing = what_is_missing(own)
    except ResponseError as error:
        return f"the queue's Redis accepts no writes: {_why_not(error)}"
    except (RedisError, StoreBusy):
        return f"{why_away(url, 'QUEUE_REDIS_URL')}. It holds the queue, so no text of ours is sent"
    if wrong == CLUSTER:
        return "the queue's Redis is a node of a Redis Cluster, on which it cannot run; set QUEUE_REDIS_URL to a single Redis"
    if wrong:
        return f"the queue's Redis {wrong}"
    return f"the queue's Redis: {missing}" if missing else "ok"
