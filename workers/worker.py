"""A worker process: takes jobs from the one queue and runs each in a forked process."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from rq import Queue, Worker
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.utils import as_text

from hotline import reports, telemetry
from hotline.config.settings import Settings
from hotline.log import log
from hotline.store.connection import StoreBusy
from hotline.store.heartbeat import BEAT_EVERY
from workers import jobs
from workers.queue import ListedJob, NotAllowed, open_queue

if TYPE_CHECKING:
    from redis.client import Pipeline
    from rq.executions import Execution

WORKER_TTL = 40
"""Seconds after which a silent worker counts as dead; it polls for a job for 25 s."""
MAINTENANCE_EVERY = 60
"""Seconds between searches for jobs that a dead worker left unfinished."""


def note_refused(_job: Job, kind: type[BaseException], _error: BaseException, _trace: object) -> bool:
    """Count a job that is not ours because it names another function or is not JSON.

    RQ stores it among the failed jobs for a week. Returns True, so that RQ tries other exception handlers
    too.
    """
    if issubclass(kind, NotAllowed | DeserializationError):
        log.error("job_refused", error=kind.__name__)
        jobs.count_refused()
    return True


class FreshWorker(Worker):
    """A worker that reloads changed flows, reports heartbeats and survives invalid job ids.

    Flows are reloaded before it forks, because a job's process ends too soon to do it. Heartbeats come from
    the worker's own loop, however many jobs wait.
    """

    _beaten = -math.inf

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Record our own heartbeat too. RQ calls this before, during and after each job."""
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
        """Skip job ids that are not valid text. See `Worker.dequeue_job_and_maintain_ttl`."""
        while True:
            try:
                found: tuple[Job, Queue] | None = super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
            except UnicodeDecodeError:
                self._drop_what_is_no_text()
            else:
                return found

    def _drop_what_is_no_text(self) -> None:
        """Remove invalid ids from the intermediate queue, where RQ would find them again."""
        for queue in self.queues:
            for id in self.connection.lrange(queue.intermediate_queue_key, 0, -1):
                if not _is_text(id):
                    self.connection.lrem(queue.intermediate_queue_key, 0, id)  # type: ignore[arg-type]  # bytes are right
                    log.error("job_refused", error=UnicodeDecodeError.__name__)
                    jobs.count_refused()

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Call `jobs.prepare` before the fork. See `Worker.execute_job`."""
        jobs.prepare()
        super().execute_job(job, queue)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Run a job, and send its traces and reports before its process ends."""
        try:
            return super().perform_job(job, queue, execution)
        finally:
            telemetry.flush()
            reports.flush()


def _is_text(id: bytes | str) -> bool:
    try:
        as_text(id)
    except UnicodeDecodeError:
        return False
    return True


def work(settings: Settings) -> None:
    """Run jobs until SIGTERM or SIGINT, finishing the current job first."""
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
