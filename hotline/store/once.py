"""Let one of many callers do something."""

from __future__ import annotations

from datetime import timedelta

from redis import Redis

from hotline.store.connection import raise_store_busy


def acquire(redis: Redis, key: str, ttl: timedelta) -> bool:
    """Check whether this caller is the first within `ttl`, or since the key was deleted. Raises StoreBusy."""
    with raise_store_busy():
        return bool(redis.set(key, 1, nx=True, px=ttl))
