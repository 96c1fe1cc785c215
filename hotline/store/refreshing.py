"""A value that every process rereads from Redis, without making a parent wait.

A read runs in its own thread, one at a time, and the caller waits for it only briefly. While Redis is slow or
down, the last value read counts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

REFRESHED_EVERY: Final = timedelta(seconds=2)


class Refreshing:
    """Runs `read`, which stores its result and never raises, at most once every REFRESHED_EVERY."""

    def __init__(self, name: str, read: Callable[[], None], clock: Callable[[], float]) -> None:
        self._name, self._read, self._clock = name, read, clock
        self._read_at = float("-inf")
        self._reading = threading.Lock()
        self.took: float | None = None
        """Seconds that the last read took; None before the first has ended."""

    @property
    def has_begun(self) -> bool:
        """Whether a read was ever started."""
        return self._read_at > float("-inf")

    @property
    def is_due(self) -> bool:
        """Whether the last read began too long ago."""
        return self._clock() - self._read_at >= REFRESHED_EVERY.total_seconds()

    def refresh(self, wait: float) -> None:
        """Start a read, unless one is running, and wait for it at most `wait` seconds."""
        if not self._reading.acquire(blocking=False):
            return
        self._read_at = self._clock()
        reading = threading.Thread(target=self._run, name=self._name, daemon=True)
        reading.start()
        reading.join(wait)

    def _run(self) -> None:
        began = time.monotonic()
        try:
            self._read()
        finally:
            self.took = time.monotonic() - began
            self._reading.release()
