"""A planned text waits until we know what came while we were away: somebody may have said STOP meanwhile.

Rule 1: after a start, and after each time that Redis was away, a clock hands no planned text out before a look for what
        was missed (`reconcile`) that began later.
Rule 2: what somebody waits for in a call is not held: they are here, and have said what they want.
Rule 3: a carrier that cannot be asked does not hold it for longer than LONGEST. One that has so much that it is still
        being read does, up to LONGEST_READ.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from redis import Redis
from rq import Queue

from hotline.log import log
from hotline.store.heartbeat import INBOX, last_beat
from hotline.store.look_progress import Looks
from workers.queue import enqueue
from workers.reconcile import SETTLED

EVERY = timedelta(minutes=5)
"""Between looks, while all is well: a web may be away that the clock does not see."""
SOON = SETTLED
"""Between looks in the minutes after a time away, whose last moments the first look leaves alone."""
LONGEST = timedelta(minutes=5)
LONGEST_READ = timedelta(hours=1)
"""Nor does one whose lists have no end."""


@dataclass(slots=True)
class Hold:
    """One clock's. `back` is when it came back."""

    redis: Redis
    queue: Queue
    back: datetime
    _known: bool = False

    @property
    def _looks(self) -> Looks:
        return Looks(self.redis)

    def away(self, now: datetime) -> None:
        """Redis does not answer now."""
        self.back, self._known = now, False

    def holds(self, now: datetime) -> bool:
        """Whether planned texts must wait. Asks for a look when it is time for one. Raises StoreBusy and RedisError."""
        looked = last_beat(self.redis, INBOX)
        if not self._known:
            self._known = self._is_known(looked, now)
        every = SOON if self.back <= now < self.back + EVERY else EVERY
        lately = looked is not None and now - every < looked <= now
        if not (self._known and lately):
            self._ask()
        return not self._known

    def _reads(self, now: datetime) -> bool:
        """Whether a look has come on of late: what it has not read yet may be a STOP."""
        progress = self._looks.progress()
        read_at = progress.read_at if progress else None
        return read_at is not None and now - LONGEST < read_at

    def _ask(self) -> None:
        """One clock of many does."""
        if self._looks.ask():
            enqueue(self.queue, "workers.jobs.catch_up", first=True)

    def _is_known(self, looked: datetime | None, now: datetime) -> bool:
        if looked is not None and looked >= self.back:
            return True
        if self.back <= now < self.back + (LONGEST_READ if self._reads(now) else LONGEST):
            return False
        log.error("missed_not_known", reason="carrier_or_worker_away")
        return True
