"""Counts of a web process, batched in memory: of its turns, for the day's figures (`hotline.telemetry.measures`).

Rule 1: counting delays no parent. A process writes at most once a second, and not after a slow response; the
        remainder is written with the next response, or when someone reads the counts.
Rule 2: counts that Redis does not accept stay in the process. They are lost if it exits, and never counted
        twice.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from datetime import timedelta, tzinfo
from typing import Final, Generic, NamedTuple, TypeVar

from redis import Redis

from hotline import clock
from hotline.conversation.model.events import Channel
from hotline.log import log
from hotline.store import metrics
from hotline.store.connection import StoreBusy
from hotline.telemetry.measures import CONFLICTS, Outcome, Timed, timed, turn

BY_CHANNEL: Final = {Channel.SMS: Timed.SMS, Channel.VOICE: Timed.VOICE}


QUICK_SECONDS: Final = 0.5
"""A response that took longer does nothing more afterwards (Rule 1)."""

WRITE_EVERY_SECONDS: Final = 1.0

K = TypeVar("K", bound=Hashable)


class Watch:
    """A stopwatch context manager; `time` is the total it has measured."""

    def __init__(self) -> None:
        self._seconds = self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._seconds += time.monotonic() - self._began

    @property
    def time(self) -> timedelta:
        """The time measured so far."""
        return timedelta(seconds=self._seconds)


class Completed(NamedTuple):
    """A completed turn.

    `document` is the answer, `conflicts` counts commits that conflicted with another turn of the same person, and
    `redis_time` is the total time spent in Redis.
    """

    document: str
    outcome: Outcome = Outcome.ANSWERED
    conflicts: int = 0
    redis_time: timedelta = timedelta()


class Batch(Generic[K]):
    """Thread-safe counts of one process. `store` writes them and raises StoreBusy; `name` identifies them in the log."""

    def __init__(
        self, name: str, store: Callable[[Counter[K]], None], seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._store, self._seconds = name, store, seconds
        self._lock = threading.Lock()
        self._waiting: Counter[K] = Counter()
        self._write_at = seconds()

    def add(self, counts: Mapping[K, int]) -> None:
        """Add these counts. Call `write_if_due` once the request is answered."""
        with self._lock:
            waiting = self._waiting
            for name, count in counts.items():  # like Counter.update, in half the time
                waiting[name] += count

    def write_if_due(self) -> None:
        """Write the counts to Redis if a write is due. Never raises."""
        if self._waiting and self._seconds() >= self._write_at:
            self.write()

    def write(self) -> None:
        """Write the counts to Redis now; retain them if it is unavailable. Never raises."""
        with self._lock:
            waiting, self._waiting = self._waiting, Counter()
            self._write_at = self._seconds() + WRITE_EVERY_SECONDS
        if not waiting:
            return
        try:
            self._store(waiting)
        except StoreBusy as busy:
            log.warning("store_busy", path=self._name, cause=str(busy))
            with self._lock:
                self._waiting.update(waiting)


class Measured:
    """Thread-safe turn counts of one process. `zone` defines the center's day."""

    def __init__(self, redis: Redis, zone: tzinfo) -> None:
        self._redis, self._zone = redis, zone
        self._batch: Batch[str] = Batch("measures", self._store)
        self.write_if_due, self.write = self._batch.write_if_due, self._batch.write

    def turn_taken(self, channel: Channel, spent: timedelta, taken: Completed) -> None:
        """Count a completed turn that took `spent`. Call `write_if_due` once it is answered."""
        counts = self._turn(channel, taken.outcome, spent, taken.conflicts)
        counts.update(timed(Timed.REDIS, taken.redis_time))
        self._batch.add(counts)

    def turn_lost(self, channel: Channel, spent: timedelta, conflicts: int) -> None:
        """Count a turn abandoned after `spent`, with the fallback message. Call `write_if_due` once it is answered."""
        self._batch.add(self._turn(channel, Outcome.SAFE_WORDS, spent, conflicts))

    def _turn(self, channel: Channel, outcome: Outcome, spent: timedelta, conflicts: int) -> dict[str, int]:
        counts = timed(BY_CHANNEL[channel], spent)
        counts[turn(channel, outcome)] = 1
        if conflicts:
            counts[CONFLICTS] = conflicts
        return counts

    def _store(self, counts: Counter[str]) -> None:
        metrics.add(self._redis, counts, clock.now().astimezone(self._zone).date())
