"""The RQ queue: its name, how jobs go in, and which functions may run."""

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
}
"""The job for each kind of record that is due."""

FUNCTIONS = frozenset(
    {
        *JOBS.values(),
        "workers.jobs.beat",
        "workers.jobs.catch_up",
        "workers.jobs.end_retention",
        "workers.jobs.tell_staff",
    }
)
"""The only functions a job may name. RQ imports whatever a job says, so without this list whoever
can write to Redis could run anything."""

JOB_SECONDS = 60
"""A job that takes longer is cut. A request to the carrier is bounded at 10 s, an erasing run at half a
minute and one request."""

FAILURE_KEPT = timedelta(days=7)

READ = frozenset(
    {
        *("data", "status", "origin", "description", "worker_name"),
        *("created_at", "enqueued_at", "started_at", "ended_at", "last_heartbeat"),
    }
)
"""What a worker reads of a job: what ours have. RQ would also read which addresses to tell of its end, what to run
then, which jobs to wait for, how often to try and to repeat it, and for how long."""


class NotAllowed(Exception):
    """A job names a function that is not ours."""


class ListedJob(Job):
    """A job that runs a function of FUNCTIONS and nothing else, for no longer than ours, and is kept no longer,
    whatever it says itself: RQ keeps a failed one for a year.
    """

    def restore(self, raw_data: dict[str, Any]) -> None:
        """See `Job.restore`."""
        super().restore({key: value for key, value in raw_data.items() if as_text(key) in READ})
        self.timeout = JOB_SECONDS
        self.result_ttl, self.failure_ttl = 0, int(FAILURE_KEPT.total_seconds())

    @property
    def func(self) -> Callable[..., Any] | None:
        """The function to run. Raises NotAllowed."""
        if self.func_name not in FUNCTIONS or self.instance:
            raise NotAllowed
        function: Callable[..., Any] | None = super().func
        return function

    @property
    def success_callback(self) -> None:
        """None, whatever the job names: a call-back would be a second way to run anything."""

    @property
    def failure_callback(self) -> None:
        """None, likewise."""

    @property
    def stopped_callback(self) -> None:
        """None, likewise."""


def open_queue(url: str) -> Queue:
    """The queue, on a connection of its own: RQ changes the time-outs of the one it is given."""
    return Queue(QUEUE, connection=connect_queue(url), serializer="json", job_class=ListedJob)


def enqueue(queue: Queue, function: str, *ids: str, first: bool = False) -> None:
    """Put a job in the queue, before all others if somebody waits for it (`first`). Nothing of it is logged or kept
    but ids.
    """
    queue.enqueue_call(
        function,
        args=ids,
        timeout=JOB_SECONDS,
        result_ttl=0,
        failure_ttl=int(FAILURE_KEPT.total_seconds()),
        description=function,
        at_front=first,
    )
