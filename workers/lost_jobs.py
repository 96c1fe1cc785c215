"""Recovers the jobs and texts of dead workers, long before their lease ends.

Rule 1: a worker sends a heartbeat for its job every few seconds. If none arrives for LOST_AFTER, the worker died or
        cannot reach Redis.
Rule 2: because that is uncertain, `Sender.take_over` sends only texts that the other worker had not begun to send,
        and taking over the claim stops that worker if it is alive.
Rule 3: a text that was lost MOST_TIMES during a take-over waits for its lease, so that a text that kills its process
        does not kill one after another at once.
Rule 4: a job that was taken from the queue, and has no heartbeat after LOST_AFTER, has not begun: it goes back to the
        front. RQ would count it as failed after one to two minutes. If its worker is alive, each text is still claimed
        only once.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from rq import Queue
from rq.exceptions import DeserializationError, NoSuchJobError
from rq.job import Job
from rq.utils import as_text
from rq.utils import now as rq_now

from hotline.log import log
from workers.queue import SEND, TAKE_OVER, ListedJob, enqueue

LOST_AFTER = timedelta(seconds=12)
"""By then a text that the worker had begun to send has arrived (`followups.ARRIVES_WITHIN`): one look-up is enough."""

MOST_TIMES = 3
"""Maximum immediate take-overs of a text, if the workers that take it over die too."""


def settle_lost(queue: Queue, now: datetime) -> int:
    """Take over lost jobs, put back those that have not begun, and return how many there were. Raises RedisError."""
    return take_over_lost(queue, now) + put_back_stuck(queue)


def take_over_lost(queue: Queue, now: datetime) -> int:
    """Enqueue the take-over of texts of jobs whose worker died, and return the number of jobs. Raises RedisError."""
    started = queue.started_job_registry
    lost = started.get_expired_job_ids()
    if lost:
        for id in lost:
            try:
                take_over(queue, ListedJob.fetch(id, queue.connection, "json"), now)
            except NoSuchJobError:
                log.info("lost_job_is_done")
            queue.intermediate_queue.remove(id)
        started.cleanup()
    return len(lost)


def put_back_stuck(queue: Queue) -> int:
    """Requeue jobs that a worker took and did not begin, and return how many. Raises RedisError."""
    between, back = queue.intermediate_queue, 0
    taken = [id for id in queue.connection.lrange(between.key, 0, -1) if is_text(id)]
    if not taken:
        return 0
    begun = set(queue.started_job_registry.get_job_ids(cleanup=False))
    for id in map(as_text, taken):
        if id in begun or between.set_first_seen(id):
            continue
        seen = between.get_first_seen(id)
        if seen is None or rq_now() - seen < LOST_AFTER:
            continue
        if queue.fetch_job(id) is not None:
            queue.push_job_id(id, at_front=True)  # before removing it, so that it is never lost
            back += 1
        between.remove(id)
        queue.connection.delete(between.get_first_seen_key(id))
    return back


def is_text(id: bytes | str) -> bool:
    """Check whether a job's id is valid text: RQ fails on an invalid one."""
    try:
        as_text(id)
    except UnicodeDecodeError:
        return False
    return True


def take_over(queue: Queue, job: Job, now: datetime) -> None:
    """Enqueue the take-over of this job's texts; its worker died before `now`. Raises RedisError."""
    with suppress(DeserializationError):  # not our job
        match job.func_name, job.args:
            case str(name), ids if name == SEND:
                again = [(id, 1) for id in ids]
            case str(name), [id, _, times] if name == TAKE_OVER and int(times) < MOST_TIMES:
                again = [(id, int(times) + 1)]
            case _:
                return
        for id, times in again:
            enqueue(queue, TAKE_OVER, id, f"{now.timestamp():.3f}", str(times), first=True)
