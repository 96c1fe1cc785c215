"""Daily counters of the service, with no link to any person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import cycle

from redis import Redis

from hotline.log import log
from hotline.store.connection import StoreBusy, raise_store_busy
from hotline.store.keys import counts_key
from hotline.store.nodes import of_buckets

RETENTION = timedelta(days=400)
"""Long enough to compare a month with the same month a year earlier; turn commits use the same period."""


def count(redis: Redis, name: str, day: date) -> int:
    """Add 1 to a service-wide counter of the day and return its new value. Raises StoreBusy."""
    return add(redis, {name: 1}, day)[0]


def add(redis: Redis, counts: Mapping[str, int], day: date) -> list[int]:
    """Add to service-wide counters of the day in one round trip, and return their new values. Raises StoreBusy."""
    key = counts_key(0, day)
    with raise_store_busy(), redis.pipeline(transaction=False) as pipe:
        for name, number in counts.items():
            pipe.hincrby(key, name, number)
        pipe.expire(key, RETENTION)
        return list(map(int, pipe.execute()[:-1]))


def add_safely(redis: Redis, counts: Mapping[str, int], day: date) -> None:
    """Add to counters of what has happened already, and must still be recorded: raises nothing."""
    try:
        add(redis, counts, day)
    except StoreBusy as busy:
        log.warning("store_busy", cause=str(busy))


def figures(redis: Redis, day: date) -> Counter[str]:
    """Return the counters of a day (hotline's time zone) in one round trip. Raises StoreBusy."""
    return figures_of(redis, [day])[0]


def figures_of(redis: Redis, days: Sequence[date]) -> list[Counter[str]]:
    """Return the counters of each of these days, in one round trip. Raises StoreBusy."""

    def ask(pipe: Redis, bucket: int) -> None:
        for day in days:
            pipe.hgetall(counts_key(bucket, day))

    found: list[dict[str, str]] = of_buckets(redis, ask)
    totals = [Counter[str]() for _ in days]
    for total, counted in zip(cycle(totals), found, strict=False):
        for name, count in counted.items():
            total[name] += int(count)
    return totals
