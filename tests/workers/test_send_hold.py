"""Due texts wait until we know what we missed while we were down."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue

from devtools.twilio_sim import Serving
from devtools.twilio_sim.messages import written
from hotline.conversation.model.events import Channel, Consent, Event, EventKind, FollowUp, LookUp, Texting
from hotline.conversation.model.session import Session
from hotline.store.followups import FollowUps
from hotline.store.heartbeat import INBOX, beat
from hotline.store.inbox_runs import ASKED_EVERY, LOST_AFTER, InboxRuns, Progress
from hotline.store.keys import Secrets
from hotline.store.turns import Turns
from tests.running import program
from tests.turns_taken import take_turn
from tests.waiting import wait_until
from tests.workers.parent import AT_ONCE, NOON, PARENT, Ask, Plan
from workers.clock import TICK_SECONDS, tick
from workers.reconcile import SETTLED
from workers.send_hold import EVERY, LONGEST, LONGEST_READ, SOON, Hold

SECOND, BOUND_SECONDS = timedelta(seconds=1), 20


@pytest.fixture
def hold(redis: Redis, queue: Queue) -> Hold:
    """Return the hold of a clock that came back at NOON."""
    return Hold(redis, queue, back=NOON)


def looks(queue: Queue) -> int:
    return [job.func_name for job in queue.jobs].count("workers.jobs.catch_up")


def test_nothing_is_sent_before_a_catch_up_run(hold: Hold, redis: Redis, queue: Queue) -> None:
    beat(redis, INBOX, NOON - SECOND)
    assert hold.holds(NOON)
    assert 1 == looks(queue)
    beat(redis, INBOX, NOON + SECOND)
    assert not hold.holds(NOON + 2 * SECOND)


def test_a_callers_text_is_not_held(followups: FollowUps, queue: Queue, plan: Plan, ask: Ask) -> None:
    reminder, look_up = plan(), ask(LookUp())
    assert 1 == tick(followups, queue, NOON, reminders=False)
    assert [look_up] == [job.args[0] for job in queue.jobs]
    assert [reminder] == followups.due.take(NOON)


def test_an_unreachable_carrier_does_not_hold_forever(hold: Hold) -> None:
    assert hold.holds(NOON + LONGEST - SECOND)
    assert not hold.holds(NOON + LONGEST)
    assert not hold.holds(NOON + LONGEST + SECOND)


def test_a_refused_list_does_not_hold_forever(hold: Hold, redis: Redis) -> None:
    looks, now = InboxRuns(redis), NOON
    while hold.holds(now):
        looks.refuse(20003, now)
        now += 10 * SECOND
    assert now <= NOON + timedelta(hours=1)
    assert looks.refusal() is not None


def test_a_long_list_is_read_first(hold: Hold, redis: Redis) -> None:
    looks, now = InboxRuns(redis), NOON + LONGEST_READ - SECOND
    looks.keep(Progress(NOON, NOON, NOON, read_at=now - 2 * SECOND))
    assert hold.holds(now)
    looks.keep(Progress(NOON, NOON, NOON, read_at=now))
    assert not hold.holds(now + SECOND)


def test_slow_runs_leave_one_in_the_queue(hold: Hold, redis: Redis, queue: Queue) -> None:
    looks_ = InboxRuns(redis)
    for n in range(240):
        hold.holds(NOON + n * ASKED_EVERY)
        assert 1 == looks(queue)
    assert looks_.begin()
    assert not looks_.begin(), "one at a time"
    looks_.end()
    assert 0 < redis.ttl("heartbeat:look") <= ASKED_EVERY.total_seconds()


def test_each_outage_needs_a_run(hold: Hold, redis: Redis) -> None:
    beat(redis, INBOX, NOON)
    assert not hold.holds(NOON)
    hold.away(NOON + 10 * SECOND)
    assert hold.holds(NOON + 11 * SECOND)
    beat(redis, INBOX, NOON + 12 * SECOND)
    assert not hold.holds(NOON + 12 * SECOND)


def test_a_failed_run_is_repeated(hold: Hold, redis: Redis, queue: Queue) -> None:
    other = Hold(redis, queue, back=NOON)
    for n in range(5):
        assert hold.holds(NOON + n * SECOND)
        assert other.holds(NOON + n * SECOND)
    assert 1 == looks(queue)
    assert 0 < redis.ttl("heartbeat:look") <= LOST_AFTER.total_seconds()
    redis.delete("heartbeat:look")
    assert hold.holds(NOON + 5 * SECOND)
    assert 2 == looks(queue)


def test_further_runs_follow(hold: Hold, redis: Redis, queue: Queue) -> None:
    asked = []
    for n in range(20 * 60):
        queue.empty()  # type: ignore[no-untyped-call]
        redis.delete("heartbeat:look")
        hold.holds(NOON + n * SECOND)
        if looks(queue):
            beat(redis, INBOX, NOON + n * SECOND)
            asked.append(n * SECOND)
    soon = [n * SOON for n in range(EVERY // SOON)]
    assert soon == asked[: len(soon)]
    assert {EVERY} == {
        later - earlier for earlier, later in zip(asked[len(soon) :], asked[len(soon) + 1 :], strict=False)
    }


def test_a_clock_that_was_moved_back_holds_nothing(hold: Hold, redis: Redis) -> None:
    beat(redis, INBOX, NOON - timedelta(days=3))
    assert not hold.holds(NOON - timedelta(days=2))


@pytest.mark.whole
def test_a_missed_stop_comes_before_due_texts(
    environ: dict[str, str],
    serving: Serving,
    turns: Turns,
    followups: FollowUps,
    secrets: Secrets,
    queue: Queue,
) -> None:
    account, now, other = serving.carrier.account, datetime.now(UTC), "+12025550177"
    for number in (PARENT, other):
        event = Event(f"SM {number}", now, Channel.SMS, EventKind.SAID)
        effects = (Consent("w"), FollowUp(AT_ONCE, timedelta()))
        take_turn(turns, number, event, *effects, session=Session(texting=Texting.YES))
    came = written(
        "SM" + "1" * 32, account.account_sid, from_=PARENT, to=account.number, body="Stop texting me"
    )
    stop = serving.carrier.ledger.add(replace(came, at=now + SECOND))
    moved(environ, SETTLED + 5 * SECOND)
    with program("clock", environ):
        wait_until(lambda: queue.count > 0, BOUND_SECONDS)
        time.sleep(2 * TICK_SECONDS)
        assert not [job for job in queue.jobs if job.func_name == "workers.jobs.send_followup"]
        with program("worker", environ):
            wait_until(lambda: len(serving.carrier.ledger.all()) > 1, BOUND_SECONDS)
    assert [PARENT, other] == [stop.from_, *(text.to for text in serving.carrier.ledger.all()[1:])]
    (record,) = followups.records(secrets.who(PARENT)).values()
    assert "dropped" == record["state"]


def moved(environ: dict[str, str], by: timedelta) -> None:
    """Move the service's clock forward by this much."""
    Path(environ["CLOCK_FILE"]).write_text(str(by.total_seconds()), encoding="ascii")
