"""Detect restarts and failovers of Redis, which may lose its last writes.

The lost writes may include the mark made before a text was sent. So a worker that sends a text that was due
before the restart checks with the carrier first, as it does after another worker died.

On a cluster each bucket has its own note, since each node may restart or fail over by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from redis import Redis

from hotline.store.connection import raise_store_busy
from hotline.store.keys import BUCKETS, Keys, bucket_key
from hotline.store.lua import Script
from hotline.store.nodes import is_cluster

LOOK_BACK: Final = timedelta(minutes=15)
"""The most that Redis may have lost: a snapshot is older than an append-only file, and a replica may lag."""

DOUBTED_FOR: Final = timedelta(days=1)
"""How long to check after a restart; anything still waiting then was postponed, and has its own claim."""

SEEN: Final = "{restarts}"
OF_BUCKET: Final = "restarts"


class Restarts:
    """Tracks restarts of Redis. All methods raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._is_cluster = is_cluster(redis)
        self._note = Script(redis, "note_restart")

    def doubtful_since(self, who: str, due: datetime, now: datetime) -> datetime | None:
        """Return since when a text to `who` due at `due` may have been sent without a mark; None if impossible.

        One round trip.
        """
        key = Keys(who).beside(OF_BUCKET) if self._is_cluster else SEEN
        since, backup, restored = self._note([key], now=now.timestamp(), ttl=DOUBTED_FOR)
        doubts = [(_moment(since, now), LOOK_BACK)] if since else []
        if restored:
            at = _moment(restored, now)
            doubts.append((at, at - _moment(backup, now)))
        found = [back - before for back, before in doubts if due <= back and now - back < DOUBTED_FOR]
        return min(found, default=None)

    def note(self, now: datetime) -> None:
        """Record which Redis process answers. Call this every minute: a failover is dated to the next record."""
        with raise_store_busy(), self._redis.pipeline(transaction=False) as pipe:
            for key in self._keys():
                self._note([key], client=pipe, now=now.timestamp(), ttl=DOUBTED_FOR)
            pipe.execute()

    def restored(self, backup: datetime, now: datetime) -> None:
        """Record that a backup of this moment was restored `now`, so texts due since may have been sent.

        Raises StoreBusy.
        """
        with raise_store_busy(), self._redis.pipeline(transaction=False) as pipe:
            for key in self._keys():
                pipe.hset(key, mapping={"backup": backup.timestamp(), "restored": now.timestamp()})
                pipe.expire(key, DOUBTED_FOR)
            pipe.execute()

    def _keys(self) -> list[str]:
        return [bucket_key(each, OF_BUCKET) for each in range(BUCKETS)] if self._is_cluster else [SEEN]


def _moment(seconds: str, like: datetime) -> datetime:
    return datetime.fromtimestamp(float(seconds), like.tzinfo)
