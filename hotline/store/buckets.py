"""One command for each bucket of people, in one round trip."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redis import Redis

from hotline.store.connection import raise_store_busy
from hotline.store.keys import BUCKETS


def of_buckets(redis: Redis, ask: Callable[[Redis, int], object]) -> list[Any]:
    """Return the replies of what `ask` queues for each bucket. It gets a pipeline and the bucket. Raises StoreBusy."""
    with raise_store_busy(), redis.pipeline(transaction=False) as pipe:
        for bucket in range(BUCKETS):
            ask(pipe, bucket)
        return pipe.execute()
