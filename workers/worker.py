"""A worker process: takes jobs from the one queue, each in a process of its own."""

from __future__ import annotations

from rq import Queue, Worker
from rq.exceptions import DeserializationError
from rq.job import Job

from hotline.config.settings import Settings
from hotline.log import log
from workers import jobs
from workers.queue import ListedJob, NotAllowed, open_queue

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
    """A worker that looks for new words before it forks: a job's own process ends too soon to."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        """See `Worker.execute_job`."""
        jobs.prepare()
        super().execute_job(job, queue)


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
