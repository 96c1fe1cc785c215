"""Counts that a process gathers and writes to Redis in one go.

Rule 1: counting keeps no parent waiting. A process writes once a second at most, and not after a slow answer; what is left
        is written with the next answer, or when someone asks for the counts.
Rule 2: what Redis does not take waits in the process. It is lost with the process, and never counted twice.
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
    """Counts of one process. Safe to use from several threads. `store` writes them, and raises StoreBusy; `name` is what the
    log calls them.
    """

    def __init__(
        self, name: str, store: Callable[[Counter[K]], None], seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._name, self._store, self._seconds = name, store, seconds
        self._lock = threading.Lock()
        self._waiting: Counter[K] = Counter()
        self._write_at = seconds()

    def add(self, counts: Mapping[K, int]) -> None:
        """Count so many of each. You must call `settle` when the request is answered."""
        with self._lock:
            self._waiting.update(counts)

    def settle(self) -> None:
        """Write down what was counted, if it is time to. Never raises."""
        if self._waiting and self._seconds() >= self._write_at:
            self.write()

    def write(self) -> None:
        """Write down what was counted. Never raises."""
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
