"""A worker process: takes jobs from the one queue, each in a process of its own."""

from __future__ import annotations

from rq import Worker

from hotline.settings import Settings
from workers import jobs
from workers.queue import ListedJob, open_queue

WORKER_TTL = 40
"""Seconds after which a worker that says nothing counts as gone; it then waits 25 s for a job."""
MAINTENANCE_EVERY = 60
"""Seconds between looks for jobs that a dead worker left half done."""


def work(settings: Settings) -> None:
    """Works until told to stop (SIGTERM, SIGINT), finishing the job at hand first."""
    jobs.prepare()
    queue = open_queue(settings.queue_redis_url)
    worker = Worker(
        [queue],
        connection=queue.connection,
        job_class=ListedJob,
        serializer="json",
        worker_ttl=WORKER_TTL,
        maintenance_interval=MAINTENANCE_EVERY,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")
