"""What each effect stores and ends."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from hotline.conversation.model.events import (
    AskPerson,
    Cancel,
    Channel,
    Consent,
    Count,
    Effect,
    Erase,
    FollowUp,
    LineType,
    LookUp,
    Refuse,
    Restart,
    StopAll,
    Tell,
    Texting,
    TextThis,
)
from hotline.conversation.model.session import Session
from hotline.store.followup_record import RecordKind
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys, Secrets
from hotline.store.requests import Requests
from hotline.store.turns import PERSON_TTL, Turns
from tests.turns_taken import claim

PARENT = "+12025550123"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
YES = Session(texting=Texting.YES)
THIS = TextThis((Tell("plans.what_504.text"), Tell("deadline", (("deadline", "2026-12-01"),), "es")))
ALONE = FollowUp("call_dropped", MINUTE, one_text=True)

Take = Callable[..., str | None]


def states(followups: FollowUps, who: str) -> dict[str, str]:
    return {r.get("reminder", r["kind"]): r["state"] for r in followups.records(who).values()}


def record(followups: FollowUps, who: str, kind: str) -> dict[str, Any]:
    (found,) = (r for r in followups.records(who).values() if r["kind"] == kind)
    return found


def test_consent_to_one_text_is_not_consent_to_others(take: Take, redis: Redis, who: str) -> None:
    take(Consent("people.if_call_drops.text", one_text=True), session=Session(book="b1", language="es"))
    person = redis.hgetall(Keys(who).person)
    assert {"consent_one", "language"} == person.keys()
    assert "people.if_call_drops.text" == json.loads(person["consent_one"])["wording"]
    assert PERSON_TTL.total_seconds() == pytest.approx(redis.ttl(Keys(who).person), abs=2)


def test_a_consent_and_one_to_one_text_stand_beside_each_other(take: Take, redis: Redis, who: str) -> None:
    take(Consent("one", one_text=True), Consent("all"), session=YES)
    person = redis.hgetall(Keys(who).person)
    assert ["one", "all"] == [json.loads(person[field])["wording"] for field in ("consent_one", "consent")]


@pytest.mark.parametrize("effect", [ALONE, THIS, LookUp(), Erase()], ids=lambda effect: type(effect).__name__)
def test_a_record_without_consent_has_its_own_sealed_number(
    take: Take, followups: FollowUps, secrets: Secrets, redis: Redis, who: str, effect: Effect
) -> None:
    take(effect)
    (kept,) = followups.records(who).values()
    assert PARENT == secrets.unseal(kept["sealed"])
    assert redis.hget(Keys(who).person, "sealed") is None


def test_a_reminder_stores_no_number(take: Take, followups: FollowUps, who: str) -> None:
    take(Consent("w"), FollowUp("sent_yet", DAY), session=YES)
    assert "sealed" not in record(followups, who, "reminder")


@pytest.mark.parametrize(
    ("effect", "left"),
    [
        (Refuse(), {"this": "waiting", "lookup": "waiting"}),
        (StopAll(), {}),
        (Cancel(("call_dropped",)), {"sent_yet": "waiting", "this": "waiting", "lookup": "waiting"}),
        (Cancel(("this", "lookup", "")), {"sent_yet", "call_dropped", "this", "lookup"}),
        (Restart(), {"sent_yet", "call_dropped", "this", "lookup"}),
        (Erase(), {"erase": "waiting"}),
    ],
    ids=["no", "stop", "cancel one", "cancel by another name", "start again", "delete"],
)
@pytest.mark.parametrize("turns_apart", [True, False], ids=["later", "in the same turn"])
def test_no_and_stop_end_what_waits(
    take: Take,
    followups: FollowUps,
    redis: Redis,
    who: str,
    effect: Effect,
    left: set[str],
    turns_apart: bool,
) -> None:
    """A no ends all texts that we initiate, and a stop everything. What ended has no number and is not due."""
    started = (FollowUp("sent_yet", DAY), ALONE, THIS, LookUp())
    if turns_apart:
        take(*started, session=YES)
        take(effect, id="SM2")
    else:
        take(*started, effect, session=YES)
    found = states(followups, who)
    assert set(left) == {name for name, state in found.items() if state == "waiting"}
    ended = [r for r in followups.records(who).values() if r["state"] == "dropped"]
    assert [] == [r for r in ended if "sealed" in r]
    waiting = {id for id, r in followups.records(who).items() if r["state"] == "waiting"}
    assert waiting == set(redis.zrange(Keys(who).due, 0, -1))


@pytest.mark.parametrize("unreadable", ["{no JSON", "17", ""], ids=["broken", "a number", "empty"])
def test_an_unreadable_record_stops_nothing(
    take: Take, turns: Turns, followups: FollowUps, redis: Redis, who: str, unreadable: str
) -> None:
    keys, id = Keys(who), f"{who}-{'0' * 12}"
    take(Consent("w"), FollowUp("a", DAY), session=Session(texting=Texting.YES))
    for key in (keys.followups, keys.requests):
        redis.hset(key, id, unreadable)
    redis.zadd(keys.due, {id: NOW.timestamp()})
    redis.zadd(keys.requested, {id: NOW.timestamp()})
    (readable,) = followups.records(who)
    assert followups.claim(readable, NOW) is not None
    assert followups.claim(id, NOW) is None
    redis.delete(keys.session)
    assert Texting.YES is turns.load(who, "SM2", NOW).session.texting
    assert take(StopAll(), AskPerson(""), id="SM3") == "ok"
    assert followups.records(who)[readable]["cancelled"]
    assert take(AskPerson(""), id="SM4") == "ok"
    assert 1 == len(Requests(redis).waiting())
    assert take(Erase(), id="SM5") == "ok"
    assert not redis.exists(keys.requests, keys.requested)
    assert [RecordKind.ERASE] == [record["kind"] for record in followups.records(who).values()]


@pytest.mark.parametrize("effect", [StopAll(), Refuse(), Cancel(("erase", ""))], ids=["stop", "no", "cancel"])
def test_nothing_ends_an_erasure(take: Take, followups: FollowUps, who: str, effect: Effect) -> None:
    take(Erase())
    take(effect, id="SM2", session=Session(texting=Texting.STOPPED))
    assert {"erase": "waiting"} == states(followups, who)


def test_a_text_being_sent_is_marked_as_unwanted(take: Take, followups: FollowUps, who: str) -> None:
    take(FollowUp("sent_yet", timedelta()), session=YES)
    (id,) = followups.records(who)
    claimed = claim(followups, id, NOW)
    take(Cancel(("sent_yet",)), id="SM2")
    assert {"sent_yet": "claimed"} == states(followups, who)
    followups.postpone(claimed, NOW + DAY, "not_now")
    assert {"sent_yet": "dropped"} == states(followups, who)
    assert [] == followups.due.take(NOW + 2 * DAY)


@pytest.mark.parametrize("state", ["waiting", "claimed"])
def test_a_waiting_reminder_may_keep_its_day(take: Take, followups: FollowUps, who: str, state: str) -> None:
    """The second child's screening starts no second series."""
    take(FollowUp("sent_yet", DAY), session=YES)
    (id,) = followups.records(who)
    if state == "claimed":
        followups.claim(id, NOW)
    take(FollowUp("sent_yet", 2 * DAY, keep=True), FollowUp("other", DAY, keep=True), id="SM2")
    assert {"sent_yet": state, "other": "waiting"} == states(followups, who)
    assert (NOW + DAY).timestamp() == followups.records(who)[id]["due"]


def test_a_finished_reminder_can_start_again(take: Take, followups: FollowUps, who: str) -> None:
    take(FollowUp("a", DAY), FollowUp("b", DAY), session=YES)
    sent = next(id for id, r in followups.records(who).items() if r["reminder"] == "a")
    followups.claim(sent, NOW)
    followups.sent(sent, "SM9")
    again = (Cancel(("b",)), FollowUp("a", 2 * DAY, keep=True), FollowUp("b", 2 * DAY, keep=True))
    take(*again, id="SM2")
    waiting = [r for r in followups.records(who).values() if r["state"] == "waiting"]
    assert [("a", (NOW + 2 * DAY).timestamp()), ("b", (NOW + 2 * DAY).timestamp())] == sorted(
        (r["reminder"], r["due"]) for r in waiting
    )


def test_a_reminder_started_twice_in_one_turn_is_one(take: Take, followups: FollowUps, who: str) -> None:
    take(FollowUp("a", DAY), FollowUp("a", 2 * DAY, keep=True), session=YES)
    assert [(NOW + DAY).timestamp()] == [r["due"] for r in followups.records(who).values()]


def test_one_line_look_up_at_a_time(take: Take, followups: FollowUps, who: str) -> None:
    for turn in range(3):
        take(LookUp(), id=f"CA1:{turn}", channel=Channel.VOICE)
    (id,) = followups.records(who)
    followups.claim(id, NOW)
    take(LookUp(), id="CA1:4", channel=Channel.VOICE)
    assert 1 == len(followups.records(who))
    followups.ended(id, "failed", "20503")
    take(LookUp(), id="CA2:1", channel=Channel.VOICE)
    assert ["failed", "waiting"] == sorted(r["state"] for r in followups.records(who).values())


def test_requested_words_are_stored_as_ids(
    take: Take, followups: FollowUps, who: str, secrets: Secrets
) -> None:
    take(THIS, channel=Channel.VOICE, session=Session(book="b7", language="es"))
    (id,) = followups.records(who)
    claimed = claim(followups, id, NOW)
    assert (THIS.tells, "es", "b7", NOW) == (claimed.tells, claimed.language, claimed.book, claimed.first_due)
    assert (True, True, PARENT) == (claimed.one_text, claimed.in_call, secrets.unseal(claimed.sealed or ""))


@pytest.mark.parametrize("reachable", [True, False], ids=["known", "hidden"])
def test_a_request_for_a_person_is_stored_for_the_staff(
    take: Take, redis: Redis, secrets: Secrets, reachable: bool
) -> None:
    session = Session(language="es").with_slot("which_state", "CA")
    take(AskPerson("morning"), id="CA1:3", session=session, channel=Channel.VOICE, reachable=reachable)
    (request,) = Requests(redis).waiting()
    assert ("morning", "es", "voice", "CA") == (
        request.when,
        request.language,
        request.channel,
        request.us_state,
    )
    assert (PARENT if reachable else "") == (secrets.unseal(request.sealed) if request.sealed else "")
    assert NOW == request.at


@pytest.mark.parametrize(
    ("session", "expected"),
    [
        (Session(), ("", LineType.UNKNOWN, False)),
        (Session(tongue="mixtec", line=LineType.LANDLINE), ("mixtec", LineType.LANDLINE, False)),
        (Session(line=LineType.TEXTS, texting=Texting.STOPPED), ("", LineType.TEXTS, True)),
    ],
)
def test_a_request_has_language_and_phone_for_the_staff(
    take: Take, redis: Redis, session: Session, expected: tuple[str, LineType, bool]
) -> None:
    take(AskPerson("morning"), id="CA1:3", session=session, channel=Channel.VOICE)
    (request,) = Requests(redis).waiting()
    assert expected == (request.tongue, request.line, request.stopped)


def test_a_request_of_a_repeated_event_is_one(take: Take, redis: Redis) -> None:
    take(AskPerson("morning"), id="CA1:3")
    take(AskPerson("morning"), id="CA1:3")
    assert 1 == len(Requests(redis).waiting())


def test_opt_out_and_consent_in_one_turn_count_in_order(take: Take, redis: Redis, who: str) -> None:
    take(Refuse(), Consent("w"), session=YES)
    assert redis.hget(Keys(who).person, "sealed")
    take(Consent("w"), Refuse(), id="SM2", session=Session(texting=Texting.NO))
    assert redis.hget(Keys(who).person, "sealed") is None


def test_a_usual_turn_writes_three_keys(take: Take, kept: Callable[[], dict[str, Any]], who: str) -> None:
    take(Count("answer.x.y"))
    keys = Keys(who)
    assert {keys.session, keys.answers, keys.counts(NOW)} == set(kept())


def test_a_turn_does_not_write_the_line(take: Take, turns: Turns, redis: Redis, who: str) -> None:
    take(session=Session(line=LineType.TEXTS))
    assert LineType.UNKNOWN is turns.load(who, "SM2", NOW).session.line
    assert not redis.exists(Keys(who).person)


def test_repeated_requests_of_a_person_count_once(take: Take, redis: Redis, who: str) -> None:
    for n in range(3):
        take(Count("word.human"), id=f"SM{n}")
    day = Keys(who).counts(NOW)
    assert ["3", "1"] == redis.hmget(day, "word.human", "person_asked")
    take(Count("word.human"), Erase(), id="SM4")
    assert 0 == redis.exists(Keys(who).session)
    take(Count("word.human"), id="SM5")
    assert ["5", "2"] == redis.hmget(day, "word.human", "person_asked")
    assert redis.ttl(Keys(who).session) > 0
