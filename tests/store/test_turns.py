"""A turn is one transaction."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from urllib.parse import unquote

import pytest
from redis import ConnectionPool, Redis
from redis.connection import UnixDomainSocketConnection

from hotline.conversation.model.events import (
    AskPerson,
    Cancel,
    Channel,
    Consent,
    Count,
    Effect,
    Erase,
    Event,
    EventKind,
    FollowUp,
    Restart,
    StopAll,
    Texting,
)
from hotline.conversation.model.session import JOINED_WITHIN, Answer, Session, Turn
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys, Secrets
from hotline.store.nodes import is_cluster
from hotline.store.turns import ANSWER_TTL, ANSWERS_STORED, DAYS_OUT_TTL, PERSON_TTL, SESSION_TTL, Turns
from tests.one_slot import forget_scripts

PARENT = "+12025550123"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def texted(id: str, text: str = "", at: datetime = NOW) -> Event:
    return Event(id, at, Channel.SMS, EventKind.SAID, text)


def take(
    turns: Turns, who: str, event: Event, *effects: Effect, session: Session | None = None, answer: str = "ok"
) -> str | None:
    loaded = turns.load(who, event.id, event.at)
    return turns.commit(who, event, loaded, Turn(session or loaded.session, (), effects), answer, PARENT)


def states(followups: FollowUps, who: str) -> list[tuple[str, str]]:
    return sorted((r["reminder"], r["state"]) for r in followups.records(who).values())


class Counted(UnixDomainSocketConnection):
    """A connection that counts round trips."""

    sent = 0

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        Counted.sent += 1
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]  # redis-py's


@pytest.fixture
def counted(redis: Redis, redis_url: str) -> Iterator[Redis]:
    """Return a client that counts round trips."""
    if is_cluster(redis):
        pytest.skip("counts on one server; test_cluster.py counts on each")
    path = unquote(redis_url.removeprefix("unix://"))
    pool = ConnectionPool(connection_class=Counted, path=path, decode_responses=True)
    with Redis(connection_pool=pool) as client:
        yield client
    pool.disconnect()


def test_a_turn_is_two_round_trips(counted: Redis, secrets: Secrets, who: str) -> None:
    turns = Turns(counted, secrets)
    take(turns, who, texted("SM1"))  # connects, and brings the scripts to the server
    Counted.sent = 0
    effects = (Consent("wording"), Cancel(("b",)), FollowUp("a", DAY), Count("x"), Count("y"))
    assert take(turns, who, texted("SM2"), *effects) == "ok"
    assert Counted.sent == 2


def test_a_session_survives_the_store(turns: Turns, who: str) -> None:
    plan = (Answer("plan", "iep"),)
    session = Session(
        book="b1", language="es", texting=Texting.NO, state="child_age", paused="menu", seen=NOW
    )
    session = replace(session, answers=plan, received=("privacy",), misses=1, silences=2)
    take(turns, who, texted("SM1"), session=session)
    loaded = turns.load(who, "SM2", NOW)
    assert (loaded.session, loaded.answer) == (session, None)


def test_a_new_person_has_an_empty_session(turns: Turns, who: str) -> None:
    assert turns.load(who, "SM1", NOW).session == Session()


def test_language_and_opt_out_outlive_the_session(turns: Turns, redis: Redis, who: str) -> None:
    session = Session(language="es", texting=Texting.STOPPED, state="child_age")
    take(turns, who, texted("SM1"), StopAll(), session=session)
    redis.delete(Keys(who).session)
    assert turns.load(who, "SM2", NOW).session == Session(language="es", texting=Texting.STOPPED)


def test_stale_sessions_write_nothing(turns: Turns, who: str, kept: Callable[[], dict[str, Any]]) -> None:
    early = turns.load(who, "SM2", NOW)
    take(turns, who, texted("SM1"), session=Session(state="menu"))
    before = kept()
    turn = Turn(Session(state="child_age"), (), (Consent("w"), FollowUp("a", DAY), StopAll(), Count("x")))
    assert turns.commit(who, texted("SM2"), early, turn, "another", PARENT) is None
    assert kept() == before


def test_an_event_is_answered_once(turns: Turns, followups: FollowUps, redis: Redis, who: str) -> None:
    event, effects = texted("SM1"), (FollowUp("a", DAY), Count("answers"))
    stale = turns.load(who, event.id, event.at)
    assert take(turns, who, event, *effects, answer="first") == "first"
    assert turns.commit(who, event, stale, Turn(Session(), (), effects), "second", PARENT) == "first"
    assert turns.load(who, event.id, event.at).answer == "first"
    assert len(followups.records(who)) == 1
    assert redis.hgetall(Keys(who).counts(NOW)) == {"answers": "1"}


def test_four_concurrent_copies_are_one_step(turns: Turns, redis: Redis, who: str) -> None:
    together = Barrier(4)

    def deliver(n: int) -> str | None:
        loaded = turns.load(who, "SM1", NOW)
        together.wait(5)
        turn = Turn(Session(state=f"state_{n}"), (), (Count("steps"),))
        return turns.commit(who, texted("SM1"), loaded, turn, f"answer {n}", PARENT)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(deliver, range(4)))
    assert len(set(answers)) == 1
    assert redis.hget(Keys(who).counts(NOW), "steps") == "1"
    winner = str(answers[0]).removeprefix("answer ")
    assert turns.load(who, "SM2", NOW).session.state == f"state_{winner}"


def test_two_concurrent_events_both_count(turns: Turns, who: str) -> None:
    together = Barrier(2)

    def answer(n: int) -> int:
        event = texted(f"SM{n}")
        for tries in range(1, 5):
            loaded = turns.load(who, event.id, event.at)
            if tries == 1:
                together.wait(5)
            turn = Turn(loaded.session.with_answer(f"question_{n}", "yes"))
            if turns.commit(who, event, loaded, turn, "", PARENT) is not None:
                return tries
        return 0

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(answer, range(2))) == [1, 2]
    session = turns.load(who, "SM9", NOW).session
    assert {a.state for a in session.answers} == {"question_0", "question_1"}


def test_consent_is_recorded_with_its_wording(turns: Turns, redis: Redis, secrets: Secrets, who: str) -> None:
    session = Session(book="b1", language="es", texting=Texting.YES)
    take(turns, who, texted("SM1"), Consent("next_steps.texts_ok.text"), session=session)
    person = redis.hgetall(Keys(who).person)
    assert json.loads(person["consent"]) == {
        "wording": "next_steps.texts_ok.text",
        "book": "b1",
        "language": "es",
        "channel": "sms",
        "event": "SM1",
        "at": "2026-11-23T15:00:00+00:00",
    }
    assert secrets.unseal(str(person["sealed"])) == PARENT
    assert person["texting"] == "yes"


def test_without_consent_no_number_is_kept(turns: Turns, redis: Redis, who: str) -> None:
    take(turns, who, texted("SM1"), Count("x"), session=Session(texting=Texting.NO))
    assert redis.hget(Keys(who).person, "sealed") is None


def test_stop_forgets_the_number(turns: Turns, redis: Redis, who: str, plan: Callable[..., str]) -> None:
    plan("a")
    take(turns, who, texted("SM1"), StopAll(), session=Session(texting=Texting.STOPPED))
    person = redis.hgetall(Keys(who).person)
    assert "sealed" not in person
    assert (person["texting"], person["stopped"]) == ("stopped", "2026-11-23T15:00:00+00:00")


def test_an_undone_stop_is_recorded(turns: Turns, redis: Redis, who: str) -> None:
    take(turns, who, texted("SM1"), StopAll(), session=Session(texting=Texting.STOPPED))
    later = texted("SM2", at=NOW + DAY)
    take(turns, who, later, Restart(), session=Session(texting=Texting.UNASKED))
    person = redis.hgetall(Keys(who).person)
    assert person["restarted"] == "2026-11-24T15:00:00+00:00"
    assert "sealed" not in person
    assert turns.load(who, "SM3", NOW).session.texting is Texting.UNASKED


def test_a_newer_follow_up_replaces_the_waiting_one(
    followups: FollowUps, redis: Redis, who: str, plan: Callable[..., str]
) -> None:
    plan("a", DAY)
    newer = plan("a", DAY, at=NOW + DAY)
    assert states(followups, who) == [("a", "dropped"), ("a", "waiting")]
    expected = [(newer, (NOW + 2 * DAY).timestamp())]
    assert [tuple(each) for each in redis.zrange(Keys(who).due, 0, -1, withscores=True)] == expected


@pytest.mark.parametrize(
    "effects",
    [(Cancel(("a",)), FollowUp("a", DAY)), (FollowUp("a", DAY), FollowUp("a", 2 * DAY))],
    ids=["cancelled then started", "started twice"],
)
def test_effects_are_applied_in_order(
    turns: Turns, followups: FollowUps, who: str, effects: tuple[Effect, ...]
) -> None:
    take(turns, who, texted("SM1"), *effects)
    assert ["a"] == [name for name, state in states(followups, who) if state == "waiting"]


def test_figures_are_counted_by_day(turns: Turns, redis: Redis, who: str) -> None:
    take(turns, who, texted("SM1"), Count("miss"), Count("miss"), Count("outcome.OUT-IEP"))
    take(turns, who, texted("SM2", at=NOW + DAY), Count("miss"))
    assert redis.hgetall(Keys(who).counts(NOW)) == {"miss": "2", "outcome.OUT-IEP": "1"}
    assert redis.hgetall(Keys(who).counts(NOW + DAY)) == {"miss": "1"}


@pytest.mark.parametrize(
    ("session", "kept_for"),
    [
        (Session(language="es"), SESSION_TTL),
        (Session(texting=Texting.NO), SESSION_TTL),
        (Session(texting=Texting.YES), PERSON_TTL),
        (Session(texting=Texting.STOPPED), PERSON_TTL),
    ],
    ids=["language", "no", "yes", "stopped"],
)
def test_a_person_is_forgotten_in_time(
    turns: Turns, redis: Redis, who: str, session: Session, kept_for: timedelta
) -> None:
    """Sessions after 7 days, answers after an hour, people who consented or stopped after 400 days, others with
    their session.
    """
    take(turns, who, texted("SM1"), Count("x"), FollowUp("a", DAY), session=session)
    keys = Keys(who)
    expected = {
        keys.session: timedelta(days=7),
        keys.answers: ANSWER_TTL,
        keys.person: kept_for,
        keys.followups: PERSON_TTL,
        keys.counts(NOW): PERSON_TTL,
    }
    assert {key: redis.ttl(key) for key in expected} == {
        key: pytest.approx(ttl.total_seconds(), abs=2) for key, ttl in expected.items()
    }
    assert timedelta(days=400) == PERSON_TTL


def test_an_open_stop_question_outlives_the_session(turns: Turns, redis: Redis, who: str) -> None:
    """Without an answer, the person is not one who texted STOP."""
    asked = Session(texting=Texting.STOPPED, before_stop=Texting.YES, state="safety_check")
    asked = asked.with_aside("stop_or_not")
    take(turns, who, texted("SM1"), session=asked)
    redis.delete(Keys(who).session)
    loaded = turns.load(who, "SM2", NOW + 8 * DAY).session
    assert (Texting.STOPPED, "stop_or_not") == (loaded.texting, loaded.state)
    take(turns, who, texted("SM2"), session=Session(texting=Texting.NO))
    redis.delete(Keys(who).session)
    again = turns.load(who, "SM3", NOW + 16 * DAY).session
    assert (Texting.NO, "") == (again.texting, again.state)


def test_a_stopped_person_is_not_asked_again(turns: Turns, redis: Redis, who: str) -> None:
    asked = Session(texting=Texting.STOPPED, before_stop=Texting.YES, state="stop_or_not")
    take(turns, who, texted("SM1"), session=asked)
    take(turns, who, texted("SM2"), StopAll(), session=asked)
    redis.delete(Keys(who).session)
    loaded = turns.load(who, "SM3", NOW + 8 * DAY).session
    assert (Texting.STOPPED, "") == (loaded.texting, loaded.state)


def test_each_turn_extends_the_retention(turns: Turns, redis: Redis, who: str) -> None:
    take(turns, who, texted("SM1"), Consent("w"), session=Session(texting=Texting.YES))
    redis.expire(Keys(who).person, 60)
    take(turns, who, texted("SM2"))
    assert redis.ttl(Keys(who).person) > PERSON_TTL.total_seconds() - 60


def test_every_key_expires(turns: Turns, redis: Redis, who: str) -> None:
    told = [
        (Session(), ()),
        (Session(language="es"), ()),
        (Session(texting=Texting.NO), ()),
        (Session(texting=Texting.YES), (Consent("w"), FollowUp("a", DAY))),
        (Session(texting=Texting.STOPPED), (StopAll(),)),
        (Session(texting=Texting.UNASKED), (Restart(),)),
    ]
    for n, (session, effects) in enumerate(told):
        take(turns, who, texted(f"SM{n}"), Count("x"), *effects, session=session)
        lasting = [key for key in redis.scan_iter() if redis.ttl(key) == -1]
        assert set(lasting) <= {Keys(who).due, Keys(who).audit}


def test_only_the_newest_answers_are_stored(turns: Turns, redis: Redis, who: str) -> None:
    for n in range(ANSWERS_STORED + 6):
        take(turns, who, texted(f"SM{n}"), answer=f"answer {n}")
    answers = [turns.load(who, f"SM{n}", NOW).answer for n in range(ANSWERS_STORED + 6)]
    assert answers == [None] * 6 + [f"answer {n}" for n in range(6, ANSWERS_STORED + 6)]
    assert redis.hlen(Keys(who).answers) == ANSWERS_STORED


def test_forgotten_scripts_are_loaded_again(turns: Turns, redis: Redis, who: str) -> None:
    take(turns, who, texted("SM1"))
    forget_scripts(redis)
    assert turns.load(who, "SM1", NOW).answer == "ok"
    forget_scripts(redis)
    assert take(turns, who, texted("SM2"), answer="") == ""
    assert turns.load(who, "SM2", NOW).answer == "", "an empty answer is an answer"


def test_stored_data_identifies_no_one(turns: Turns, who: str, kept: Callable[[], dict[str, Any]]) -> None:
    event = texted("SM1", "Johnny was diagnosed, call 202-555-0123")
    session = replace(Session(texting=Texting.YES, state="menu"), seen=NOW)
    take(turns, who, event, Consent("w"), FollowUp("a", DAY), Count("x"), StopAll(), session=session)
    take(turns, who, texted("SM2"), Consent("w"), FollowUp("a", DAY), AskPerson("morning"), session=session)
    everything = json.dumps(kept())
    assert "sealed" in everything, "the decoy: there is a number, and it cannot be seen"
    for trace in ("2025550123", "5550123", "555-0123", "Johnny", "diagnosed"):
        assert trace not in everything


def test_records_have_the_last_reminders(turns: Turns, followups: FollowUps, redis: Redis, who: str) -> None:
    yes = Session(texting=Texting.YES)
    asked = [FollowUp(name, DAY * n) for n, name in enumerate(("where_to_send", "sent_yet", "later"))]
    alone = FollowUp("call_dropped", timedelta(), one_text=True)
    take(turns, who, texted("SM1"), Consent("a.b.text"), *asked, alone, session=yes)
    for id, record in followups.records(who).items():
        if record["reminder"] != "later":
            assert followups.claim(id, NOW + DAY * (record["reminder"] == "sent_yet")) is not None
            followups.sent(id, f"SM {id}")
    assert () == turns.load(who, "SM2", NOW).session.reminded
    redis.delete(Keys(who).session)
    found = turns.load(who, "SM2", NOW).session.reminded
    assert (("sent_yet", NOW + DAY), ("where_to_send", NOW)) == found
    take(turns, who, texted("SM3"), StopAll(), session=Session(texting=Texting.STOPPED))
    redis.delete(Keys(who).session)
    assert () == turns.load(who, "SM4", NOW).session.reminded
    take(turns, who, texted("SM5"), Erase())
    assert () == turns.load(who, "SM6", NOW).session.reminded


def test_records_have_answered_reminders(turns: Turns, followups: FollowUps, redis: Redis, who: str) -> None:
    yes = Session(texting=Texting.YES, reminded=(("sent_yet", NOW),))
    answered = replace(yes, reminders_answered=("sent_yet",))
    take(turns, who, texted("SM1"), Consent("a.b.text"), FollowUp("sent_yet", DAY), session=yes)
    (id,) = followups.records(who)
    assert followups.claim(id, NOW + DAY) is not None
    followups.sent(id, "SM sent")
    for session, expected in ((answered, ("sent_yet",)), (yes, ())):
        take(turns, who, texted(f"SM {expected}"), session=session)
        redis.delete(Keys(who).session)
        found = turns.load(who, "SM9", NOW).session
        assert (("sent_yet", NOW + DAY),) == found.reminded
        assert expected == found.reminders_answered


def test_days_out_are_stored_for_a_school_year(redis: Redis, turns: Turns, who: str) -> None:
    days = ("2026-09-14", "2026-11-20")
    take(turns, who, texted("SM1"), session=Session(state="a", days_out=days))
    key = Keys(who).days_out
    assert "2026-09-14 2026-11-20" == redis.get(key)
    assert timedelta(days=300).total_seconds() < redis.ttl(key) <= DAYS_OUT_TTL.total_seconds()
    redis.expire(key, 1000)
    redis.delete(Keys(who).session, Keys(who).person)
    assert days == turns.load(who, "SM2", NOW).session.days_out
    take(turns, who, texted("SM2"), session=Session(state="b", days_out=days))
    assert redis.ttl(key) <= 1000
    take(turns, who, texted("SM3"), session=Session(state="b", days_out=days[:1]))
    assert "2026-09-14" == redis.get(key)
    take(turns, who, texted("SM4"), session=Session(state="b"))
    assert not redis.exists(key)
    take(turns, who, texted("SM5"), session=Session(state="a", days_out=days))
    redis.delete(Keys(who).session)
    take(turns, who, texted("SM6"), Erase(), session=Session())
    assert not redis.exists(key)
    assert () == turns.load(who, "SM7", NOW).session.days_out


def test_the_tail_of_a_session_expires_after_minutes(redis: Redis, turns: Turns, who: str) -> None:
    take(turns, who, texted("SM1"), session=Session(state="a", tail="12 4"))
    assert "12 4" == turns.load(who, "SM2", NOW).session.tail
    assert 0 < redis.ttl(Keys(who).tail) <= JOINED_WITHIN.total_seconds() <= 300
    assert "12 4" not in str(redis.hgetall(Keys(who).session))
    redis.delete(Keys(who).tail)
    assert Session(state="a") == turns.load(who, "SM2", NOW).session


@pytest.mark.parametrize("effects", [(), (Erase(),)], ids=["a longer text", "an erasure"])
def test_the_next_turn_drops_the_tail(
    redis: Redis, turns: Turns, who: str, effects: tuple[Effect, ...]
) -> None:
    take(turns, who, texted("SM1"), session=Session(state="a", tail="12 4"))
    take(turns, who, texted("SM2"), *effects, session=Session(state="b"))
    assert not redis.exists(Keys(who).tail)
