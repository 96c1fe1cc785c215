"""A worker process: takes jobs from the one queue, each in a process of its own."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from rq import Queue, Worker
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.utils import as_text

from hotline.config.settings import Settings
from hotline.log import log
from hotline.store.connection import StoreBusy
from hotline.store.heartbeat import BEAT_EVERY
from workers import jobs
from workers.queue import ListedJob, NotAllowed, open_queue

if TYPE_CHECKING:
    from redis.client import Pipeline

WORKER_TTL = 40
"""Seconds after which a worker that says nothing counts as gone; it then waits 25 s for a job."""
MAINTENANCE_EVERY = 60
"""Seconds between looks for jobs that a dead worker left half done."""


def note_refused(_job: Job, kind: type[BaseException], _error: BaseException, _trace: object) -> bool:
    """Counts a job that is none of ours: it names another function, or is not JSON. RQ keeps it among the failed
    ones for its week. Returns that others may look at it too.
    """
    if issubclass(kind, NotAllowed | DeserializationError):
        log.error("job_refused", error=kind.__name__)
        jobs.count_refused()
    return True


class FreshWorker(Worker):
    """A worker that looks for new words before it forks, for a job's own process ends too soon to; that shows that it
    lives from its own loop, however many jobs wait; and that goes on after an id that is no text.
    """

    _beaten = -math.inf

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """See `Worker.heartbeat`, which comes before and after each job, and while one is at work."""
        super().heartbeat(timeout, pipeline)
        if time.monotonic() - self._beaten < BEAT_EVERY.total_seconds():
            return
        self._beaten = time.monotonic()
        try:
            jobs.beat()
        except StoreBusy as busy:
            log.warning("store_busy", process="worker", error=str(busy))

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """See `Worker.dequeue_job_and_maintain_ttl`."""
        while True:
            try:
                found: tuple[Job, Queue] | None = super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
            except UnicodeDecodeError:
                self._drop_what_is_no_text()
            else:
                return found

    def _drop_what_is_no_text(self) -> None:
        """RQ has moved the id to where ids wait that a worker is taking, and would find it there again."""
        for queue in self.queues:
            for id in self.connection.lrange(queue.intermediate_queue_key, 0, -1):
                if not _is_text(id):
                    self.connection.lrem(queue.intermediate_queue_key, 0, id)  # type: ignore[arg-type]  # bytes are right
                    log.error("job_refused", error=UnicodeDecodeError.__name__)
                    jobs.count_refused()

    def execute_job(self, job: Job, queue: Queue) -> None:
        """See `Worker.execute_job`."""
        jobs.prepare()
        super().execute_job(job, queue)


def _is_text(id: bytes | str) -> bool:
    try:
        as_text(id)
    except UnicodeDecodeError:
        return False
    return True


def work(settings: Settings) -> None:
    """Works until told to stop (SIGTERM, SIGINT), finishing the job at hand first."""
    jobs.prepare()
    queue = open_queue(settings.queue_redis_url)
    worker = FreshWorker(
        [queue],
        connection=queue.connection,
        job_class=ListedJob,
        serializer="json",
        exception_handlers=[note_refused],
        worker_ttl=WORKER_TTL,
        maintenance_interval=MAINTENANCE_EVERY,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")
