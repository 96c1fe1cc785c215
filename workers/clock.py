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
from hotline.store.heartbeat import BEAT_EVERY, acquire_alert, beat
from hotline.store.keys import open_secrets
from hotline.store.purge import Purge
from workers.lost_jobs import settle_lost
from workers.notify import Notifier, open_notifier
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
    redis, queue = connect(settings.redis_url), open_queue(settings.queue_redis_url)
    followups = FollowUps(redis)
    beaten: datetime | None = None
    looked: datetime | None = None
    walks = Walks(Purge(redis, open_secrets(settings)), queue)
    hold = Hold(redis, queue, back=clock.now())
    notices = Telling(open_notifier(settings, redis), queue)
    while not stopped.is_set():
        now = clock.now()
        try:
            if _is_time(beaten, BEAT_EVERY, now):
                beat(redis, "clock", now)
                beaten = now
            if moved := tick(followups, queue, now, reminders=not hold.holds(now)):
                log.info("followups_handed_out", count=moved)
            if lost := settle_lost(queue, now):
                log.warning("jobs_lost", count=lost)
            if _is_time(looked, LATENESS_EVERY, now):
                followups.note_restarts(now)
                tell_lateness(redis, followups, now)
                looked = now
            walks.ask(now)
            notices.ask(now)
        except (StoreBusy, RedisError) as error:
            log.warning("store_busy", process="clock", error=type(error).__name__)
            hold.away(now)
        stopped.wait(TICK_SECONDS)


@dataclass(slots=True)
class Walks:
    """Schedules the parts of the retention run: one each hour, and more while a run is unfinished."""

    purge: Purge
    queue: Queue
    _began: datetime | None = None
    _asked: datetime | None = None

    def ask(self, now: datetime) -> None:
        """Enqueue the next part if it is time for one. Raises StoreBusy and RedisError."""
        if not _is_time(self._asked, GOES_ON_EVERY, now):
            return
        self._asked = now
        if not (_is_time(self._began, RETENTION_EVERY, now) or self.purge.unfinished()):
            return
        if self.purge.ask():
            enqueue(self.queue, "workers.jobs.end_retention")
        self._began = now


@dataclass(slots=True)
class Telling:
    """Schedules staff notices as soon as a parent waits that the center has not been notified about."""

    notifier: Notifier
    queue: Queue
    _looked: datetime | None = None

    def ask(self, now: datetime) -> None:
        """Check, if a check is due, and enqueue a notice job if needed. Raises StoreBusy and RedisError."""
        if not _is_time(self._looked, ALERT_EVERY, now):
            return
        self._looked = now
        if self.notifier.waits(now) and self.notifier.notices.ask():
            enqueue(self.queue, "workers.jobs.tell_staff")


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


def tell_lateness(redis: Redis, followups: FollowUps, now: datetime) -> None:
    """Log an error if follow-ups are late, from one clock per LATE_AFTER. Raises StoreBusy."""
    late = followups.due.late(now)
    if late and acquire_alert(redis, "late", LATE_AFTER):
        log.error("followups_late", count=late)


def _is_time(last: datetime | None, every: timedelta, now: datetime) -> bool:
    """Check whether `every` has passed since `last`; also true if the clock was moved back."""
    return last is None or not (now - every < last <= now)
