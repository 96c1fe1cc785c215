"""The RQ queue: its name, how jobs are enqueued, and which functions may run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rq import Queue
from rq.job import Job
from rq.utils import as_text

from hotline.store.connection import connect_queue
from hotline.store.followup_record import RecordKind

QUEUE = "hotline"

JOBS: dict[RecordKind, str] = {
    RecordKind.REMINDER: "workers.jobs.send_followup",
    RecordKind.THIS: "workers.jobs.send_followup",
    RecordKind.LOOKUP: "workers.jobs.look_up",
    RecordKind.ERASE: "workers.jobs.erase",
    RecordKind.REACH: "workers.jobs.send_followup",
}
"""The job function for each kind of record that can be due."""

SEND = JOBS[RecordKind.REMINDER]
TAKE_OVER = "workers.jobs.take_over"

FUNCTIONS = frozenset(
    {
        *JOBS.values(),
        "workers.jobs.beat",
        "workers.jobs.catch_up",
        "workers.jobs.end_retention",
        "workers.jobs.tell_staff",
        TAKE_OVER,
    }
)
"""The only functions that may run. Without this list, RQ would import and run whatever a job names."""

BATCH = 12
"""Planned texts per job, sent concurrently because a send mostly waits for the carrier and the disk."""

JOB_SECONDS = 60
"""Job timeout. A carrier request takes up to 10 s, an erasure run half a minute and a request."""

FAILURE_TTL = timedelta(days=7)

READ = frozenset(
    {
        *("data", "status", "origin", "description", "worker_name"),
        *("created_at", "enqueued_at", "started_at", "ended_at", "last_heartbeat"),
    }
)
"""The fields of our jobs. RQ would also read callbacks, dependencies, retries, repeats and timeouts."""


class NotAllowed(Exception):
    """A job names a function that is not in FUNCTIONS."""


class ListedJob(Job):
    """A job that runs only a function of FUNCTIONS, with our timeout and our retention.

    What the stored job says about either is ignored: RQ would keep a failed one for a year.
    """

    def restore(self, raw_data: dict[str, Any]) -> None:
        """Restore only the fields in READ, and set our timeout and retention. See `Job.restore`."""
        super().restore({key: value for key, value in raw_data.items() if as_text(key) in READ})
        self.timeout = JOB_SECONDS
        self.result_ttl, self.failure_ttl = 0, int(FAILURE_TTL.total_seconds())

    @property
    def func(self) -> Callable[..., Any] | None:
        """The function to run. Raises NotAllowed."""
        if self.func_name not in FUNCTIONS or self.instance:
            raise NotAllowed
        function: Callable[..., Any] | None = super().func
        return function


def open_queue(url: str) -> Queue:
    """Return the queue on its own connection, because RQ changes the timeouts of the one it gets."""
    return Queue(QUEUE, connection=connect_queue(url), serializer="json", job_class=ListedJob)


def enqueue(queue: Queue, function: str, *ids: str, first: bool = False) -> None:
    """Enqueue a job, at the front of the queue if `first` (a person is waiting for it). Only ids are logged or stored."""
    queue.enqueue_call(
        function,
        args=ids,
        timeout=JOB_SECONDS,
        result_ttl=0,
        failure_ttl=int(FAILURE_TTL.total_seconds()),
        description=function,
        at_front=first,
    )
