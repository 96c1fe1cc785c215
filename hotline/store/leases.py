"""Leases: of many processes that see the same thing, one acts on it, at most once within a time."""

from __future__ import annotations

from datetime import timedelta

from redis import Redis

from hotline.store.connection import raise_store_busy


def acquire(redis: Redis, key: str, ttl: timedelta) -> bool:
    """Return whether this caller is the first within `ttl`, or since the key was deleted. Raises StoreBusy."""
    with raise_store_busy():
        return bool(redis.set(key, 1, nx=True, px=ttl))


def acquire_alert(redis: Redis, of: str, every: timedelta) -> bool:
    """Return whether this caller is the first to report `of` within `every`. Raises StoreBusy."""
    return acquire(redis, f"heartbeat:{of}", every)
