"""The clock moves due records to the queue, once."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from devtools.twilio_sim import Serving
from hotline.conversation.model.events import LookUp
from hotline.log import configure
from hotline.store.due_set import LATE_AFTER, LEASE
from hotline.store.followups import FollowUps
from hotline.store.heartbeat import INBOX, beat, last_beat
from hotline.store.keys import Keys
from hotline.store.send_rate import Go, Refused, Sending, Wait
from tests.running import program
from tests.waiting import wait_until
from tests.workers.parent import THIS
from workers import clock
from workers.clock import tick
from workers.queue import BATCH, enqueue, open_queue

PROJECT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
BOUND_SECONDS = 15
Plan = Callable[..., str]


def test_a_due_record_is_queued_once_per_lease(followups: FollowUps, queue: Queue, plan: Plan) -> None:
    first, second, _tomorrow = plan("a"), plan("b"), plan("c", due=NOON + DAY)
    assert tick(followups, queue, NOON - SECOND) == 0
    assert tick(followups, queue, NOON) == 2
    assert tick(followups, queue, NOON + SECOND) == 0
    (job,) = queue.jobs
    assert ("workers.jobs.send_followup", {first, second}) == (job.func_name, set(job.args))
    assert tick(followups, queue, NOON + LEASE) == 2


def handed_out(queue: Queue) -> list[str]:
    return [id for job in queue.jobs for id in job.args]


def test_two_clocks_queue_each_follow_up_once(followups: FollowUps, queue: Queue, plan: Plan) -> None:
    planned, together = [plan(f"reminder_{n}") for n in range(20)], Barrier(2)

    def run(_: int) -> int:
        together.wait(5)
        return tick(followups, queue, NOON)

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(run, range(2))) == 20
    assert sorted(handed_out(queue)) == sorted(planned)
    assert max(len(job.args) for job in queue.jobs) <= BATCH


def test_a_queue_without_workers_does_not_grow(
    followups: FollowUps, queue: Queue, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "LONGEST_QUEUE", 3)
    id = plan()
    for _ in range(3):
        enqueue(queue, "workers.jobs.beat")
    assert tick(followups, queue, NOON) == 0
    assert queue.count == 3
    queue.delete(delete_jobs=True)  # a worker came back
    assert tick(followups, queue, NOON) == 1
    assert queue.jobs[0].args == [id]


def test_a_callers_text_goes_before_everything(
    followups: FollowUps, queue: Queue, plan: Plan, ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "LONGEST_QUEUE", 4)
    planned = [plan(f"reminder_{n}") for n in range(10)]
    assert tick(followups, queue, NOON) == 4
    look_up, words = ask(LookUp()), ask(THIS)
    assert tick(followups, queue, NOON) == 2
    assert {look_up, words} == {job.args[0] for job in queue.jobs[:2]}
    assert 4 == len(set(handed_out(queue)) & set(planned))


def test_a_full_queue_delays_a_requested_text_by_two_seconds_at_most(
    followups: FollowUps, queue: Queue, ask: Callable[..., str], redis: Redis
) -> None:
    with redis.pipeline(transaction=False) as pipe:
        for n in range(100_000):
            who = f"{n:032x}"
            pipe.zadd(Keys(who).due, {f"{who}-{n:012x}": NOON.timestamp() - 60})
        pipe.execute()
    assert clock.LONGEST_QUEUE == tick(followups, queue, NOON)
    sending = Sending(redis)
    for _ in range(200):
        sending.ask(2, 1, NOON, planned=True)
    words = ask(THIS)
    began = time.monotonic()
    assert 1 == tick(followups, queue, NOON)
    took = time.monotonic() - began
    assert [words] == queue.job_class.fetch(queue.get_job_ids(0, 1)[0], queue.connection, "json").args
    match sending.ask(2, 1, NOON):
        case Wait(time=wait):
            took += wait.total_seconds()
        case Go():
            pass
        case Refused():
            raise AssertionError("nothing is refused")
    assert clock.TICK_SECONDS + took <= 2
    assert isinstance(sending.ask(2, 1, NOON, planned=True), Wait), "and the reminders wait"


def test_a_lost_queue_loses_nothing(followups: FollowUps, queue: Queue, plan: Plan, tmp_path: Path) -> None:
    plan()
    with pytest.raises(RedisError):
        tick(followups, open_queue(f"unix://{tmp_path}/gone.sock"), NOON)
    assert tick(followups, queue, NOON + LEASE) == 1


@pytest.mark.parametrize(
    ("later", "expected"),
    [(timedelta(), False), (HOUR - SECOND, False), (HOUR, True), (-SECOND, True)],
    ids=["at once", "before its time", "an hour later", "after the clock was moved back"],
)
def test_hourly_work_runs_at_first_and_every_hour(later: timedelta, expected: bool) -> None:
    hourly = clock.Every(HOUR)
    assert hourly(NOON)
    assert expected is hourly(NOON + later)
    assert not hourly(NOON + later)


class TestTheAlarm:
    """Alarms for follow-ups that are due and not sent."""

    @staticmethod
    def told(capsys: pytest.CaptureFixture[str]) -> list[int]:
        """Return the count of each alarm in the log."""
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [
            line["count"] for line in lines if (line["event"], line["level"]) == ("followups_late", "error")
        ]

    @pytest.fixture(autouse=True)
    def as_a_process_logs(self) -> Iterator[None]:
        before, hook = structlog.get_config(), sys.excepthook
        configure("info", "clock")
        yield
        structlog.configure(**before)
        sys.excepthook = hook

    def test_it_has_the_number(
        self, redis: Redis, followups: FollowUps, plan: Plan, capsys: pytest.CaptureFixture[str]
    ) -> None:
        first, _second = plan("a"), plan("b")
        clock.log_lateness(redis, followups, NOON + LATE_AFTER)
        assert [] == self.told(capsys)
        followups.due.take(NOON + LATE_AFTER)
        clock.log_lateness(redis, followups, NOON + LATE_AFTER + SECOND)
        assert [2] == self.told(capsys)
        followups.ended(first, "dropped")
        redis.delete("heartbeat:late")
        clock.log_lateness(redis, followups, NOON + LATE_AFTER + SECOND)
        assert [1] == self.told(capsys)

    def test_many_clocks_raise_it_once_in_ten_minutes(
        self, redis: Redis, followups: FollowUps, plan: Plan, capsys: pytest.CaptureFixture[str]
    ) -> None:
        plan("a")
        for n in range(10):
            clock.log_lateness(redis, followups, NOON + LATE_AFTER + timedelta(minutes=1 + n))
        assert [1] == self.told(capsys)
        assert LATE_AFTER.total_seconds() - 5 <= redis.ttl("heartbeat:late") <= LATE_AFTER.total_seconds()


def test_due_follow_ups_are_texted(
    followups: FollowUps, queue: Queue, plan: Plan, work_off: Callable[[], None], serving: Serving
) -> None:
    """By clock, queue, job and sender together."""
    now = datetime.now(UTC)
    plan("next_step_now", due=now)
    tick(followups, queue, now)
    enqueue(queue, "workers.jobs.beat")
    work_off()
    assert len(serving.carrier.ledger.all()) == 1
    with Redis.from_url(os.environ["REDIS_URL"], decode_responses=True) as redis:
        assert last_beat(redis, "worker") is not None


@pytest.mark.whole
def test_the_clock_process_runs_until_sigterm(
    environ: dict[str, str], queue: Queue, redis: Redis, plan: Plan, tmp_path: Path
) -> None:
    id = plan(due=datetime.now(UTC))
    beat(redis, INBOX, datetime.now(UTC) + timedelta(minutes=1))
    said = tmp_path / "said"
    with program("clock", environ, said) as process:
        wait_until(lambda: queue.count == 3 and last_beat(redis, "clock"), BOUND_SECONDS)
        process.send_signal(signal.SIGTERM)
        assert process.wait(BOUND_SECONDS) == 0, said.read_text()
    handed_out = [(str(job.func_name).rpartition(".")[2], job.args) for job in queue.jobs]
    assert ("catch_up", []) == handed_out[0], "what the planned texts wait for goes first"
    assert [("catch_up", []), ("end_retention", []), ("send_followup", [id])] == sorted(handed_out)
    assert last_beat(redis, "clock") is not None
    assert "followups_handed_out" in said.read_text()
