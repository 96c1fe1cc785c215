"""The problems that the doctor found in its last round (`doctor.rounds`), for /status and the desk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from redis import Redis

from hotline.store.connection import raise_store_busy

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
