"""Requests not done within 90 days are deleted, with their recordings."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from rq import Queue

from devtools.twilio_sim import Serving
from devtools.twilio_sim.recordings import Recording
from hotline.carrier.recordings import CarrierAway
from hotline.config.settings import Settings
from hotline.conversation.model.events import AskPerson, Channel, Event, EventKind, ReachBy
from hotline.conversation.model.session import Session
from hotline.store.keys import Secrets
from hotline.store.request_work import HISTORY, UNDO_FOR, Result
from hotline.store.requests import EXPIRES_AFTER, RETENTION, Requests
from hotline.store.turns import Turns
from tests.devtools.twilio_sim.recorder import recorded
from tests.turns_taken import take_turn
from tests.workers.conftest import NOON
from workers import clock
from workers.queue import enqueue
from workers.retention import Retention

Ask = Callable[..., None]
Abandoned = Callable[..., str]

SECOND = timedelta(seconds=1)


@pytest.fixture
def requests(redis: Redis) -> Requests:
    return Requests(redis)


@pytest.fixture
def retention(settings: Settings, redis: Redis, secrets: Secrets) -> Retention:
    return Retention(settings, redis, secrets)


@pytest.fixture
def ask(turns: Turns, serving: Serving, settings: Settings) -> Ask:
    """Have a parent request a callback, or leave a message with this id."""

    def asked(n: int, recording: str = "", after: timedelta = timedelta(), since: datetime = NOON) -> None:
        number = f"+1202555{n:04d}"
        at = since + after
        if recording:
            left = Recording(recording, settings.twilio_account_sid, "CA1", number, "hello", 2, at)
            serving.carrier.recordings.add(left)
        event = Event(f"CA{n}", at, Channel.VOICE, EventKind.RECORDED)
        take_turn(turns, number, event, AskPerson("", recording), session=Session())

    return asked


def sid(n: int) -> str:
    return f"RE{n:032x}"


def kept_at_carrier(serving: Serving) -> list[str]:
    return [each.sid for each in serving.carrier.recordings.all() if not each.deleted]


def test_a_waiting_request_is_deleted_after_90_days_with_its_recording(
    retention: Retention, requests: Requests, ask: Ask, serving: Serving
) -> None:
    ask(1, sid(1))
    ask(2)
    ask(3, sid(3), after=timedelta(days=1))
    retention.end(NOON + RETENTION - timedelta(seconds=1))
    assert 3 == len(requests.waiting())
    retention.end(NOON + RETENTION)
    assert [sid(3)] == [request.recording for request in requests.waiting()]
    assert [sid(3)] == kept_at_carrier(serving)
    retention.end(NOON + RETENTION)


def test_a_done_request_is_deleted_after_a_day_with_its_recording(
    retention: Retention, requests: Requests, ask: Ask, serving: Serving, redis: Redis
) -> None:
    ask(1, sid(1))
    ask(2, sid(2))
    done, waits = requests.waiting()
    retention.work.claim(done.id, "anna", NOON)
    retention.work.finish(done.id, "anna", Result.TALKED, NOON)
    retention.end(NOON + UNDO_FOR - timedelta(seconds=1))
    assert 2 == len(kept_at_carrier(serving))
    retention.end(NOON + UNDO_FOR)
    assert [waits.recording] == kept_at_carrier(serving)
    assert None is requests.get(done.id)
    assert [] == requests.finished()
    (row,) = retention.work.history(9)
    assert ("talked", "anna", ReachBy.MESSAGE) == (row.result, row.by, row.wish)
    assert done.id[:32] not in str(redis.zrange(HISTORY, 0, -1))
    assert [waits.id] == [request.id for request in requests.waiting()]
    retention.end(NOON + UNDO_FOR)
    assert 1 == len(retention.work.history(9))


def test_while_the_carrier_is_away_both_stay(
    requests: Requests,
    ask: Ask,
    serving: Serving,
    settings: Settings,
    redis: Redis,
    secrets: Secrets,
    retention: Retention,
) -> None:
    ask(1)
    ask(2, sid(2), after=timedelta(seconds=1))
    refused = Retention(replace(settings, twilio_auth_token="another"), redis, secrets)
    refused.end(NOON + RETENTION + timedelta(days=1))
    assert [sid(2)] == [request.recording for request in requests.waiting()]
    assert [sid(2)] == kept_at_carrier(serving)
    retention.end(NOON + RETENTION + timedelta(days=1))
    assert [] == requests.waiting()
    assert [] == kept_at_carrier(serving)


def test_an_undeletable_recording_blocks_nothing(
    requests: Requests, ask: Ask, serving: Serving, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete, bad = retention.recordings.delete, {sid(1), sid(3)}

    def refuses(recording: str) -> None:
        if recording in bad:
            raise CarrierAway("Twilio answered 409")
        delete(recording)

    monkeypatch.setattr(retention.recordings, "delete", refuses)
    for n in range(1, 5):
        ask(n, sid(n), after=timedelta(seconds=n))
    retention.end(NOON + RETENTION + timedelta(days=1))
    assert bad == {request.recording for request in requests.waiting()} == set(kept_at_carrier(serving))


@pytest.mark.parametrize("strange", ["RE1", "../Calls/CA1", "6d1f7a52-31f2-4fd2-8ba1-b3ae2c2dcd2a"])
def test_invalid_ids_block_nothing(retention: Retention, requests: Requests, ask: Ask, strange: str) -> None:
    ask(1)
    requests_made = len(requests.waiting())
    ask(2, strange)
    ask(3)
    assert requests_made + 2 == len(requests.waiting())
    retention.end(NOON + RETENTION)
    assert [] == requests.waiting()


def test_a_missing_recording_blocks_nothing(
    retention: Retention, requests: Requests, ask: Ask, serving: Serving, redis: Redis
) -> None:
    ask(1, sid(1))
    serving.carrier.recordings.delete(sid(1))
    retention.end(NOON + RETENTION)
    assert [] == requests.waiting()
    assert [] == [key for key in redis.scan_iter() if "request" in str(key)]


class TestTheNet:
    """A request that expired in Redis left its recording behind."""

    @pytest.fixture
    def abandoned(self, serving: Serving, settings: Settings) -> Abandoned:
        """Have a caller leave a message without a request; return its id."""

        def message(n: int, at: datetime, to: str = "") -> str:
            call = serving.carrier.call(f"+1202555{n:04d}")
            call.finish("caller")
            call.facts.to = to or call.facts.to
            number, account = call.facts.from_, settings.twilio_account_sid
            serving.carrier.recordings.add(Recording(sid(n), account, call.facts.sid, number, "hello", 2, at))
            return sid(n)

        return message

    def test_a_recording_older_than_any_request_is_deleted(
        self, retention: Retention, abandoned: Abandoned, serving: Serving
    ) -> None:
        abandoned(1, NOON - EXPIRES_AFTER - SECOND)
        younger = abandoned(2, NOON - EXPIRES_AFTER + timedelta(hours=1))
        theirs = abandoned(3, NOON - EXPIRES_AFTER - SECOND, to="+15105550177")
        retention.end(NOON)
        assert [younger, theirs] == kept_at_carrier(serving)

    def test_the_scan_of_other_numbers_recordings_is_bounded(
        self,
        retention: Retention,
        abandoned: Abandoned,
        serving: Serving,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for n in range(3):
            abandoned(n, NOON - EXPIRES_AFTER - SECOND, to="+15105550177")
        monkeypatch.setattr("workers.retention.AT_MOST_SECONDS", 0)
        with recorded(serving) as asked:
            retention.end(NOON)
        assert 1 == sum("/Calls/" in each.path for each in asked)

    def test_it_runs_once_a_day(
        self, retention: Retention, abandoned: Abandoned, serving: Serving, redis: Redis
    ) -> None:
        retention.end(NOON)
        abandoned(1, NOON - EXPIRES_AFTER - SECOND)
        retention.end(NOON)
        assert 1 == len(kept_at_carrier(serving))
        assert 0 < redis.ttl("heartbeat:swept") <= 24 * 3600
        redis.delete("heartbeat:swept")
        retention.end(NOON)
        assert [] == kept_at_carrier(serving)

    def test_an_unreachable_carrier_blocks_nothing_else(
        self, settings: Settings, redis: Redis, secrets: Secrets, requests: Requests, ask: Ask
    ) -> None:
        ask(1)
        Retention(replace(settings, twilio_auth_token="another"), redis, secrets).end(NOON + RETENTION)
        assert [] == requests.waiting()


def test_one_part_waits_at_a_time(queue: Queue, retention: Retention) -> None:
    for _ in range(3):
        clock.ask_for_retention(retention.purge, queue)
    assert ["workers.jobs.end_retention"] == [job.func_name for job in queue.jobs]
    retention.end(NOON)
    clock.ask_for_retention(retention.purge, queue)
    assert 2 == queue.count


def test_it_runs_through_clock_and_queue(
    queue: Queue, work_off: Callable[[], None], requests: Requests, ask: Ask
) -> None:
    now = datetime.now(UTC)
    ask(1, since=now - RETENTION)
    ask(2, since=now)
    enqueue(queue, "workers.jobs.end_retention")
    work_off()
    assert 1 == len(requests.waiting())
