"""Requests for a person: stored once, seen by staff, deleted when done."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from redis import Redis

from hotline.conversation.model.events import AskPerson, Channel, Erase, Event, EventKind, ReachBy
from hotline.conversation.model.session import Session
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys, Secrets
from hotline.store.requests import EXPIRES_AFTER, RETENTION, SHOWN, Request, Requests, keys_of
from hotline.store.turns import Turns
from tests.store.working import do
from tests.turns_taken import take_turn

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
OTHER = "+12025550177"
VOICEMAIL = "RE" + "1" * 32

Ask = Callable[..., str]


@pytest.fixture
def requests(redis: Redis) -> Requests:
    return Requests(redis)


@pytest.fixture
def ask(turns: Turns, parent: str) -> Ask:
    """Have a person ask for the staff this long after NOW; return the request's id."""

    def asked(
        when: str = "",
        recording: str = "",
        *,
        number: str = parent,
        after: timedelta = timedelta(),
        event: str = "",
        reachable: bool = True,
        by: ReachBy = ReachBy.CALL,
        urgent: bool = False,
        words: str = "",
    ) -> str:
        happened = Event(
            event or "CA" + sha256(f"{when}{recording}{after}".encode()).hexdigest()[:32],
            NOW + after,
            Channel.VOICE if recording else Channel.SMS,
            EventKind.RECORDED if recording else EventKind.SAID,
            reachable=reachable,
        )
        session = Session(language="es", known=(("which_state", "CA"),))
        who = take_turn(
            turns, number, happened, AskPerson(when, recording, by, urgent, words), session=session
        )
        return f"{who}-{sha256(happened.id.encode()).hexdigest()[:12]}"

    return asked


def test_requests_are_stored_in_full(requests: Requests, ask: Ask, secrets: Secrets, parent: str) -> None:
    id = ask("morning")
    (seen,) = requests.waiting()
    assert parent == secrets.unseal(seen.sealed)
    assert (
        Request(
            id=id,
            at=NOW,
            language="es",
            channel="sms",
            when="morning",
            recording="",
            us_state="CA",
            sealed=seen.sealed,
            by=ReachBy.CALL,
            urgent=False,
            done=None,
            since=NOW,
        )
        == seen
        == requests.get(id)
    )


def test_a_request_has_the_way_to_reach_the_parent(requests: Requests, ask: Ask) -> None:
    ask("morning"), ask("evening", number=OTHER, by=ReachBy.TEXT), ask(recording=VOICEMAIL)
    assert {ReachBy.CALL, ReachBy.TEXT, ReachBy.MESSAGE} == {each.by for each in requests.waiting()}


def test_a_parent_who_last_asked_for_texts_may_not_be_called(requests: Requests, ask: Ask) -> None:
    def may_be_called(id: str) -> bool:
        found = requests.get(id)
        assert found
        return requests.may_be_called(found)

    message = ask(recording=VOICEMAIL)
    assert may_be_called(message)
    texted = ask("evening", after=timedelta(minutes=1), by=ReachBy.TEXT)
    assert not may_be_called(texted)
    assert not may_be_called(message)
    assert may_be_called(ask("morning", number=OTHER))
    called = ask("morning", after=timedelta(minutes=2))
    assert may_be_called(called)
    assert may_be_called(message)


def test_urgent_requests_stay_so_and_are_announced_again(requests: Requests, ask: Ask, redis: Redis) -> None:
    id = ask("morning")
    notified = json.loads(requests.line(id) or "") | {"notices": {"new.a": "1"}}
    redis.hset(keys_of(id).requests, id, json.dumps(notified))
    ask("evening", after=timedelta(minutes=1), urgent=True)
    assert [(True, ())] == [(each.urgent, each.notices) for each in requests.waiting()]
    ask("noon", after=timedelta(minutes=2))
    assert [True] == [each.urgent for each in requests.waiting()]


def test_signs_of_danger_make_a_waiting_request_urgent(
    requests: Requests, ask: Ask, turns: Turns, redis: Redis, parent: str
) -> None:
    done = ask("morning")
    do(redis, done, NOW)
    id = ask("evening", after=timedelta(minutes=1))
    notified = json.loads(requests.line(id) or "") | {"notices": {"new.a": "1"}}
    redis.hset(keys_of(id).requests, id, json.dumps(notified))
    event = Event("SMdanger", NOW + timedelta(minutes=2), Channel.SMS, EventKind.SAID)
    take_turn(turns, parent, event, session=Session(in_danger=True))
    assert [(id, True, ())] == [(each.id, each.urgent, each.notices) for each in requests.waiting()]
    assert not getattr(requests.get(done), "urgent", True)


def test_a_repeated_event_is_one_request(requests: Requests, ask: Ask, redis: Redis, who: str) -> None:
    id = ask("morning", event="SM1")
    for _ in range(2):
        assert id == ask("morning", event="SM1")
        assert [id] == [request.id for request in requests.waiting()]
        redis.delete(Keys(who).answers)
    do(redis, id, NOW)
    ask("morning", event="SM1")
    assert [] == requests.waiting()


def test_an_id_tells_the_person_only_by_their_keyed_hash(ask: Ask, who: str) -> None:
    assert f"{who}-" == ask("morning")[:33]
    assert 45 == len(ask("morning"))


def test_a_newer_call_back_replaces_the_older(requests: Requests, ask: Ask) -> None:
    older, other = ask("morning"), ask("noon", number=OTHER)
    newer = ask("evening", after=timedelta(hours=1))
    assert [other, newer] == [request.id for request in requests.waiting()]
    assert None is requests.get(older)


def test_a_voicemail_does_not_replace_a_request_or_the_reverse(requests: Requests, ask: Ask) -> None:
    ids = [
        ask(recording=VOICEMAIL),
        ask("morning", after=timedelta(minutes=1)),
        ask(recording="RE" + "2" * 32, after=timedelta(minutes=2)),
    ]
    assert ids == [request.id for request in requests.waiting()]
    newer = ask("evening", after=timedelta(minutes=3))
    assert [ids[0], ids[2], newer] == [request.id for request in requests.waiting()]


def test_a_request_after_a_done_one_waits_again(requests: Requests, ask: Ask, redis: Redis) -> None:
    done = ask("morning")
    do(redis, done, NOW)
    again = ask("morning", after=timedelta(days=1))
    assert [again] == [request.id for request in requests.waiting()]
    assert requests.get(done)


def test_the_oldest_come_first_across_buckets(requests: Requests, ask: Ask) -> None:
    expected = [
        ask("noon", number=f"+1202555{n:04d}", after=timedelta(minutes=(n * 7) % 250)) for n in range(250)
    ]
    by_time = sorted(range(250), key=lambda n: (n * 7) % 250)
    assert [expected[n] for n in by_time[:SHOWN]] == [request.id for request in requests.waiting()]


@pytest.mark.parametrize(
    "id",
    [
        "",
        "x",
        "../etc",
        "0" * 45,
        *(f"{'0' * 32}-{'0' * n}" for n in (11, 13)),
        f"{'0' * 32}-{'0' * 12}\n",
        f"{'Z' * 32}-{'0' * 12}",
    ],
)
def test_an_invalid_id_finds_nothing(id: str, requests: Requests) -> None:
    assert None is requests.get(id)


def test_an_unknown_id_finds_nothing(requests: Requests, who: str) -> None:
    assert None is requests.get(f"{who}-{'0' * 12}")


def test_a_request_is_stored_for_90_days(requests: Requests, ask: Ask) -> None:
    id = ask(recording=VOICEMAIL)
    ask("morning", number=OTHER, after=timedelta(days=1))
    assert [] == requests.old(NOW + RETENTION - timedelta(seconds=1))
    (old,) = requests.old(NOW + RETENTION)
    assert (id, VOICEMAIL) == (old.id, old.recording)
    requests.drop(id)
    requests.drop(id)
    assert [] == requests.old(NOW + RETENTION)
    assert 1 == len(requests.waiting())
    assert None is requests.get(id)


def test_a_record_expires_without_a_worker(requests: Requests, ask: Ask, redis: Redis, who: str) -> None:
    ask("morning")
    keys = Keys(who)
    lives = timedelta(seconds=int(str(redis.ttl(keys.requests))))
    assert RETENTION < lives <= EXPIRES_AFTER
    redis.expire(keys.requests, 0)
    assert 1 == redis.exists(keys.requested)
    assert [] == requests.waiting()
    assert 0 == redis.exists(keys.requested)


def test_a_hidden_number_is_not_stored(requests: Requests, ask: Ask) -> None:
    ask(recording=VOICEMAIL, number="CA" + "1" * 32, reachable=False)
    (seen,) = requests.waiting()
    assert ("", VOICEMAIL) == (seen.sealed, seen.recording)


def test_an_erasure_removes_the_requests(
    requests: Requests, ask: Ask, turns: Turns, followups: FollowUps, redis: Redis, who: str, parent: str
) -> None:
    do(redis, ask("noon"), NOW)
    ask(recording=VOICEMAIL)
    other = ask("morning", number=OTHER)
    event = Event("SMdelete", NOW, Channel.SMS, EventKind.SAID)
    take_turn(turns, parent, event, Erase(), session=Session())
    assert [other] == [request.id for request in requests.waiting()]
    assert 0 == redis.exists(Keys(who).requests, Keys(who).finished)
    assert VOICEMAIL in str(followups.records(who))


def test_an_erasure_keeps_finished_requests_of_others(
    requests: Requests, ask: Ask, turns: Turns, secrets: Secrets, redis: Redis, who: str, parent: str
) -> None:
    numbers = (f"+1202555{n:04d}" for n in range(10_000))
    neighbor = next(n for n in numbers if n != parent and Keys(secrets.who(n)).bucket == Keys(who).bucket)
    theirs = ask("noon", number=neighbor)
    do(redis, theirs, NOW)
    event = Event("SMdelete", NOW, Channel.SMS, EventKind.SAID)
    take_turn(turns, parent, event, Erase(), session=Session())
    assert [theirs] == [request.id for request in requests.finished()]


def test_a_good_time_in_own_words_is_sealed(
    requests: Requests, ask: Ask, kept: Callable[[], dict[str, Any]], secrets: Secrets
) -> None:
    ask("afternoon", words="between two and four")
    assert "between two and four" == secrets.unseal(requests.waiting()[0].words)
    assert "two and four" not in str(kept())


@pytest.mark.parametrize(
    ("later", "words"), [(timedelta(minutes=5), "when he naps"), (timedelta(hours=2), "")]
)
def test_the_words_stay_when_a_choice_follows(
    requests: Requests, ask: Ask, secrets: Secrets, later: timedelta, words: str
) -> None:
    ask("any_time", words="when he naps")
    ask("afternoon", after=later)
    (seen,) = requests.waiting()
    assert ("afternoon", words) == (seen.when, secrets.unseal(seen.words) if seen.words else "")
