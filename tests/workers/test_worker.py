"""The real worker: a process of its own that forks for each job."""

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, Worker

from devtools.twilio_sim import Fault, Serving
from devtools.twilio_sim.faults import FaultKind
from hotline.config.settings import Settings
from hotline.conversation.model.events import Tell, TextThis
from hotline.store.due_set import LEASE
from hotline.store.followup_record import who_of
from hotline.store.followups import FollowUps
from hotline.store.heartbeat import last_beat
from hotline.store.metrics import figures
from tests.own_redis import OwnRedis
from tests.running import free_ports, program
from workers.clock import tick
from workers.lost_jobs import settle_lost
from workers.queue import FAILURE_TTL, ListedJob, enqueue, open_queue
from workers.send import Sender

pytestmark = pytest.mark.whole

CHILDREN = "/proc/{0}/task/{0}/children"
PARENT = "+12025550123"
BOUND_SECONDS = 20
Plan = Callable[..., str]


def wait_until(holds: Callable[[], bool], bound: float = BOUND_SECONDS) -> bool:
    """Return whether this holds within the timeout."""
    end = time.monotonic() + bound
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


def test_a_worker_sends_due_texts_and_stops_on_sigterm(
    environ: dict[str, str],
    serving: Serving,
    followups: FollowUps,
    queue: Queue,
    redis: Redis,
    plan: Plan,
    tmp_path: Path,
) -> None:
    now = datetime.now(UTC)
    id = plan("next_step_now", due=now)
    enqueue(queue, "os.system", f"touch {tmp_path}/it_ran")
    tick(followups, queue, now)
    enqueue(queue, "workers.jobs.beat")
    said = tmp_path / "said"
    with program("worker", environ, said) as process:
        assert wait_until(lambda: bool(serving.carrier.ledger.all()) and queue.count == 0), said.read_text()
        assert last_beat(redis, "worker") is not None
        process.send_signal(signal.SIGTERM)
        assert process.wait(BOUND_SECONDS) == 0
    (text,) = serving.carrier.ledger.all()
    assert [bubble.body for bubble in serving.carrier.ledger.bubbles(PARENT)] == [text.body]
    record = followups.records(who_of(id))[id]
    assert (record["state"], record["sid"]) == ("sent", text.sid)
    assert not (tmp_path / "it_ran").exists()
    log = said.read_text()
    assert "followup_sent" in log
    for trace in ("2025550123", "touch", text.body[:20], id):
        assert trace not in log


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(),
    reason="only Linux lists in /proc the process that a worker sends with",
)


@pytest.fixture
def killed(
    environ: dict[str, str],
    serving: Serving,
    followups: FollowUps,
    queue: Queue,
    ask: Callable[..., str],
    tmp_path: Path,
) -> str:
    """Request words, kill the worker and its child once the carrier has them; return their id."""
    serving.carrier.faults.add(Fault(FaultKind.STALL, seconds=60))
    now, said = datetime.now(UTC), tmp_path / "said"
    id = ask(TextThis((Tell("plans.what_504.text"),)), at=now)
    tick(followups, queue, now)
    with program("worker", environ, said) as process:
        assert wait_until(lambda: len(serving.carrier.ledger.all()) == 1), said.read_text()
        sending = Path(CHILDREN.format(process.pid)).read_text(encoding="ascii").split()
        for pid in (process.pid, *map(int, sending)):
            os.kill(pid, signal.SIGKILL)
    return id


@needs_proc
def test_requested_words_come_once_although_the_worker_is_killed(
    killed: str, serving: Serving, followups: FollowUps, post: Sender
) -> None:
    assert followups.records(who_of(killed))[killed]["state"] == "claimed"
    post.send(killed, datetime.now(UTC) + LEASE)
    (text,) = serving.carrier.ledger.all()
    record = followups.records(who_of(killed))[killed]
    assert (record["state"], record["sid"]) == ("sent", text.sid)


@needs_proc
def test_another_worker_takes_over_within_fifteen_seconds(
    killed: str, environ: dict[str, str], serving: Serving, followups: FollowUps, queue: Queue, tmp_path: Path
) -> None:
    with program("worker", environ, tmp_path / "another"):

        def settled() -> bool:
            settle_lost(queue, datetime.now(UTC))
            return bool(followups.records(who_of(killed))[killed]["state"] == "sent")

        assert wait_until(settled, 15), (tmp_path / "another").read_text()
    assert 1 == len(serving.carrier.ledger.all())
    assert 1 == queue.failed_job_registry.count
    assert 0 == queue.started_job_registry.count


def test_a_worker_refuses_and_counts_foreign_jobs(
    environ: dict[str, str], settings: Settings, queue: Queue, redis: Redis, tmp_path: Path
) -> None:
    ran = tmp_path / "it_ran"
    named = Queue(queue.name, connection=queue.connection, serializer="json")
    pickled = Queue(queue.name, connection=queue.connection, serializer="pickle")
    jobs = [each.enqueue_call("os.system", args=(f"touch {ran}",)) for each in (named, pickled)]
    enqueue(queue, "workers.jobs.beat")
    said = tmp_path / "said"
    with program("worker", environ, said):
        assert wait_until(lambda: last_beat(redis, "worker") is not None), said.read_text()
        today = datetime.now(settings.time_zone).date()  # figures are of the center's day
        assert wait_until(lambda: figures(redis, today)["job.refused"] == 2), said.read_text()
    assert not ran.exists()
    assert 2 == said.read_text().count("job_refused")
    assert {job.id for job in jobs} == set(queue.failed_job_registry.get_job_ids())
    for job in jobs:
        assert 0 < queue.connection.ttl(job.key) <= FAILURE_TTL.total_seconds()


def test_a_worker_has_one_queue(environ: dict[str, str], queue: Queue, redis: Redis, tmp_path: Path) -> None:
    """With several, a job is lost when its worker dies between taking and beginning it."""
    other = Queue("another", connection=queue.connection, serializer="json", job_class=ListedJob)
    enqueue(other, "workers.jobs.beat")
    with program("worker", environ, tmp_path / "said"):
        assert wait_until(lambda: Worker.count(connection=queue.connection) == 1)
        (found,) = Worker.all(connection=queue.connection)
        enqueue(queue, "workers.jobs.beat")
        assert wait_until(lambda: last_beat(redis, "worker") is not None)
    assert ["hotline"] == found.queue_names()
    assert 1 == other.count


def test_busy_workers_send_heartbeats(
    environ: dict[str, str], queue: Queue, redis: Redis, tmp_path: Path
) -> None:
    for n in range(200):
        enqueue(queue, "workers.jobs.send_followup", f"{'0' * 32}-{n:012x}")
    with program("worker", environ, tmp_path / "said"):
        assert wait_until(lambda: last_beat(redis, "worker") is not None)
        assert queue.count > 0, "and not because all was done"


def test_a_worker_survives_an_invalid_id(
    environ: dict[str, str], settings: Settings, queue: Queue, redis: Redis, tmp_path: Path
) -> None:
    queue.connection.rpush(queue.key, b"\xff\xfe")
    enqueue(queue, "workers.jobs.beat")
    with program("worker", environ, tmp_path / "said") as process:
        today = datetime.now(settings.time_zone).date()  # figures are of the center's day
        assert wait_until(lambda: figures(redis, today)["job.refused"] == 1 and queue.count == 0)
        assert wait_until(lambda: not queue.connection.exists(queue.intermediate_queue_key))
        assert process.poll() is None


def made_a_replica(server: OwnRedis) -> None:
    server.client.replicaof("127.0.0.1", str(free_ports(1)[0]))


def made_a_primary(server: OwnRedis) -> None:
    server.client.replicaof("no", "one")


Change = Callable[[OwnRedis], None]


@pytest.mark.parametrize(
    ("refuse", "take"),
    [(made_a_replica, made_a_primary), (OwnRedis.fill, OwnRedis.make_room)],
    ids=["a replica", "full"],
)
def test_a_worker_waits_while_redis_refuses_writes(
    refuse: Change, take: Change, environ: dict[str, str], server: OwnRedis, tmp_path: Path
) -> None:
    queue, said = open_queue(server.url), tmp_path / "said"
    with program("worker", {**environ, "REDIS_URL": server.url}, said) as process:
        assert wait_until(lambda: last_beat(server.client, "worker") is not None), said.read_text()
        refuse(server)
        # An idle worker writes with its next heartbeat.
        assert wait_until(lambda: said.read_text().count("store_busy") > 1, 3 * BOUND_SECONDS), (
            said.read_text()
        )
        assert process.poll() is None
        take(server)
        enqueue(queue, "workers.jobs.beat")
        assert wait_until(lambda: queue.count == 0), said.read_text()
        assert process.poll() is None


def test_a_worker_survives_an_outage_of_redis_during_a_job(
    environ: dict[str, str], server: OwnRedis, tmp_path: Path
) -> None:
    queue, said = open_queue(server.url), tmp_path / "said"
    with closing(socket.create_server(("127.0.0.1", 0))) as carrier:
        carrier.settimeout(BOUND_SECONDS)
        environ |= {"TWILIO_API_BASE_URL": f"http://127.0.0.1:{carrier.getsockname()[1]}"}
        with program("worker", {**environ, "REDIS_URL": server.url}, said) as process:
            enqueue(queue, "workers.jobs.catch_up")
            request, _ = carrier.accept()  # the job waits for its answer
            server.kill()
            assert wait_until(lambda: "workers/worker.py" in said.read_text()), said.read_text()
            server.start()
            request.close()
            enqueue(queue, "workers.jobs.beat")
            assert wait_until(lambda: queue.count == 0), said.read_text()
            assert process.poll() is None


def test_a_worker_stops_without_redis(environ: dict[str, str], server: OwnRedis, tmp_path: Path) -> None:
    queue, said = open_queue(server.url), tmp_path / "said"
    with program("worker", {**environ, "REDIS_URL": server.url}, said) as process:
        assert wait_until(
            lambda: [each.get_state() for each in Worker.all(connection=queue.connection)] == ["idle"]
        ), said.read_text()
        server.kill()
        assert wait_until(lambda: "library_message" in said.read_text()), said.read_text()
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(BOUND_SECONDS), said.read_text()
