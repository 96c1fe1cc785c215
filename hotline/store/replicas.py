"""Decide whether a turn's commit waits for a replica, in the same round trip.

With Sentinel and on a cluster another server takes over within seconds when a primary dies, and writes that no replica
has are lost: a parent would answer a question that the store no longer knows. WAIT after the commit narrows that window
from the replicas' lag to the turns named in Rule 2. A single server has no replica to wait for; it recovers from its
append-only file.

Rule 1: a wait is bounded by WITHIN, and then the parent is answered: a lagging replica must not silence the hotline.
Rule 2: after a wait times out, turns do not wait for AGAIN_AFTER seconds, so that a primary without a replica does not
        slow every turn. If the primary dies just then, these turns may be lost, and those that reached one replica
        when another takes over.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final

from redis import Redis
from redis.sentinel import SentinelConnectionPool

from hotline.log import log
from hotline.store.nodes import is_cluster, server_of

WITHIN: Final = timedelta(milliseconds=100)
"""A replica in the same region answers in a millisecond or two."""

AGAIN_AFTER: Final = 5.0


class Replicas:
    """The replicas of each primary. Thread-safe."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take_over = is_cluster(redis) or isinstance(redis.connection_pool, SentinelConnectionPool)
        self._again: dict[str, float] = {}

    def wait_for(self, key: str) -> int:
        """Return how many milliseconds a write to this key waits for a replica, 0 if it does not. Raises RedisError."""
        if not self._take_over or time.monotonic() < self._again.get(server_of(self._redis, key).name, 0.0):
            return 0
        return WITHIN // timedelta(milliseconds=1)

    def reached(self, key: str, replicas: int) -> None:
        """Record how many replicas confirmed a write in time."""
        if replicas == 0:
            self._again[server_of(self._redis, key).name] = time.monotonic() + AGAIN_AFTER
            log.warning("turn_not_replicated")

    def not_allowed(self) -> None:
        """Never wait again, because the Redis user may not use WAIT."""
        self._take_over = False
        log.warning("turn_not_replicated", cause="NoPermissionError")
