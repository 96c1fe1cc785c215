"""A dead worker's texts are taken over; invalid entries among the started jobs do no harm."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rq import Queue
from rq.executions import Execution
from rq.job import Job, JobStatus

from workers.lost_jobs import LOST_AFTER, MOST_TIMES, put_back_stuck, settle_lost, take_over_lost
from workers.queue import SEND, TAKE_OVER, enqueue

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
IDS = [f"{'0' * 32}-{n:012x}" for n in range(2)]


def begun(queue: Queue, job: Job, seconds: int) -> None:
    """Have a worker take the job, with its last heartbeat this many seconds ago."""
    queue.empty()  # type: ignore[no-untyped-call]  # RQ does not say
    job.set_status(JobStatus.STARTED)
    with queue.connection.pipeline() as pipe:
        Execution.create(job, ttl=60, pipeline=pipe)
        pipe.execute()
    member: Any
    (member,) = queue.connection.zrange(queue.started_job_registry.key, 0, -1)
    queue.connection.zadd(
        queue.started_job_registry.key, {member: (datetime.now(UTC) + LOST_AFTER).timestamp() - seconds}
    )


def of(queue: Queue, function: str, *ids: str) -> Job:
    enqueue(queue, function, *ids)
    (job,) = queue.jobs
    queue.connection.lrem(queue.key, 0, job.id)
    return job


def test_each_text_of_a_lost_job_is_taken_over_once(queue: Queue) -> None:
    begun(queue, of(queue, SEND, *IDS), seconds=13)
    enqueue(queue, "workers.jobs.beat")
    assert [1, 0] == [take_over_lost(queue, NOW) for _ in range(2)]
    *first, last = queue.jobs
    assert [(TAKE_OVER, [id, f"{NOW.timestamp():.3f}", "1"]) for id in reversed(IDS)] == [
        (job.func_name, job.args) for job in first
    ]
    assert "workers.jobs.beat" == last.func_name
    assert 1 == queue.failed_job_registry.count


def test_a_worker_with_a_recent_heartbeat_keeps_its_job(queue: Queue) -> None:
    begun(queue, of(queue, SEND, *IDS), seconds=11)
    assert 0 == take_over_lost(queue, NOW)
    assert 0 == queue.count


def test_a_job_is_taken_over_again_when_the_second_worker_dies(queue: Queue) -> None:
    for times in range(1, MOST_TIMES):
        begun(queue, of(queue, TAKE_OVER, IDS[0], "0", str(times)), seconds=13)
        assert 1 == take_over_lost(queue, NOW)
        (job,) = queue.jobs
        assert [IDS[0], f"{NOW.timestamp():.3f}", str(times + 1)] == job.args
        queue.connection.flushall()


@pytest.mark.parametrize(
    ("function", "arguments"), [("workers.jobs.look_up", []), (TAKE_OVER, ["0", str(MOST_TIMES)])]
)
def test_another_job_waits_for_its_lease(queue: Queue, function: str, arguments: list[str]) -> None:
    """A text that kills its process must not kill one after another."""
    begun(queue, of(queue, function, IDS[0], *arguments), seconds=13)
    assert 1 == take_over_lost(queue, NOW)
    assert (0, 1) == (queue.count, queue.failed_job_registry.count)


def test_a_foreign_or_missing_job_does_not_end_the_clock(queue: Queue) -> None:
    pickled = Queue(queue.name, connection=queue.connection, serializer="pickle")
    job = pickled.enqueue_call("os.system", args=("true",))
    pickled.connection.lrem(pickled.key, 0, job.id)
    begun(queue, job, seconds=13)
    take_over_lost(queue, NOW)
    assert (0, 0) == (queue.count, queue.started_job_registry.count)
    gone = of(queue, SEND, *IDS)
    begun(queue, gone, seconds=13)
    gone.delete()
    queue.connection.zadd(queue.started_job_registry.key, {f"{gone.id}:x": 1.0})
    take_over_lost(queue, NOW)
    assert (0, 0) == (queue.count, queue.started_job_registry.count)


def test_a_job_taken_but_not_begun_is_put_back(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = of(queue, SEND, *IDS)
    enqueue(queue, "workers.jobs.beat")
    lies_there: list[Any] = [stuck.id, "gone", b"\xff"]
    queue.connection.rpush(queue.intermediate_queue_key, *lies_there)
    assert [0, 0] == [put_back_stuck(queue) for _ in range(2)]
    monkeypatch.setattr("workers.lost_jobs.LOST_AFTER", timedelta(0))
    assert [1, 0] == [put_back_stuck(queue) for _ in range(2)]
    assert [stuck.id] == queue.job_ids[:-1]
    assert [b"\xff"] == queue.connection.lrange(queue.intermediate_queue_key, 0, -1), "the worker drops that"


def test_a_begun_job_is_not_put_back(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.lost_jobs.LOST_AFTER", timedelta(0))
    job = of(queue, SEND, *IDS)
    begun(queue, job, seconds=-1)
    queue.connection.rpush(queue.intermediate_queue_key, job.id)
    assert [0, 0] == [settle_lost(queue, NOW) for _ in range(2)]
    member: Any
    for member in queue.connection.zrange(queue.started_job_registry.key, 0, -1):
        queue.connection.zadd(queue.started_job_registry.key, {member: 1.0})
    assert [1, 0] == [settle_lost(queue, NOW) for _ in range(2)]
    assert [TAKE_OVER] * 2 == [job.func_name for job in queue.jobs]
