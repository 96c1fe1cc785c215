"""The queue has only ids, stores no results, and runs only our own jobs."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from rq import Callback, Queue, Repeat, Retry
from rq.job import Job
from rq.webhook import Webhook

from devtools.twilio_sim import Serving
from hotline.store import connection
from tests.loopback_sink import sink
from tests.own_redis import OwnRedis, changing_way_to, own_redis
from tests.stored import texts
from tests.workers.conftest import TakesNoOrders
from workers.queue import FUNCTIONS, JOB_SECONDS, ListedJob, enqueue, open_queue

Plan = Callable[..., str]


def everything(redis: Redis) -> str:
    """Return all keys and values, unpacked where RQ packed them."""
    found = texts(redis)
    return "\n".join((*found, *found.values()))


def test_a_job_is_a_function_and_an_id(queue: Queue, plan: Plan) -> None:
    id = plan()
    enqueue(queue, "workers.jobs.send_followup", id)
    (job,) = queue.jobs
    assert isinstance(job, ListedJob)
    assert (job.func_name, job.args, job.kwargs) == ("workers.jobs.send_followup", [id], {})
    assert job.description == "workers.jobs.send_followup"
    assert (job.timeout, job.result_ttl) == (JOB_SECONDS, 0)
    assert f'["workers.jobs.send_followup", null, ["{id}"], {{}}]' in everything(queue.connection)


def test_nothing_about_a_person_is_in_the_queue(
    queue: Queue, plan: Plan, work_off: Callable[[], None], serving: Serving
) -> None:
    enqueue(queue, "workers.jobs.send_followup", plan("next_step_now", due=datetime.now(UTC)))
    enqueue(queue, "workers.jobs.send_followup", "no id, which makes the job fail")
    waiting = everything(queue.connection)
    work_off()
    (sent,) = serving.carrier.ledger.all()
    afterwards = everything(queue.connection)
    assert "Traceback" in afterwards, "what RQ keeps of the failure is looked at as well"
    for trace in ("2025550123", "555-0123", sent.body[:20], sent.body[-20:]):
        assert trace not in waiting + afterwards


def test_a_finished_job_leaves_nothing(queue: Queue, work_off: Callable[[], None], plan: Plan) -> None:
    enqueue(queue, "workers.jobs.beat")
    enqueue(queue, "workers.jobs.send_followup", plan("next_step_now", due=datetime.now(UTC)))
    assert len(list(queue.connection.scan_iter("rq:job:*"))) == 2
    work_off()
    assert list(queue.connection.scan_iter("rq:job:*")) == []
    assert list(queue.connection.scan_iter("rq:results:*")) == []


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a module `planted` that creates the returned file when it is imported."""
    trace = tmp_path / "it_ran"
    code = f"import pathlib\n\n\ndef run(*_):\n    pass\n\n\npathlib.Path({str(trace)!r}).touch()\n"
    (tmp_path / "planted.py").write_text(code, encoding="ascii")
    monkeypatch.syspath_prepend(tmp_path)
    return trace


def test_a_job_with_another_function_is_refused_unimported(
    queue: Queue, work_off: Callable[[], None], planted: Path
) -> None:
    strangers = Queue(queue.name, connection=queue.connection, serializer="json", job_class=Job)
    functions = ("planted.run", "os.system", "workers.jobs.prepare", "workers.jobs.os.system")
    ids = [strangers.enqueue_call(function, args=(f"touch {planted}",)).id for function in functions]
    work_off()
    assert not planted.exists()
    for job in Job.fetch_many(ids, connection=queue.connection, serializer="json"):
        refused = job.latest_result() if job else None
        assert refused is not None
        assert "workers.queue.NotAllowed" in str(refused.exc_string)


@pytest.mark.parametrize(
    ("function", "args"),
    [("workers.jobs.beat", ()), ("workers.jobs.send_followup", ("no id",))],
    ids=["succeeds", "fails"],
)
def test_a_job_has_no_callbacks(
    queue: Queue, work_off: Callable[[], None], planted: Path, function: str, args: tuple[str, ...]
) -> None:
    stranger = Callback("planted.run")
    strangers = Queue(queue.name, connection=queue.connection, serializer="json")
    strangers.enqueue_call(function, args=args, on_success=stranger, on_failure=stranger, on_stopped=stranger)
    work_off()
    assert not planted.exists()
    assert queue.count == 0
    assert queue.failed_job_registry.count == len(args), "the job itself did run"


@pytest.mark.parametrize("job_class", [ListedJob, Job], ids=["ours", "rq"])
def test_a_job_requests_no_url(queue: Queue, in_process: None, job_class: type[Job]) -> None:
    """RQ's own job class would."""
    assert in_process is None
    strangers = Queue(queue.name, connection=queue.connection, serializer="json")
    with sink() as address:
        hooks = [Webhook(f"{address.url}/{end}", end) for end in ("finished", "failed")]
        for function in ("workers.jobs.beat", "os.getpid", "workers.jobs.none"):
            strangers.enqueue_call(function, webhooks=hooks)
        worker = TakesNoOrders(
            [queue],
            connection=queue.connection,
            serializer="json",
            job_class=job_class,
            log_job_description=False,
        )
        worker.work(burst=True, logging_level="CRITICAL")
    assert bool(address.posted) is (job_class is Job)


def test_a_job_does_not_control_its_execution(queue: Queue) -> None:
    strangers = Queue(queue.name, connection=queue.connection, serializer="json")
    id = strangers.enqueue_call(
        "workers.jobs.beat", timeout=-1, retry=Retry(max=9), repeat=Repeat(times=9), meta={"a": "b"}
    ).id
    queue.connection.hset(f"rq:job:{id}", "exc_info", b"\xff")
    queue.connection.hset(f"rq:job:{id}", "result_ttl", "-1")
    queue.connection.hset(f"rq:job:{id}", "dependency_ids", '["another"]')
    (job,) = queue.jobs
    assert (JOB_SECONDS, 0) == (job.timeout, job.result_ttl)
    assert (None, None, {}, []) == (job.retries_left, job.repeats_left, job.meta, job._dependency_ids)


@pytest.mark.usefixtures("in_process")
def test_the_planted_job_would_run_with_rqs_own_class(queue: Queue, planted: Path) -> None:
    strangers = Queue(queue.name, connection=queue.connection, serializer="json", job_class=Job)
    strangers.enqueue_call("planted.run")
    worker = TakesNoOrders([strangers], connection=queue.connection, serializer="json", job_class=Job)
    worker.work(burst=True, logging_level="CRITICAL")
    assert planted.exists()


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_every_listed_function_exists(function: str) -> None:
    job = Job.create(function, connection=Redis(), serializer="json")
    assert callable(job.func)


@pytest.fixture
def failed_over(tmp_path: Path) -> Iterator[tuple[Queue, OwnRedis]]:
    """Yield a queue whose Redis became a replica, and the one its address points to now."""
    with (
        own_redis(tmp_path / "old") as old,
        own_redis(tmp_path / "new") as new,
        changing_way_to(old, tmp_path / "way.sock") as way,
    ):
        queue = open_queue(way.url)
        enqueue(queue, "workers.jobs.beat")
        way.to = new.socket
        old.client.replicaof("127.0.0.1", 1)
        yield queue, new


def test_a_queue_follows_its_address_after_a_failover(failed_over: tuple[Queue, OwnRedis]) -> None:
    queue, new = failed_over
    enqueue(queue, "workers.jobs.beat")
    assert 1 == open_queue(new.url).count


def test_a_waiting_worker_follows_too(failed_over: tuple[Queue, OwnRedis]) -> None:
    queue, new = failed_over
    enqueue(open_queue(new.url), "workers.jobs.beat")
    found = Queue.dequeue_any([queue], 2, connection=queue.connection, job_class=ListedJob, serializer="json")
    assert found is not None
    assert "workers.jobs.beat" == found[0].func_name


def test_waiting_for_an_unresponsive_queue_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "QUEUE_SECONDS", 0.3)
    with own_redis(tmp_path) as server:
        queue = open_queue(server.url)
        assert 0 == queue.count
        server.pause()
        began = time.monotonic()
        try:
            with pytest.raises(RedisError):
                enqueue(queue, "workers.jobs.beat")
            assert time.monotonic() - began < 2
        finally:
            server.go_on()
