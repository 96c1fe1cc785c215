"""Heartbeats of the processes that receive no requests: the clock and the workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from redis import Redis

from hotline.store.connection import raise_store_busy

BEAT_EVERY = timedelta(seconds=5)
SILENT_AFTER = timedelta(seconds=45)
"""A process without a heartbeat for this long counts as dead. A worker, busy or idle, beats at least every 30 s."""
INBOX = "inbox"
"""Heartbeat of a completed reconciliation with the carrier, dated to the start of that run."""
RETENTION = timedelta(days=1)


def beat(redis: Redis, process: str, now: datetime) -> None:
    """Store that a process of this kind is alive. Raises StoreBusy."""
    with raise_store_busy():
        redis.set(f"heartbeat:{process}", now.timestamp(), ex=RETENTION)


def last_beat(redis: Redis, process: str) -> datetime | None:
    """Return when a process of this kind was last seen, or None. Raises StoreBusy."""
    with raise_store_busy():
        seen = redis.get(f"heartbeat:{process}")
    return datetime.fromtimestamp(float(str(seen)), UTC) if seen else None
