"""Counts that a process batches in memory and writes to Redis in one go.

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
from typing import Final, Generic, TypeVar

from hotline.log import log
from hotline.store.connection import StoreBusy

WRITE_EVERY_SECONDS: Final = 1.0

K = TypeVar("K", bound=Hashable)


class Batch(Generic[K]):
    """Thread-safe counts of one process.

    `store` writes them and raises StoreBusy; `name` identifies them in the log.
    """

    def __init__(
        self, name: str, store: Callable[[Counter[K]], None], seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._store, self._seconds = name, store, seconds
        self._lock = threading.Lock()
        self._waiting: Counter[K] = Counter()
        self._write_at = seconds()

    def add(self, counts: Mapping[K, int]) -> None:
        """Add these counts. Call `settle` once the request is answered."""
        with self._lock:
            waiting = self._waiting
            for name, count in counts.items():  # like Counter.update, in half the time
                waiting[name] += count

    def settle(self) -> None:
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
