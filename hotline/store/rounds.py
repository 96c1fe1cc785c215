"""Stores the problems found by the doctor's last round, for /status and the desk (`doctor.rounds`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from redis import Redis

from hotline.store.connection import raise_store_busy
from hotline.store.once import acquire

FOUND: Final = "heartbeat:doctor"
TURN: Final = "heartbeat:rounds"

GOOD_FOR: Final = timedelta(minutes=5)
"""How long a round is valid. Without a newer one the clock is down, which /status reports separately."""


class RoundsFound:
    """The problems that the last round found."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def my_turn(self, every: timedelta) -> bool:
        """Check whether no other clock began a round within `every`. Raises StoreBusy."""
        return acquire(self._redis, TURN, every)

    def keep(self, problems: Sequence[str]) -> None:
        """Store the problems of a round. Raises StoreBusy."""
        with raise_store_busy():
            self._redis.set(FOUND, json.dumps(list(problems)), ex=GOOD_FOR)

    def problems(self) -> tuple[str, ...] | None:
        """Return the problems of the last round, None if there was no recent one. Raises StoreBusy."""
        with raise_store_busy():
            stored = self._redis.get(FOUND)
        try:
            found = json.loads(str(stored)) if stored else None
        except ValueError:
            return None
        return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else None
