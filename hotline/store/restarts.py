"""Detect restarts and failovers of Redis, which may lose its last writes.

The lost writes may include the mark made before a text was sent. So a worker that sends a text that was due
before the restart checks with the carrier first, as it does after another worker died.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from redis import Redis

from hotline.store.connection import raise_store_busy
from hotline.store.lua import Script

LOOK_BACK: Final = timedelta(minutes=15)
"""The most that Redis may have lost: a snapshot is older than an append-only file, and a replica lags."""

DOUBTED_FOR: Final = timedelta(days=1)
"""How long a restart is suspect; anything still waiting then was postponed, and has its own claim."""

SEEN: Final = "{restarts}"


class Restarts:
    """Tracks restarts of Redis. All methods raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._note = Script(redis, "note_restart")

    def doubtful_since(self, due: datetime, now: datetime) -> datetime | None:
        """Return since when a text due at `due` may have been sent without a mark; None if it cannot.

        One round trip.
        """
        with raise_store_busy():
            since, backup, restored = self._note(
                [SEEN], now=now.timestamp(), ttl=int(DOUBTED_FOR.total_seconds())
            )
        doubts = [(_moment(since, now), LOOK_BACK)] if since else []
        if restored:
            at = _moment(restored, now)
            doubts.append((at, at - _moment(backup, now)))
        found = [back - before for back, before in doubts if due <= back and now - back < DOUBTED_FOR]
        return min(found, default=None)

    def restored(self, backup: datetime, now: datetime) -> None:
        """Record that a backup of this moment was restored `now`, so texts due since may have been sent.

        Raises StoreBusy.
        """
        with raise_store_busy():
            self._redis.hset(SEEN, mapping={"backup": backup.timestamp(), "restored": now.timestamp()})
            self._redis.expire(SEEN, int(DOUBTED_FOR.total_seconds()))


def _moment(seconds: str, like: datetime) -> datetime:
    return datetime.fromtimestamp(float(seconds), like.tzinfo)
