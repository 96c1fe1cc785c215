"""Cache of the recordings that staff play: a player requests one in several ranges.

Rule 1: concurrent requests for a recording share one fetch from the carrier.
Rule 2: the cache is small, in memory only, and expires after TTL_SECONDS or when the request is done.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from hotline.carrier.recordings import Recordings

TTL_SECONDS: Final = 120.0
"""A player requests the next range within seconds."""

MOST: Final = 4
"""Maximum recordings, of up to ten megabytes each."""

Sound = tuple[bytes, str]


class Sounds:
    """Thread-safe access to recordings, from the cache or the carrier."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings
        self._sounds: dict[str, tuple[float, Sound]] = {}
        self._fetching: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def fetch(self, sid: str) -> Sound:
        """Return the audio of a recording and its media type. Raises RecordingGone and CarrierAway."""
        with self._lock:
            fetching = self._fetching.setdefault(sid, threading.Lock())
        try:
            with fetching:
                sound = self._known(sid) or self._recordings.fetch(sid)
                with self._lock:
                    self._sounds.setdefault(sid, (time.monotonic(), sound))
                    for oldest in list(self._sounds)[:-MOST]:
                        del self._sounds[oldest]
                return sound
        finally:
            with self._lock:
                self._fetching.pop(sid, None)

    def drop(self, sid: str) -> None:
        """Remove a recording from the cache, because its request is done."""
        with self._lock:
            self._sounds.pop(sid, None)

    def _known(self, sid: str) -> Sound | None:
        now = time.monotonic()
        with self._lock:
            self._sounds = {key: entry for key, entry in self._sounds.items() if now - entry[0] < TTL_SECONDS}
            return self._sounds[sid][1] if sid in self._sounds else None
