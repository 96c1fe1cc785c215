"""Heartbeats of the processes that receive no requests, and the problems that the doctor found in its last round."""

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


def beat(redis: Redis, process: str, now: datetime) -> None:
    """Store that a process of this kind is alive. Raises StoreBusy."""
    with raise_store_busy():
        redis.set(f"heartbeat:{process}", now.timestamp(), ex=RETENTION)


def last_beat(redis: Redis, process: str) -> datetime | None:
    """Return when a process of this kind was last seen, or None. Raises StoreBusy."""
    with raise_store_busy():
        seen = redis.get(f"heartbeat:{process}")
    return datetime.fromtimestamp(float(str(seen)), UTC) if seen else None


PROBLEMS: Final = "heartbeat:doctor"
PROBLEMS_TTL: Final = timedelta(minutes=5)
"""How long a round of the doctor is valid. Without a newer one the clock is down, which /status reports separately."""


def store_problems(redis: Redis, problems: Sequence[str]) -> None:
    """Store the problems of a round. Raises StoreBusy."""
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
