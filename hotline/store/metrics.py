"""Daily counters of the service, with no link to any person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from redis import Redis

from hotline.store.connection import raise_store_busy
from hotline.store.keys import BUCKETS, counts_key

RETENTION = timedelta(days=400)
"""Long enough to compare a month with the same month a year earlier; turn commits use the same period."""


def count(redis: Redis, name: str, day: date) -> int:
    """Add 1 to a service-wide counter of the day and return its new value. Raises StoreBusy."""
    key = counts_key(0, day)
    with raise_store_busy(), redis.pipeline(transaction=True) as pipe:
        pipe.hincrby(key, name, 1)
        pipe.expire(key, int(RETENTION.total_seconds()))
        return int(pipe.execute()[0])


def add(redis: Redis, counts: Mapping[str, int], day: date) -> None:
    """Add to several service-wide counters of the day in one round trip. Raises StoreBusy."""
    key = counts_key(0, day)
    with raise_store_busy(), redis.pipeline(transaction=False) as pipe:
        for name, number in counts.items():
            pipe.hincrby(key, name, number)
        pipe.expire(key, int(RETENTION.total_seconds()))
        pipe.execute()


def figures(redis: Redis, day: date) -> Counter[str]:
    """Return the counters of a day (hotline's time zone) in one round trip. Raises StoreBusy."""
    with raise_store_busy(), redis.pipeline(transaction=False) as pipe:
        for bucket in range(BUCKETS):
            pipe.hgetall(counts_key(bucket, day))
        found: list[dict[str, str]] = pipe.execute()
    total: Counter[str] = Counter()
    for counted in found:
        total.update({name: int(count) for name, count in counted.items()})
    return total
