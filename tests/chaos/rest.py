"""Waits until nothing is in progress, and moves the clock until everything that came due is done."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.exceptions import RedisError
from rq import Queue

from devtools.twilio_sim.phone import Control
from hotline.store.due_set import LEASE
from hotline.store.followup_record import ASKED_FIRST
from hotline.store.heartbeat import INBOX, last_beat
from hotline.store.keys import BUCKETS, bucket_key
from tests.chaos.evidence import read_kept
from tests.chaos.hours import LAST_HOUR, Clock, hour_of
from tests.chaos.town import Stuck, Town
from workers.send_hold import EVERY

LOOK_SECONDS = 0.08
LOOKS = 3
"""Consecutive idle checks required: a worker that just took a job has not started it yet."""
BOUND_SECONDS = 240.0
MOST_MOVES = 80
"""Maximum clock moves. A person gets at most one text a day, and few have more than a dozen."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Checks everything that may be in progress."""

    town: Town
    clock: Clock
    queue: Queue
    control: Control

    def still(self) -> None:
        """Wait until nothing is in progress. Raises Stuck."""
        end, quiet = time.monotonic() + BOUND_SECONDS, 0
        while quiet < LOOKS:
            busy = self._busy()
            quiet = 0 if busy else quiet + 1
            if time.monotonic() > end:
                raise Stuck(f"after {BOUND_SECONDS:g} s {busy}")
            time.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Move the clock and wait until missed texts have been reconciled. Raises Stuck."""
        self.clock.move(EVERY)
        since, end = self.clock.now(), time.monotonic() + BOUND_SECONDS
        while (last_beat(self.town.redis, INBOX) or since) <= since:
            if time.monotonic() > end:
                raise Stuck(f"nobody has looked for what was missed for {BOUND_SECONDS:g} s")
            time.sleep(LOOK_SECONDS)
        self.still()

    def settle(self, horizon: datetime, whose: Collection[str]) -> None:
        """Move the clock until everything due by `horizon` is done. Raises Stuck."""
        for _ in range(MOST_MOVES):
            self.still()
            due = self._undone(horizon, whose)
            if not due:
                return
            self.clock.to(self._next_look(min(due)))
        raise Stuck(f"{len(due)} follow-ups were not done after {MOST_MOVES} moves of the clock")

    def _next_look(self, due: datetime) -> datetime:
        """Return the next time to check: once a day, and after a LEASE expires a dead worker's claim."""
        soon = self.clock.now() + LEASE + timedelta(seconds=1)
        evening = hour_of(due, LAST_HOUR)
        return max(soon, evening if due <= evening else hour_of(due + timedelta(days=1)))

    def _busy(self) -> str:
        try:
            looks = (
                (not self.town.all_up(), "not every program is up"),
                (self._late() > 0, "what is due is not handed out"),
                (self.queue.count > 0, "jobs wait"),
                (bool(self.town.workhorses()), "a job goes on"),
                (self._pending() > 0, "statuses are on their way"),
            )
        except RedisError:
            return "Redis is away"
        return next((told for busy, told in looks if busy), "")

    def _pending(self) -> int:
        """Return the number of status callbacks the carrier has not delivered yet."""
        return int(self.control.get("pending"))

    def _late(self) -> int:
        now = self.clock.now().timestamp()
        with self.town.redis.pipeline(transaction=False) as pipe:
            for bucket in range(BUCKETS):
                pipe.zcount(bucket_key(bucket, "due"), 0, now)
                pipe.zcount(bucket_key(bucket, "due"), "-inf", now - ASKED_FIRST)
            return sum(pipe.execute())

    def _undone(self, horizon: datetime, whose: Collection[str]) -> list[datetime]:
        """Return the next attempt's time of each record that was due by `horizon` and is not done."""
        open_ = [
            record
            for who in whose
            for record in read_kept(self.town.redis, who).records.values()
            if record["state"] in ("waiting", "claimed") and record["first_due"] <= horizon.timestamp()
        ]
        now = self.clock.now()
        return [
            datetime.fromtimestamp(record["due"], now.tzinfo) if record["state"] == "waiting" else now
            for record in open_
        ]
