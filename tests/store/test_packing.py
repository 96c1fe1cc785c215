"""Packed data is restored unchanged, works beside unpacked data, and is small."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from redis import Redis

from hotline.channels.twiml import EMPTY
from hotline.conversation.model.events import Channel, Event, EventKind
from hotline.conversation.model.session import Session, Turn
from hotline.store.connection import connect
from hotline.store.keys import Keys, Secrets
from hotline.store.packing import DEPLOY_LASTS, PACKED, Packing, is_packed, unpacked_answer, unpacked_session
from hotline.store.taken import PERIOD, PERIODS, TAKEN_FOR, marks_of
from hotline.store.turns import Turns
from hotline.store.usage import Spend
from tests.store.conftest import NOW, PARENT
from tests.turns_taken import take_turn
from tests.waiting import wait_until

DAY = timedelta(days=1)
AT_ONCE = Packing(after=timedelta())
WORDS = '<?xml version="1.0" encoding="UTF-8"?><Response><Message>¿Qué necesita? 😀</Message></Response>'
TEXT = st.text(st.characters(exclude_categories=["Cs"]).filter(lambda each: each != PACKED), max_size=2000)


@pytest.fixture
def redis(redis: Redis, redis_url: str) -> Iterator[Redis]:  # noqa: ARG001 -- empties Redis first
    """Return a client like the service's, which reads bytes that are not UTF-8."""
    with connect(redis_url) as client:
        yield client


@pytest.fixture
def packing(redis: Redis, secrets: Secrets) -> Turns:
    return Turns(redis, secrets, AT_ONCE)


def taken(turns: Turns, who: str, id: str, session: Session, answer: str = WORDS) -> Session:
    take_turn(turns, PARENT, Event(id, NOW, Channel.SMS, EventKind.SAID), session=session, answer=answer)
    return turns.load(who, f"{id} next", NOW).session


@given(TEXT)
@example("")
@example(WORDS)
@example(EMPTY)
def test_it_comes_back_as_it_was(text: str) -> None:
    assert text == unpacked_answer(AT_ONCE.answer(text))
    assert text == unpacked_session(AT_ONCE.session(text))


@given(TEXT)
def test_unpacked_data_is_read_unchanged(text: str) -> None:
    assert text == unpacked_answer(text) == unpacked_session(text)


def test_data_packed_with_other_dictionaries_is_refused() -> None:
    with pytest.raises(ValueError, match="packed otherwise"):
        unpacked_session(f"{PACKED}no deflate")


def test_data_packed_before_an_addition_can_be_read() -> None:
    """New words are added at the beginning of a dictionary; this was packed before `steps`."""
    earlier = f"{PACKED}\udcab&Z%\udcaa\udcf9\udce4\udca5\udcde\udcd8Z\0"
    answers = '["child_age","began","child_age","school_age"]'
    assert (
        f'{{"language":"en","texting":"yes","state":"which_state","answers":{answers}}}'
        == unpacked_session(earlier)
    )


def test_packing_begins_after_a_deploy() -> None:
    """Before that, an earlier version may serve the same person."""
    seconds = [5.0]
    packing = Packing(clock=lambda: seconds[0])
    seconds[0] += DEPLOY_LASTS.total_seconds() - 1
    assert WORDS == packing.answer(WORDS)
    seconds[0] += 1
    assert is_packed(packing.answer(WORDS))


def test_a_packed_turn_is_loaded_and_repeated(packing: Turns, turns: Turns, who: str) -> None:
    session = Session(state="menu", received=("disclaimer",))
    assert session == taken(packing, who, "SM1", session)
    assert session == turns.load(who, "SM2", NOW).session
    assert WORDS == turns.load(who, "SM1", NOW).answer == packing.load(who, "SM1", NOW).answer


def test_packing_and_plain_processes_alternate(packing: Turns, turns: Turns, redis: Redis, who: str) -> None:
    for n, process in enumerate((turns, packing, turns, packing)):
        session = Session(state=f"state {n}", received=("disclaimer",))
        assert session == taken(process, who, f"SM{n}", session)
        assert {"version", "packed" if process is packing else "session"} == set(
            redis.hkeys(Keys(who).session)
        )


def test_the_previous_version_reads_what_is_written_meanwhile(turns: Turns, redis: Redis, who: str) -> None:
    taken(turns, who, "SM1", Session(state="menu", seen=NOW))
    line = redis.hget(Keys(who).session, "session")
    assert {"state": "menu", "seen": NOW.timestamp()} == json.loads(str(line))


def test_sets_of_marks_cover_the_time_that_an_event_is_known(secrets: Secrets, who: str) -> None:
    for days in range(0, 2 * PERIOD.days, 7):
        at = NOW + timedelta(days=days)
        (written, *_) = marks_of(secrets, who, "SM1", "", at).sets
        for later in (timedelta(), PERIOD, TAKEN_FOR):
            assert written in marks_of(secrets, who, "SM1", "", at + later).sets
        assert TAKEN_FOR.total_seconds() <= marks_of(secrets, who, "SM1", "", at).ttl
    assert 3 == PERIODS == len(marks_of(secrets, who, "SM1", "", NOW).sets)


def test_marks_are_stored_as_integers(redis: Redis, turns: Turns, who: str) -> None:
    for n in range(100):
        event = Event(f"SM{n}", NOW, Channel.SMS, EventKind.SAID)
        loaded = turns.load(who, event.id, NOW)
        turns.commit(who, event, loaded, Turn(Session()), "", PARENT, Spend(), signature=f"{n}=")
    (key,) = [key for key in redis.scan_iter() if ":taken:" in key]
    assert (200, "intset") == (redis.scard(key), redis.object("encoding", key))


def test_a_mark_does_not_identify_the_person(secrets: Secrets, who: str) -> None:
    marks = marks_of(secrets, who, "SM1", "abc=", NOW)
    other = marks_of(Secrets("another secret of the tests, long enough"), who, "SM1", "abc=", NOW)
    assert not set(marks.marks) & set(other.marks)
    assert marks.sets != other.sets
    assert not any(who[:3] in each for each in marks.sets)


def test_unseen_answers_last_a_day(turns: Turns, redis: Redis, who: str, take: Callable[..., Any]) -> None:
    take(id="SM1", answer="one")
    turns.may_be_unseen(who, "SM1")
    wait_until(lambda: redis.hexists(Keys(who).answers, "unseen"))
    assert redis.ttl(Keys(who).answers) > DAY.total_seconds() - 60
    loaded = turns.load(who, "CA1", NOW)
    left = Event("CA1", NOW, Channel.VOICE, EventKind.LEFT)
    turns.commit(who, left, loaded, Turn(Session()), EMPTY, PARENT)
    assert redis.ttl(Keys(who).answers) > DAY.total_seconds() - 60
    assert "one" == turns.load(who, "SM2", NOW).unseen
