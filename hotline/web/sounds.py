"""The recordings that staff listen to, kept for a moment: a player asks for one in several ranges.

Rule 1: what is being fetched is not fetched twice; who asks for it meanwhile waits for it.
Rule 2: in memory alone, a few, for KEPT_SECONDS; and none of a request that is done.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from hotline.carrier.recordings import Recordings

KEPT_SECONDS: Final = 120.0
"""A player asks for the next range within seconds."""

MOST: Final = 4
"""Of ten megabytes at most each."""

Sound = tuple[bytes, str]


class Sounds:
    """Recordings, from here or from the carrier. Safe to use from several threads."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings
        self._kept: dict[str, tuple[float, Sound]] = {}
        self._fetching: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def fetch(self, sid: str) -> Sound:
        """A recording's sound and its media type. Raises RecordingGone and CarrierAway."""
        with self._lock:
            fetching = self._fetching.setdefault(sid, threading.Lock())
        try:
            with fetching:
                sound = self._known(sid) or self._recordings.fetch(sid)
                with self._lock:
                    self._kept.setdefault(sid, (time.monotonic(), sound))
                    for oldest in list(self._kept)[:-MOST]:
                        del self._kept[oldest]
                return sound
        finally:
            with self._lock:
                self._fetching.pop(sid, None)

    def drop(self, sid: str) -> None:
        """Forgets a recording, because its request is done."""
        with self._lock:
            self._kept.pop(sid, None)

    def _known(self, sid: str) -> Sound | None:
        now = time.monotonic()
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if now - kept[0] < KEPT_SECONDS}
            return self._kept[sid][1] if sid in self._kept else None
