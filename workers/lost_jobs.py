"""Finds texts whose worker died while it sent them, long before their lease ends.

Rule 1: a worker renews its mark on a job every few seconds (`worker.LOST_AFTER`). A mark that ended belongs to a worker
        that died, or that could not reach Redis.
Rule 2: so nothing is sent on suspicion alone: `Sender.take_over` sends only what the other worker had not begun to send,
        and its claim, taken over, stops that worker if it lives.
Rule 3: a text that was lost MOST_TIMES while it was taken over waits for its lease. What ends a process each time must
        not end one after another at once.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from rq import Queue
from rq.exceptions import DeserializationError, NoSuchJobError
from rq.job import Job

from hotline.log import log
from workers.queue import SEND, TAKE_OVER, ListedJob, enqueue

MOST_TIMES = 3
"""How often a text is taken over at once, if those who do it die too."""


def take_over_lost(queue: Queue, now: datetime) -> int:
    """Have the texts of jobs whose worker died taken over, and return how many jobs those are. Raises RedisError."""
    started = queue.started_job_registry
    lost = started.get_expired_job_ids()
    if lost:
        for id in lost:
            try:
                take_over(queue, ListedJob.fetch(id, queue.connection, "json"), now)
            except NoSuchJobError:
                log.info("lost_job_is_done")
        started.cleanup()
    return len(lost)


def take_over(queue: Queue, job: Job, now: datetime) -> None:
    """Have the texts of this job, whose worker died before `now`, taken over. Raises RedisError."""
    with suppress(DeserializationError):  # not one of ours
        match job.func_name, job.args:
            case str(name), ids if name == SEND:
                again = [(id, 1) for id in ids]
            case str(name), [id, _, times] if name == TAKE_OVER and int(times) < MOST_TIMES:
                again = [(id, int(times) + 1)]
            case _:
                return
        for id, times in again:
            enqueue(queue, TAKE_OVER, id, f"{now.timestamp():.3f}", str(times), first=True)
