"""Track answers that a person may not have received, because the commit's result did not arrive in time.

In that case we sent the safe words. If the turn was committed anyway, the person is at a question that they
never saw, and their next "1" would count as an answer to it.

Rule 1: this process knows at once, and notes it in Redis for the other processes as soon as Redis answers.
Rule 2: a note changes the session's version. So a turn that another process loaded before the note is
        loaded again when it commits after it.
Rule 3: a note blocks no caller: a separate thread retries it, on a connection without a circuit breaker.
"""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Final

from redis import Redis

from hotline.log import log
from hotline.store.connection import StoreBusy, patient
from hotline.store.keys import Keys
from hotline.store.lua import Script

TRIED_FOR: Final = 600.0
"""How many seconds a note is retried: longer than a failover takes.

By then the person is likely to start over."""

AGAIN_SECONDS: Final = 0.05
"""Seconds between two attempts; a parent takes longer to type."""

COMMITS_FOR: Final = timedelta(seconds=0.6)
"""How long after its load a turn may be committed, by Redis's clock.

A stalled Redis still runs commands long after the person got the safe words. It is less than the
client's timeout (`connection.ANSWER_SECONDS`), so a client that timed out has changed nothing, unless only
the reply was lost.
"""

UNSEEN_TTL: Final = timedelta(hours=24)
"""How long an answer that may be unseen is stored: a parent tries again the same day."""

MOST: Final = 10_000
"""Maximum pending notes: more than the people that one process answers in TRIED_FOR without Redis."""


class Unseen:
    """Records answers as unseen. Thread-safe and fork-safe."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._notes: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def of(self, who: str) -> str:
        """Return the id of the event whose answer may be unseen, as far as this process knows; else ""."""
        return self._notes.get(who, ("", 0.0))[0]

    def note(self, who: str, event_id: str) -> None:
        """Record that the answer to this event may be unseen. Returns at once."""
        with self._lock:
            if len(self._notes) >= MOST:
                self._notes.pop(next(iter(self._notes)))
            self._notes[who] = (event_id, time.monotonic())
            if self._thread is None or not self._thread.is_alive():  # or forked since
                self._thread = threading.Thread(target=self._write_all, name="unseen", daemon=True)
                self._thread.start()

    def forget(self, who: str) -> None:
        """Drop the note, because the person has received an answer since."""
        with self._lock:
            self._notes.pop(who, None)

    def _write_all(self) -> None:
        """Write pending notes to Redis until there are none."""
        with patient(self._redis, connections=1) as redis:
            while notes := self._waiting():
                for who, note in notes:
                    if not self._write(redis, who, note):
                        time.sleep(AGAIN_SECONDS)
                        break

    def _waiting(self) -> list[tuple[str, tuple[str, float]]]:
        with self._lock:
            since = time.monotonic() - TRIED_FOR
            self._notes = {who: note for who, note in self._notes.items() if note[1] > since}
            if not self._notes:
                self._thread = None  # under the lock, so the next note starts another
            return list(self._notes.items())

    def _write(self, redis: Redis, who: str, note: tuple[str, float]) -> bool:
        """Write a note; return whether it is settled. A commit in progress has until COMMITS_FOR."""
        keys = Keys(who)
        try:
            noted = Script(redis, "note_unseen")(
                [keys.session, keys.answers], event=note[0], unseen_ttl=UNSEEN_TTL
            )
        except StoreBusy:
            return False
        if not noted and time.monotonic() - note[1] < COMMITS_FOR.total_seconds():
            return False
        if noted:
            log.info("answer_unseen")
        with self._lock:
            if self._notes.get(who) == note:
                del self._notes[who]
        return True
