"""A turn is one transaction."""

from __future__ import annotations

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
    """Loads and commits one turn."""
    loaded = turns.load(who, event.id, event.at)
    return turns.commit(who, event, loaded, Turn(session or loaded.session, (), effects), answer, PARENT)


def states(followups: FollowUps, who: str) -> list[tuple[str, str]]:
    """Each follow-up's reminder and state, in order."""
    return sorted((r["reminder"], r["state"]) for r in followups.records(who).values())


class Counted(UnixDomainSocketConnection):
    """A connection that counts what it sends: one for each command or pipeline."""

    sent = 0

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        Counted.sent += 1
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]  # redis-py's


@pytest.fixture
def counted(redis: Redis, redis_url: str) -> Iterator[Redis]:
    """A client on the tests' server that counts round trips."""
    if is_cluster(redis):
        pytest.skip("counts on one server; test_cluster.py counts on each")
    path = unquote(redis_url.removeprefix("unix://"))
    pool = ConnectionPool(connection_class=Counted, path=path, decode_responses=True)
    with Redis(connection_pool=pool) as client:
        yield client
    pool.disconnect()


def test_a_turn_is_two_round_trips(counted: Redis, secrets: Secrets, who: str) -> None:
    """One to load, one to commit, however much the turn asks for."""
    turns = Turns(counted, secrets)
    take(turns, who, texted("SM1"))  # connects, and brings the scripts to the server
    Counted.sent = 0
    effects = (Consent("wording"), Cancel(("b",)), FollowUp("a", DAY), Count("x"), Count("y"))
    assert take(turns, who, texted("SM2"), *effects) == "ok"
    assert Counted.sent == 2


def test_a_session_comes_back_as_it_was_committed(turns: Turns, who: str) -> None:
    """Every field, through Redis and JSON."""
    session = Session(
        book="b1",
        language="es",
        texting=Texting.NO,
        state="child_age",
        paused="menu",
        answers=(Answer("plan", "iep"),),
        received=("privacy",),
        misses=1,
        silences=2,
        seen=NOW,
    )
    take(turns, who, texted("SM1"), session=session)
    loaded = turns.load(who, "SM2", NOW)
    assert (loaded.session, loaded.answer) == (session, None)


def test_somebody_new_has_an_empty_session(turns: Turns, who: str) -> None:
    """Nothing is stored about a new person, and a load stores nothing."""
    assert turns.load(who, "SM1", NOW).session == Session()


def test_language_and_opt_out_outlive_the_session(turns: Turns, redis: Redis, who: str) -> None:
    """After the session is forgotten, a person who stopped is still stopped, in their language."""
    session = Session(language="es", texting=Texting.STOPPED, state="child_age")
    take(turns, who, texted("SM1"), StopAll(), session=session)
    redis.delete(Keys(who).session)
    assert turns.load(who, "SM2", NOW).session == Session(language="es", texting=Texting.STOPPED)


def test_a_turn_on_an_old_session_writes_nothing(
    turns: Turns, who: str, kept: Callable[[], dict[str, Any]]
) -> None:
    """When another event came between load and commit, the caller is told to load again."""
    early = turns.load(who, "SM2", NOW)
    take(turns, who, texted("SM1"), session=Session(state="menu"))
    before = kept()
    turn = Turn(Session(state="child_age"), (), (Consent("w"), FollowUp("a", DAY), StopAll(), Count("x")))
    assert turns.commit(who, texted("SM2"), early, turn, "another", PARENT) is None
    assert kept() == before


def test_the_same_event_is_answered_once(turns: Turns, followups: FollowUps, redis: Redis, who: str) -> None:
    """The carrier repeats a webhook: the same answer, and each effect once."""
    event, effects = texted("SM1"), (FollowUp("a", DAY), Count("answers"))
    stale = turns.load(who, event.id, event.at)
    assert take(turns, who, event, *effects, answer="first") == "first"
    assert turns.commit(who, event, stale, Turn(Session(), (), effects), "second", PARENT) == "first"
    assert turns.load(who, event.id, event.at).answer == "first"
    assert len(followups.records(who)) == 1
    assert redis.hgetall(Keys(who).counts(NOW)) == {"answers": "1"}


def test_an_empty_answer_counts_as_one(turns: Turns, who: str) -> None:
    """Silence after a STOP is an answer, and must not be computed again."""
    take(turns, who, texted("SM1"), answer="")
    assert turns.load(who, "SM1", NOW).answer == ""


def test_four_copies_of_one_webhook_leave_one_step(turns: Turns, redis: Redis, who: str) -> None:
    """Four processes commit the same event at the same moment: one effect, one answer for all."""
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


def test_two_events_at_once_both_count(turns: Turns, who: str) -> None:
    """The one that loses loads again and builds on the other: no answer is lost."""
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


def test_consent_is_recorded_with_the_words_shown(
    turns: Turns, redis: Redis, secrets: Secrets, who: str
) -> None:
    """Which wording, of which book, in which language, when and how; and the number, sealed."""
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
    """START after STOP leaves its moment, and no number: consent must be given anew."""
    take(turns, who, texted("SM1"), StopAll(), session=Session(texting=Texting.STOPPED))
    later = texted("SM2", at=NOW + DAY)
    take(turns, who, later, Restart(), session=Session(texting=Texting.UNASKED))
    person = redis.hgetall(Keys(who).person)
    assert person["restarted"] == "2026-11-24T15:00:00+00:00"
    assert "sealed" not in person
    assert turns.load(who, "SM3", NOW).session.texting is Texting.UNASKED


def test_a_newer_follow_up_takes_the_place_of_the_one_that_waits(
    followups: FollowUps, redis: Redis, who: str, plan: Callable[..., str]
) -> None:
    """A person who goes through the questions twice gets each reminder once, counted from the second time."""
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
def test_effects_count_in_their_order(
    turns: Turns, followups: FollowUps, who: str, effects: tuple[Effect, ...]
) -> None:
    """What a turn starts last waits, whatever the turn ended before."""
    take(turns, who, texted("SM1"), *effects)
    assert ["a"] == [name for name, state in states(followups, who) if state == "waiting"]


def test_figures_are_counted_by_day(turns: Turns, redis: Redis, who: str) -> None:
    """Each Count adds one to its figure on the event's day in UTC."""
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
    """Sessions expire after 7 days, answers after an hour, people who consented or stopped after 400 days, others with their session."""
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


def test_a_question_whether_it_was_a_stop_outlives_the_session(turns: Turns, redis: Redis, who: str) -> None:
    """Who did not answer it is no person who texted STOP: they are answered when they write. It may wait behind danger."""
    asked = Session(texting=Texting.STOPPED, before_stop=Texting.YES, state="safety_check")
    asked = asked.with_aside("stop_or_not")
    take(turns, who, texted("SM1"), session=asked)
    redis.delete(Keys(who).session)
    loaded = turns.load(who, "SM2", NOW + 8 * DAY).session
    assert (Texting.STOPPED, "stop_or_not") == (loaded.texting, loaded.state)
    take(turns, who, texted("SM2"), session=Session(texting=Texting.NO))
    redis.delete(Keys(who).session)
    assert (Texting.NO, "") == (
        (again := turns.load(who, "SM3", NOW + 16 * DAY).session).texting,
        again.state,
    )


def test_who_texted_stop_is_not_asked_again(turns: Turns, redis: Redis, who: str) -> None:
    """Nor who stopped the texts at their carrier before they answered."""
    asked = Session(texting=Texting.STOPPED, before_stop=Texting.YES, state="stop_or_not")
    take(turns, who, texted("SM1"), session=asked)
    take(turns, who, texted("SM2"), StopAll(), session=asked)
    redis.delete(Keys(who).session)
    loaded = turns.load(who, "SM3", NOW + 8 * DAY).session
    assert (Texting.STOPPED, "") == (loaded.texting, loaded.state)


def test_each_turn_puts_forgetting_off(turns: Turns, redis: Redis, who: str) -> None:
    """A person who consented is stored for 400 days after the last turn."""
    take(turns, who, texted("SM1"), Consent("w"), session=Session(texting=Texting.YES))
    redis.expire(Keys(who).person, 60)
    take(turns, who, texted("SM2"))
    assert redis.ttl(Keys(who).person) > PERSON_TTL.total_seconds() - 60


def test_nothing_is_kept_for_ever(turns: Turns, redis: Redis, who: str) -> None:
    """After whatever a person does, every key of theirs expires by itself, but the due set and the audit, which are trimmed."""
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


def test_the_newest_answers_are_kept(turns: Turns, redis: Redis, who: str) -> None:
    """One more answer deletes the oldest, so a person's answers never grow."""
    for n in range(ANSWERS_STORED + 6):
        take(turns, who, texted(f"SM{n}"), answer=f"answer {n}")
    answers = [turns.load(who, f"SM{n}", NOW).answer for n in range(ANSWERS_STORED + 6)]
    assert answers == [None] * 6 + [f"answer {n}" for n in range(6, ANSWERS_STORED + 6)]
    assert redis.hlen(Keys(who).answers) == ANSWERS_STORED


def test_a_redis_that_forgot_the_scripts_gets_them_again(turns: Turns, redis: Redis, who: str) -> None:
    """After a restart or a failover the scripts are gone; callers do not notice."""
    take(turns, who, texted("SM1"))
    forget_scripts(redis)
    assert turns.load(who, "SM1", NOW).answer == "ok"
    forget_scripts(redis)
    assert take(turns, who, texted("SM2"), answer="second") == "second"


def test_nothing_kept_tells_of_a_person(turns: Turns, who: str, kept: Callable[[], dict[str, Any]]) -> None:
    """No digits of the number in any key or value, and none of the words they wrote."""
    event = texted("SM1", "Johnny was diagnosed, call 202-555-0123")
    session = replace(Session(texting=Texting.YES, state="menu"), seen=NOW)
    take(turns, who, event, Consent("w"), FollowUp("a", DAY), Count("x"), StopAll(), session=session)
    take(turns, who, texted("SM2"), Consent("w"), FollowUp("a", DAY), session=session)
    everything = json.dumps(kept())
    assert "sealed" in everything, "the decoy: there is a number, and it cannot be seen"
    for trace in ("2025550123", "5550123", "555-0123", "Johnny", "diagnosed"):
        assert trace not in everything


def test_the_records_tell_what_a_reminder_asked(
    turns: Turns, followups: FollowUps, redis: Redis, who: str
) -> None:
    """Once the session is gone: the name and the moment of what was texted, the latest first. Nothing more is kept
    for it, and a usual turn reads no records.
    """
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


def test_the_records_tell_which_reminder_was_answered(
    turns: Turns, followups: FollowUps, redis: Redis, who: str
) -> None:
    """So that its question is not open again once the session is gone; unless the answer was taken back."""
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


def test_days_out_are_there_for_a_school_year(redis: Redis, turns: Turns, who: str) -> None:
    """In a key of their own, dates alone, when the session is gone; a turn that changes none leaves them."""
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


def test_days_out_are_erased_with_all_else(redis: Redis, turns: Turns, who: str) -> None:
    """DELETE leaves none, also where the session had forgotten them."""
    take(turns, who, texted("SM1"), session=Session(state="a", days_out=("2026-11-20",)))
    redis.delete(Keys(who).session)
    take(turns, who, texted("SM2"), Erase(), session=Session())
    assert not redis.exists(Keys(who).days_out)
    assert () == turns.load(who, "SM3", NOW).session.days_out


def test_the_tail_of_a_session_goes_after_minutes(redis: Redis, turns: Turns, who: str) -> None:
    """It stands in a key of its own; the session that is kept for days is without it."""
    take(turns, who, texted("SM1"), session=Session(state="a", tail="12 4"))
    assert "12 4" == turns.load(who, "SM2", NOW).session.tail
    assert 0 < redis.ttl(Keys(who).tail) <= JOINED_WITHIN.total_seconds() <= 300
    assert "12 4" not in str(redis.hgetall(Keys(who).session))
    redis.delete(Keys(who).tail)
    assert Session(state="a") == turns.load(who, "SM2", NOW).session


@pytest.mark.parametrize("effects", [(), (Erase(),)], ids=["a longer text", "an erasure"])
def test_the_tail_is_gone_with_the_next_turn(
    redis: Redis, turns: Turns, who: str, effects: tuple[Effect, ...]
) -> None:
    """That leaves none."""
    take(turns, who, texted("SM1"), session=Session(state="a", tail="12 4"))
    take(turns, who, texted("SM2"), *effects, session=Session(state="b"))
    assert not redis.exists(Keys(who).tail)
