"""Versions of what is set at the desk, as JSON lines, and how every process rereads them without making a parent wait.

Rule 1: a version is written whole, by compare-and-set, and never changed. The latest counts; a rollback writes an
        earlier one again, so that who and when are never lost.
Rule 2: a read runs in its own thread, one at a time, and the caller waits for it only briefly. While Redis is slow or
        down, the last value read counts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final, Generic, TypeVar

from redis import Redis

from hotline.log import log
from hotline.store.connection import StoreBusy, raise_store_busy
from hotline.store.lua import Script

REFRESHED_EVERY: Final = timedelta(seconds=2)

MOST_VERSIONS: Final = 50
"""Number of versions stored for rollback."""

T = TypeVar("T")


class Refreshing(Generic[T]):
    """A value, and `read`, which returns it as it is in Redis. `clock` returns monotonic seconds.

    `read` may raise StoreBusy, or ValueError or TypeError for what it cannot read: then the value stays as it is.
    """

    def __init__(self, name: str, value: T, read: Callable[[], T], clock: Callable[[], float]) -> None:
        self._name, self._read, self._clock = name, read, clock
        self.value = value
        """The last value read."""
        self._read_at = float("-inf")
        self._reading = threading.Lock()
        self.took: float | None = None
        """Seconds that the last read took; None before the first has ended."""

    @property
    def has_begun(self) -> bool:
        """Whether a read was ever started."""
        return self._read_at > float("-inf")

    def now(self, wait: float) -> T:
        """Return the value, at most REFRESHED_EVERY old while Redis answers. Waits for a read at most `wait` seconds."""
        is_due = self._clock() - self._read_at >= REFRESHED_EVERY.total_seconds()
        if is_due and self._reading.acquire(blocking=False):
            self._start(wait)
        return self.value

    def fresh(self, wait: float) -> T:
        """Return the value, read after this call. Waits at most `wait` seconds, twice if a read is running."""
        if self._reading.acquire(timeout=wait):
            self._start(wait)
        return self.value

    def _start(self, wait: float) -> None:
        """Start a read, whose thread releases the lock that the caller acquired, and wait for it."""
        self._read_at = self._clock()
        reading = threading.Thread(target=self._run, name=self._name, daemon=True)
        reading.start()
        reading.join(wait)

    def _run(self) -> None:
        began = time.monotonic()
        try:
            self.value = self._read()
        except (StoreBusy, ValueError, TypeError) as error:
            cause = str(error) if isinstance(error, StoreBusy) else type(error).__name__
            log.warning("store_busy", path=self._name, cause=cause)
        finally:
            self.took = time.monotonic() - began
            self._reading.release()


class DeskVersions:
    """The versions in one list of Redis, the latest last. Every method raises StoreBusy."""

    def __init__(self, redis: Redis, key: str) -> None:
        self._redis, self._key = redis, key
        self._add = Script(redis, "add_version")

    def lines(self) -> list[str]:
        """Return all versions, latest first."""
        with raise_store_busy():
            return [str(line) for line in reversed(self._redis.lrange(self._key, 0, -1))]

    def latest(self) -> str | None:
        """Return the version in force; None if there is none."""
        with raise_store_busy():
            line = self._redis.lindex(self._key, -1)
        return str(line) if line is not None else None

    def add(self, after: int, line: str) -> bool:
        """Store a version after version `after`, 0 for none; return False if another user has added one since."""
        return bool(self._add([self._key], follows=after, version=line, most=MOST_VERSIONS))
