"""Cache of the recordings that staff play: a player requests one in several ranges.

Rule 1: concurrent requests for a recording share one fetch from the carrier.
Rule 2: the cache is small, in memory only, and a recording leaves it after TTL_SECONDS or when its request is done.
"""

from __future__ import annotations

import threading
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
        self._sounds: dict[str, Sound] = {}
        self._fetching: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def fetch(self, sid: str) -> Sound:
        """Return the audio of a recording and its media type. Raises RecordingGone and CarrierAway."""
        with self._lock:
            fetching = self._fetching.setdefault(sid, threading.Lock())
        try:
            with fetching:
                return self._sounds.get(sid) or self._fetched(sid)
        finally:
            with self._lock:
                self._fetching.pop(sid, None)

    def _fetched(self, sid: str) -> Sound:
        sound = self._recordings.fetch(sid)
        with self._lock:
            self._sounds[sid] = sound
            for oldest in list(self._sounds)[:-MOST]:
                del self._sounds[oldest]
        expiry = threading.Timer(TTL_SECONDS, self.drop, (sid,))
        expiry.daemon = True
        expiry.start()
        return sound

    def drop(self, sid: str) -> None:
        """Remove a recording from the cache, because its request is done."""
        with self._lock:
            self._sounds.pop(sid, None)
