"""Holds planned texts until we know what the service missed during downtime, which may include a STOP.

Rule 1: after a start and after each Redis outage, a clock hands out no planned text until a catch-up run
        (`reconcile`) that began later is done.
Rule 2: a text that a caller is waiting for is not held: they have just asked for it.
Rule 3: if the carrier cannot be read, the hold lasts at most LONGEST; while its lists are still being read,
        at most LONGEST_READ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from redis import Redis
from rq import Queue

from hotline.log import log
from hotline.store.heartbeat import INBOX, last_beat
from hotline.store.inbox_runs import InboxRuns
from workers.queue import enqueue
from workers.reconcile import SETTLED

EVERY = timedelta(minutes=5)
"""Time between catch-up runs in normal operation: the web may be down without the clock noticing."""
SOON = SETTLED
"""Time between runs just after an outage, because the first run skips its last moments."""
LONGEST = timedelta(minutes=5)
LONGEST_READ = timedelta(hours=1)
"""Limit for carrier lists that never end."""


@dataclass(slots=True)
class Hold:
    """The send hold of one clock. `back` is when that clock started or last saw Redis fail."""

    redis: Redis
    queue: Queue
    back: datetime
    _known: bool = False
    _runs: InboxRuns = field(init=False)

    def __post_init__(self) -> None:
        self._runs = InboxRuns(self.redis)

    def away(self, now: datetime) -> None:
        """Restart the hold because Redis does not answer."""
        self.back, self._known = now, False

    def holds(self, now: datetime) -> bool:
        """Check whether planned texts must wait, and enqueue a catch-up run if one is due.

        Raises StoreBusy and RedisError.
        """
        looked = last_beat(self.redis, INBOX)
        if not self._known:
            self._known = self._is_known(looked, now)
        every = SOON if self.back <= now < self.back + EVERY else EVERY
        lately = looked is not None and now - every < looked <= now
        if not (self._known and lately) and self._runs.ask():
            enqueue(self.queue, "workers.jobs.catch_up", first=True)
        return not self._known

    def _reads(self, now: datetime) -> bool:
        """Check whether a run made progress recently: the part not read yet may contain a STOP."""
        progress = self._runs.progress()
        read_at = progress.read_at if progress else None
        return read_at is not None and now - LONGEST < read_at

    def _is_known(self, looked: datetime | None, now: datetime) -> bool:
        if looked is not None and looked >= self.back:
            return True
        if self.back <= now < self.back + (LONGEST_READ if self._reads(now) else LONGEST):
            return False
        log.error("missed_not_known", reason="carrier_or_worker_away")
        return True
