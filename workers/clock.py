"""The clock process: moves due records to the queue every second. Any number of clocks may run at once."""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from hotline import clock
from hotline.config.settings import Settings
from hotline.log import log
from hotline.store.connection import StoreBusy, connect
from hotline.store.due_set import FOR_ASKED, LATE_AFTER
from hotline.store.followup_record import RecordKind, kind_of
from hotline.store.followups import FollowUps
from hotline.store.heartbeat import BEAT_EVERY, beat
from hotline.store.keys import open_secrets
from hotline.store.leases import acquire_alert
from hotline.store.purge import Purge
from workers.lost_jobs import settle_lost
from workers.notify import Notifier
from workers.queue import BATCH, JOBS, SEND, enqueue, open_queue
from workers.send_hold import Hold

TICK_SECONDS = 1.0

RETENTION_EVERY = timedelta(hours=1)
"""Time between retention runs."""

GOES_ON_EVERY = timedelta(seconds=10)
"""Time between the parts of one retention run, which may cover millions of keys."""

LATENESS_EVERY = timedelta(minutes=1)
"""Time between checks for late follow-ups."""

ALERT_EVERY = timedelta(seconds=10)
"""Time between checks for waiting parents that the center has not been notified about."""

LONGEST_QUEUE = 5000
"""No planned texts are added beyond this queue length; FOR_ASKED more if a person waits for them.

While the workers are down, due records would be enqueued again after each lease until Redis is full.
"""


def run_clock(settings: Settings) -> None:
    """Run the clock until SIGTERM or SIGINT, waiting out Redis outages."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    work = Work(settings)
    while not stopped.is_set():
        now = clock.now()
        try:
            work.do_due(now)
        except (StoreBusy, RedisError) as error:
            log.warning("store_busy", process="clock", error=type(error).__name__)
            work.hold.away(now)
        stopped.wait(TICK_SECONDS)


@dataclass(slots=True)
class Every:
    """Says when it is time for something, and then not again before `time` has passed, also if that fails."""

    time: timedelta
    _last: datetime | None = None

    def __call__(self, now: datetime) -> bool:
        """Check whether it is time: the first time, after `time`, and if the clock was moved back."""
        if self._last is not None and now - self.time < self._last <= now:
            return False
        self._last = now
        return True


class Work:
    """What a clock does, and when each part of it is due."""

    def __init__(self, settings: Settings) -> None:
        self.redis, self.queue = connect(settings.redis_url), open_queue(settings.queue_redis_url)
        self.followups, self.purge = FollowUps(self.redis), Purge(self.redis, open_secrets(settings))
        self.notifier, self.hold = Notifier(settings, self.redis), Hold(self.redis, self.queue, clock.now())
        self.beats, self.checks, self.parts = Every(BEAT_EVERY), Every(LATENESS_EVERY), Every(GOES_ON_EVERY)
        self.runs, self.alerts = Every(RETENTION_EVERY), Every(ALERT_EVERY)

    def do_due(self, now: datetime) -> None:
        """Do what is due. Raises StoreBusy and RedisError."""
        if self.beats(now):
            beat(self.redis, "clock", now)
        if moved := tick(self.followups, self.queue, now, reminders=not self.hold.holds(now)):
            log.info("followups_handed_out", count=moved)
        if lost := settle_lost(self.queue, now):
            log.warning("jobs_lost", count=lost)
        if self.checks(now):
            self.followups.note_restarts(now)
            log_lateness(self.redis, self.followups, now)
        if self.parts(now) and (self.purge.unfinished() or self.runs(now)):
            ask_for_retention(self.purge, self.queue)
        if self.alerts(now):
            ask_for_notices(self.notifier, self.queue, now)


def ask_for_retention(purge: Purge, queue: Queue) -> None:
    """Enqueue a part of a retention run, unless one is queued. Raises StoreBusy and RedisError."""
    if purge.ask():
        enqueue(queue, "workers.jobs.end_retention")


def ask_for_notices(notifier: Notifier, queue: Queue, now: datetime) -> None:
    """Enqueue a notice job if a parent waits that the staff were not notified about, unless one is queued.

    Raises StoreBusy and RedisError.
    """
    if notifier.waits(now) and notifier.notices.ask():
        enqueue(queue, "workers.jobs.tell_staff")


def tick(followups: FollowUps, queue: Queue, now: datetime, *, reminders: bool = True) -> int:
    """Enqueue the records due by `now` and return how many.

    No planned text is enqueued while `reminders` is False (see `send_hold`). Raises StoreBusy or
    RedisError; a record that was taken but not enqueued is handed out again after its lease.
    """
    room = max(LONGEST_QUEUE - BATCH * queue.count, -FOR_ASKED)
    due = followups.due.take(now, reminders=reminders, room=room)
    asked = [id for id in due if kind_of(id) is not RecordKind.REMINDER]
    for id in reversed(asked):  # each goes in front of the previous one
        enqueue(queue, JOBS[kind_of(id)], id, first=True)
    planned = [id for id in due if kind_of(id) is RecordKind.REMINDER]
    for at in range(0, len(planned), BATCH):
        enqueue(queue, SEND, *planned[at : at + BATCH])
    return len(due)


def log_lateness(redis: Redis, followups: FollowUps, now: datetime) -> None:
    """Log an error if follow-ups are late, from one clock per LATE_AFTER. Raises StoreBusy."""
    late = followups.due.late(now)
    if late and acquire_alert(redis, "late", LATE_AFTER):
        log.error("followups_late", count=late)
