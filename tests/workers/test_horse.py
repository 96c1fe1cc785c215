"""The child process for jobs lives across jobs, without state of a failed one."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from structlog.testing import capture_logs

from hotline import clock
from tests.running import program
from tests.workers.test_worker import CHILDREN, wait_until
from workers import horse, worker
from workers.horse import ENDS, GOES_ON, Died, Horse
from workers.lost_jobs import MOST_TIMES, settle_lost
from workers.queue import JOB_SECONDS, SEND, enqueue
from workers.worker import HotlineWorker, new_worker

BOUND = 20.0


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    return tmp_path / "ran"


@pytest.fixture
def started(ran: Path) -> Iterator[Callable[[], Horse]]:
    """Start a process whose job records its pid and fails, dies or sleeps, according to its name."""
    all_of_them = []

    def run(job: str, _execution: str) -> bool:
        with ran.open("a") as lines:
            lines.write(f"{job} {os.getpid()}\n")
        if job == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if job == "sleeps":
            time.sleep(BOUND)
        return job != "fails"

    def start() -> Horse:
        all_of_them.append(Horse.start(run))
        return all_of_them[-1]

    yield start
    for each in all_of_them:
        each.kill()
        each.close()


def make_old(queue: Queue) -> None:
    """Expire the heartbeats of all started jobs."""
    key = queue.started_job_registry.key
    member: Any
    for member in queue.connection.zrange(key, 0, -1):
        queue.connection.zadd(key, {member: 1.0})


def pids(ran: Path) -> list[str]:
    return [line.split()[1] for line in ran.read_text().splitlines()]


def test_jobs_run_in_one_process(started: Callable[[], Horse], ran: Path) -> None:
    process = started()
    for n in range(5):
        assert process.begin(f"job{n}", "x")
        assert GOES_ON == process.wait(BOUND)
    assert [str(process.pid)] * 5 == pids(ran)
    assert os.getpid() != process.pid


def test_it_ends_after_a_job_that_failed(started: Callable[[], Horse]) -> None:
    process = started()
    assert process.begin("fails", "x")
    assert ENDS == process.wait(BOUND)
    assert 0 == process.close()


def test_it_ends_after_so_many_jobs(started: Callable[[], Horse], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(horse, "MOST_JOBS", 3)
    process = started()
    told = []
    for n in range(3):
        process.begin(f"job{n}", "x")
        told.append(process.wait(BOUND))
    assert [GOES_ON, GOES_ON, ENDS] == told


def test_one_that_dies_is_told_from_one_that_is_at_it(started: Callable[[], Horse]) -> None:
    process = started()
    process.begin("dies", "x")
    with pytest.raises(Died) as died:
        process.wait(BOUND)
    assert signal.SIGKILL == os.WTERMSIG(died.value.status)
    process = started()
    process.begin("sleeps", "x")
    assert process.wait(0.2) is None
    process.kill()
    with pytest.raises(Died):
        process.wait(BOUND)


def test_a_signal_does_not_end_its_job(started: Callable[[], Horse]) -> None:
    process = started()
    process.begin("job", "x")
    assert GOES_ON == process.wait(BOUND)
    os.kill(process.pid, signal.SIGTERM)
    os.kill(process.pid, signal.SIGINT)
    assert process.begin("job", "x")
    assert GOES_ON == process.wait(BOUND)


class TestAWorker:
    """A worker starts a new process when one dies, and stops its own when it exits."""

    @pytest.fixture
    def alone(
        self, queue: Queue, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[HotlineWorker]:
        """Run in this process, without its signal handlers."""
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
        yield new_worker(queue)
        for each, handler in handlers.items():
            signal.signal(each, handler)

    def test_whose_process_died_between_two_jobs_starts_another(
        self, alone: HotlineWorker, queue: Queue, redis: Redis
    ) -> None:
        enqueue(queue, "workers.jobs.beat")
        alone.work(burst=True, logging_level="WARNING")
        process = alone._started(queue)
        process.kill()
        os.waitpid(process.pid, 0)
        redis.delete("heartbeat:worker")
        enqueue(queue, "workers.jobs.beat")
        alone.work(burst=True, logging_level="WARNING")
        assert redis.exists("heartbeat:worker")
        assert 0 == queue.failed_job_registry.count

    def test_kills_a_job_that_ignores_signals(
        self, alone: HotlineWorker, queue: Queue, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(worker, "WATCHED_EVERY", 0.2)
        monkeypatch.setattr(worker, "GRACE_SECONDS", 1.0 - JOB_SECONDS)
        monkeypatch.setattr("workers.jobs.tell_staff", lambda: time.sleep(60))
        enqueue(queue, "workers.jobs.tell_staff")
        began = time.monotonic()
        with capture_logs() as logs:
            alone.work(burst=True, logging_level="WARNING")
        assert time.monotonic() - began < 8
        assert {"job_stuck", "job_process_died"} <= {line["event"] for line in logs}
        make_old(queue)
        assert 1 == settle_lost(queue, clock.now())
        assert 1 == queue.failed_job_registry.count

    def test_whose_process_died_retries_its_texts_a_few_times(
        self, alone: HotlineWorker, queue: Queue, redis: Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each by itself, as soon as its mark is old. One that ends the process again waits for its lease."""

        def send(*_: str) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        def take_over(id: str, before: str, _times: str) -> None:
            redis.rpush("taken_over", id)
            assert abs(float(before) - clock.now().timestamp()) < BOUND
            os.kill(os.getpid(), signal.SIGKILL)

        monkeypatch.setattr("workers.jobs.send_followup", send)
        monkeypatch.setattr("workers.jobs.take_over", take_over)
        enqueue(queue, SEND, "a", "b")
        for _ in range(1 + MOST_TIMES):
            alone.work(burst=True, logging_level="WARNING")
            make_old(queue)
            settle_lost(queue, clock.now())
        assert sorted(["a", "b"] * MOST_TIMES) == sorted(redis.lrange("taken_over", 0, -1))
        assert (1 + 2 * MOST_TIMES, 0) == (queue.failed_job_registry.count, queue.count)

    @pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds its process in /proc")
    @pytest.mark.whole
    def test_that_is_killed_ends_its_process(
        self, environ: dict[str, str], queue: Queue, redis: Redis, tmp_path: Path
    ) -> None:
        enqueue(queue, "workers.jobs.beat")
        with program("worker", environ, tmp_path / "said") as process:
            children = Path(CHILDREN.format(process.pid))
            assert wait_until(lambda: bool(redis.exists("heartbeat:worker") and children.read_text().split()))
            (pid,) = children.read_text(encoding="ascii").split()
            process.kill()
            process.wait()
            assert wait_until(lambda: not Path(f"/proc/{pid}").exists())
