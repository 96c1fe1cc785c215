"""The figures of a day: how often each thing happened, and to nobody in particular."""

from __future__ import annotations

from collections import Counter
from datetime import date

from redis import Redis

from hotline.store.connection import told_as_busy
from hotline.store.keys import BUCKETS, counts_key


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
