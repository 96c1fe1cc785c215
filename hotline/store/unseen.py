"""Answers that their person may not have got: the turn may have been taken, but nobody heard so in time.

Whoever asks for a turn to be taken and gets no answer gives the person the safe words. If the turn was taken all the
same, the person stands at a question that they never saw, and their next "1" would be an answer to it.

Rule 1: this is known at once in this process, and told to Redis as soon as that answers, for the others.
Rule 2: a note changes the session's version. So a turn of another process that was loaded before the note, and would be
        committed after it, is loaded again.
Rule 3: nobody waits for a note: a thread of its own writes it, with patience, on a connection without a breaker.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from hotline.log import log
from hotline.store.commit import COMMITS_FOR, NOTE_UNSEEN
from hotline.store.connection import StoreBusy, patient
from hotline.store.keys import Keys

TRIED_FOR: Final = 600.0
"""Seconds that a note is tried for: longer than a failover takes. Who writes after that has read the safe words long
ago, and is likely to begin anew."""

AGAIN_SECONDS: Final = 0.05
"""Between two tries. A parent takes longer to type."""

MOST: Final = 10_000
"""Notes that wait at most: more people than one process answers in TRIED_FOR with Redis away."""


class Unseen:
    """Notes answers as unseen. Safe to use from several threads, and after a fork. `kept` is how many answers of a person
    are kept.
    """

    def __init__(self, redis: Redis, kept: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._kept, self._clock = redis, kept, clock
        self._notes: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def of(self, who: str) -> str:
        """The id of the event whose answer this person may not have got, as far as this process knows; else ""."""
        return self._notes.get(who, ("", 0.0))[0]

    @contextmanager
    def noted(self, who: str, event_id: str) -> Iterator[None]:
        """Note the event's answer as unseen when what is done here ends with StoreBusy, which goes on."""
        try:
            yield
        except StoreBusy:
            self.note(who, event_id)
            raise

    def note(self, who: str, event_id: str) -> None:
        """From now on the answer to this event may be unseen. Returns at once."""
        with self._lock:
            if len(self._notes) >= MOST:
                self._notes.pop(next(iter(self._notes)))
            self._notes[who] = (event_id, self._clock())
            if self._thread is None or not self._thread.is_alive():  # also in a process that was forked since
                self._thread = threading.Thread(target=self._write_all, name="unseen", daemon=True)
                self._thread.start()

    def forget(self, who: str) -> None:
        """The person has got an answer since."""
        with self._lock:
            self._notes.pop(who, None)

    def _write_all(self) -> None:
        """Write the notes until there are none."""
        with patient(self._redis) as redis:
            while notes := self._waiting():
                for who, note in notes:
                    if not self._write(redis, who, note):
                        time.sleep(AGAIN_SECONDS)
                        break

    def _waiting(self) -> list[tuple[str, tuple[str, float]]]:
        with self._lock:
            since = self._clock() - TRIED_FOR
            self._notes = {who: note for who, note in self._notes.items() if note[1] > since}
            if not self._notes:
                self._thread = None  # under the lock: whoever notes next starts another
            return list(self._notes.items())

    def _write(self, redis: Redis, who: str, note: tuple[str, float]) -> bool:
        """Whether this one is done with. A commit that is still on its way has until COMMITS_FOR."""
        keys = Keys(who)
        try:
            noted = redis.eval(NOTE_UNSEEN, 2, keys.session, keys.answers, note[0], self._kept)
        except RedisError:
            return False
        if not noted and self._clock() - note[1] < COMMITS_FOR.total_seconds():
            return False
        if noted:
            log.info("answer_unseen")
        with self._lock:
            if self._notes.get(who) == note:
                del self._notes[who]
        return True
