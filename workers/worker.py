"""A worker process: takes jobs from the queue and runs them in a long-lived child process (`horse`)."""

from __future__ import annotations

import math
import signal
import time
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.exceptions import DeserializationError, NoSuchJobError
from rq.executions import Execution
from rq.job import Job
from rq.worker import WorkerStatus

from hotline import clock
from hotline.config.settings import Settings
from hotline.log import log
from hotline.store.connection import StoreBusy
from hotline.store.heartbeat import BEAT_EVERY
from workers import jobs
from workers.horse import ENDS, Died, Horse
from workers.lost_jobs import LOST_AFTER, is_text, settle_lost
from workers.queue import JOB_SECONDS, ListedJob, NotAllowed, open_queue

if TYPE_CHECKING:
    from resource import struct_rusage
    from types import FrameType

    from redis.client import Pipeline

WORKER_TTL = 40
"""Seconds after which a silent worker counts as dead; it polls for a job for 25 s."""
WATCHED_EVERY = 2.0
"""Seconds between heartbeats while a job runs."""
GRACE_SECONDS = 15.0
"""Seconds beyond a job's time limit after which its process is killed, because it did not react to the signal."""
WAIT_SECONDS = 1.0
"""Seconds between retries while Redis refuses writes."""
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


class HotlineWorker(Worker):
    """A worker that keeps its process for jobs, reports heartbeats and survives invalid job ids.

    Heartbeats come from the worker's own loop, independent of the queue's length.
    """

    stop_requested = False
    _beaten = -math.inf
    _process: Horse | None = None

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Note that the worker was asked to stop. See `Worker.request_stop`."""
        self.stop_requested = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ does not say

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Record our own heartbeat too. RQ calls this before, during and after each job."""
        super().heartbeat(max(timeout, WORKER_TTL) if timeout else None, pipeline)
        if time.monotonic() - self._beaten < BEAT_EVERY.total_seconds():
            return
        self._beaten = time.monotonic()
        try:
            jobs.beat()
        except StoreBusy as busy:
            log.warning("store_busy", process="worker", error=str(busy))

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002 -- RQ's own signature
        """Return LOST_AFTER. See `Worker.get_heartbeat_ttl`."""
        return int(LOST_AFTER.total_seconds())

    def clean_registries(self) -> None:
        """Recover lost jobs before RQ removes them. See `Worker.clean_registries`."""
        for queue in self.queues:
            settle_lost(queue, clock.now())
        super().clean_registries()  # type: ignore[no-untyped-call]  # RQ does not say

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
                if not is_text(id):
                    self.connection.lrem(queue.intermediate_queue_key, 0, id)  # type: ignore[arg-type]  # bytes are right
                    log.error("job_refused", error=UnicodeDecodeError.__name__)
                    jobs.count_refused()

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job and wait for it to end. See `Worker.execute_job`."""
        execution = self.prepare_execution(job)
        process = self._process
        if process is None or not process.begin(job.id, execution.id):
            process = self._started(queue)
            process.begin(job.id, execution.id)
        try:
            self._wait(process, job, execution)
        except Died as died:  # its job is lost when its heartbeat expires, after LOST_AFTER at most
            self._forget_process()
            log.warning("job_process_died", code=died.status)
        self.executions.pop(execution.id, None)
        self.set_state(WorkerStatus.IDLE)

    def teardown(self) -> None:
        """End the child process too. See `Worker.teardown`."""
        if self._process is not None:
            self._process.close()
            self._forget_process()
        super().teardown()  # type: ignore[no-untyped-call]  # RQ does not say

    def kill_horse(self, sig: signal.Signals = signal.SIGKILL) -> None:  # noqa: ARG002 -- RQ's own signature
        """Kill the child process. See `Worker.kill_horse`."""
        if self._process is not None:
            self._process.kill()

    def wait_for_horse(self) -> tuple[int | None, int | None, struct_rusage | None]:
        """Wait for a killed process to exit. See `Worker.wait_for_horse`."""
        status = None if self._process is None else self._process.close()
        self._forget_process()
        return None, status, None

    def _started(self, queue: Queue) -> Horse:
        """Start a child process, with everything that jobs need preloaded, to replace one that ended."""
        if self._process is not None:
            self._process.close()
        jobs.prepare()
        self._process = Horse.start(lambda job, execution: self._run(job, queue, execution))
        self._horse_pid = self._process.pid
        return self._process

    def _forget_process(self) -> None:
        self._process, self._horse_pid = None, 0

    def _wait(self, process: Horse, job: Job, execution: Execution) -> None:
        """Wait for a job to end, and kill its process if it takes too long. Raises Died."""
        began = time.monotonic()
        while (status := process.wait(WATCHED_EVERY)) is None:
            if time.monotonic() - began > JOB_SECONDS + GRACE_SECONDS:
                log.error("job_stuck")
                process.kill()
            self.maintain_heartbeats(job, execution)
        if status == ENDS:
            process.close()
            self._forget_process()

    def _run(self, job_id: str, queue: Queue, execution_id: str) -> bool:
        """Run a job in the child process, with the current flows; return whether it succeeded."""
        self._is_horse = True
        jobs.prepare()
        try:
            job = self.job_class.fetch(job_id, connection=self.connection, serializer=self.serializer)
        except NoSuchJobError:
            return True
        execution = Execution(execution_id, job_id, connection=self.connection)
        self.execution = execution
        return bool(self.perform_job(job, queue, execution))


def work(settings: Settings) -> None:
    """Run jobs until SIGTERM or SIGINT, finishing the current job first.

    RQ's worker also ends when Redis is full, became a replica, or went away; a new one starts as soon as Redis accepts
    writes again.
    """
    jobs.prepare()
    while not _work_until_it_ends(settings):
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)  # RQ's signal handlers belong to the worker that ended
        time.sleep(WAIT_SECONDS)


def _work_until_it_ends(settings: Settings) -> bool:
    """Run one worker of RQ, and return whether it ended because it was asked to.

    Whether it raises an error does not tell: it does so, for any reason of its end, if Redis is away when it signs off.
    """
    worker = None
    try:
        worker = new_worker(open_queue(settings.queue_redis_url))
        worker.work(logging_level="WARNING")
    except RedisError as error:
        log.warning("store_busy", process="worker", error=type(error).__name__)
    return worker is not None and worker.stop_requested


def new_worker(queue: Queue) -> HotlineWorker:
    """Return a worker of this queue."""
    return HotlineWorker(
        [queue],
        connection=queue.connection,
        job_class=ListedJob,
        serializer="json",
        exception_handlers=[note_refused],
        worker_ttl=WORKER_TTL,
        maintenance_interval=MAINTENANCE_EVERY,
        log_job_description=False,
    )
