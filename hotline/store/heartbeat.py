"""Heartbeats of the processes that receive no requests, the clock and the workers, and what only one of them does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from redis import Redis

from hotline.store.connection import raise_store_busy

BEAT_EVERY = timedelta(seconds=5)
SILENT_AFTER = timedelta(seconds=45)
"""A process without a heartbeat for this long counts as dead. A worker, busy or idle, beats at least every 30 s."""
INBOX = "inbox"
"""Heartbeat of a completed reconciliation with the carrier, dated to the start of that run."""
RETENTION = timedelta(days=1)

PROBLEMS: Final = "heartbeat:doctor"
PROBLEMS_TTL: Final = timedelta(minutes=5)
"""How long a round of the doctor is valid. Without a newer one the clock is down, which /status reports separately."""


def beat(redis: Redis, process: str, now: datetime) -> None:
    """Store that a process of this kind is alive. Raises StoreBusy."""
    with raise_store_busy():
        redis.set(f"heartbeat:{process}", now.timestamp(), ex=RETENTION)


def acquire_alert(redis: Redis, of: str, every: timedelta) -> bool:
    """Check whether this caller is the first to report `of` within `every`.

    So only one of many processes that see a problem reports it. Raises StoreBusy.
    """
    return acquire(redis, f"heartbeat:{of}", every)


def last_beat(redis: Redis, process: str) -> datetime | None:
    """Return when a process of this kind was last seen, or None. Raises StoreBusy."""
    with raise_store_busy():
        seen = redis.get(f"heartbeat:{process}")
    return datetime.fromtimestamp(float(str(seen)), UTC) if seen else None


def acquire(redis: Redis, key: str, ttl: timedelta) -> bool:
    """Check whether this caller is the first within `ttl`, or since the key was deleted. Raises StoreBusy."""
    with raise_store_busy():
        return bool(redis.set(key, 1, nx=True, px=ttl))


def store_problems(redis: Redis, problems: Sequence[str]) -> None:
    """Store the problems that a round of the doctor found (`doctor.rounds`). Raises StoreBusy."""
    with raise_store_busy():
        redis.set(PROBLEMS, json.dumps(list(problems)), ex=PROBLEMS_TTL)


def last_problems(redis: Redis) -> tuple[str, ...] | None:
    """Return the problems of the last round, None if there was no recent one. Raises StoreBusy."""
    with raise_store_busy():
        stored = redis.get(PROBLEMS)
    try:
        found = json.loads(str(stored)) if stored else None
    except ValueError:
        return None
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else None
