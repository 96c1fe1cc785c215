"""Turn metrics, counted in each web process and added to the day's figures (`hotline.telemetry.measures`)."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Final

from redis import Redis

from hotline import clock
from hotline.conversation.model.events import Channel
from hotline.store import metrics
from hotline.telemetry.measures import CONFLICTS, Outcome, Timed, timed, turn
from hotline.web.batch import Batch

BY_CHANNEL: Final = {Channel.SMS: Timed.SMS, Channel.VOICE: Timed.VOICE}


class Watch:
    """A stopwatch context manager; `time` is the total it has measured."""

    def __init__(self) -> None:
        self.time = timedelta()
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self.time += timedelta(seconds=time.monotonic() - self._began)


@dataclass(frozen=True, slots=True)
class Taken:
    """A completed turn.

    `document` is the answer, `conflicts` counts commits that conflicted with another turn of the same person, and
    `redis_time` is the total time spent in Redis.
    """

    document: str
    outcome: Outcome = Outcome.ANSWERED
    conflicts: int = 0
    redis_time: timedelta = timedelta()


class Measured:
    """Thread-safe turn counts of one process. `zone` defines the center's day."""

    def __init__(self, redis: Redis, zone: tzinfo) -> None:
        self._redis, self._zone = redis, zone
        self._batch: Batch[str] = Batch("measures", self._store)
        self.settle, self.write = self._batch.settle, self._batch.write

    def turn_taken(self, channel: Channel, spent: timedelta, taken: Taken) -> None:
        """Count a completed turn that took `spent`. Call `settle` once it is answered."""
        counts = self._turn(channel, taken.outcome, spent, taken.conflicts)
        self._batch.add({**counts, **timed(Timed.REDIS, taken.redis_time)})

    def turn_lost(self, channel: Channel, spent: timedelta, conflicts: int) -> None:
        """Count a turn abandoned after `spent`, with the fallback message.

        Call `settle` once it is answered.
        """
        self._batch.add(self._turn(channel, Outcome.SAFE_WORDS, spent, conflicts))

    def _turn(self, channel: Channel, outcome: Outcome, spent: timedelta, conflicts: int) -> dict[str, int]:
        counts = {turn(channel, outcome): 1, **timed(BY_CHANNEL[channel], spent)}
        return {**counts, CONFLICTS: conflicts} if conflicts else counts

    def _store(self, counts: Counter[str]) -> None:
        metrics.add(self._redis, counts, clock.now().astimezone(self._zone).date())
