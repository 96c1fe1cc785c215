"""The figures of a day: how often each thing happened, and to nobody in particular."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from redis import Redis

from hotline.store.connection import told_as_busy
from hotline.store.keys import BUCKETS, counts_key

KEPT = timedelta(days=400)
"""So that a month can be compared with that of the year before. As long as in a turn's commit."""


def count(redis: Redis, name: str, day: date) -> int:
    """Adds one to a figure of the day that is of the service and of no turn; returns what it is then. Raises
    StoreBusy.
    """
    key = counts_key(0, day)
    with told_as_busy(), redis.pipeline(transaction=True) as pipe:
        pipe.hincrby(key, name, 1)
        pipe.expire(key, int(KEPT.total_seconds()))
        return int(pipe.execute()[0])


def add(redis: Redis, counts: Mapping[str, int], day: date) -> None:
    """Add to several figures of the day that are of the service and of no turn. One round trip. Raises StoreBusy."""
    key = counts_key(0, day)
    with told_as_busy(), redis.pipeline(transaction=False) as pipe:
        for name, number in counts.items():
            pipe.hincrby(key, name, number)
        pipe.expire(key, int(KEPT.total_seconds()))
        pipe.execute()


def figures(redis: Redis, day: date) -> Counter[str]:
    """The figures of this day, in the hotline's time zone. One round trip. Raises StoreBusy."""
    with told_as_busy(), redis.pipeline(transaction=False) as pipe:
        for bucket in range(BUCKETS):
            pipe.hgetall(counts_key(bucket, day))
        found: list[dict[str, str]] = pipe.execute()
    total: Counter[str] = Counter()
    for counted in found:
        total.update({name: int(count) for name, count in counted.items()})
    return total
