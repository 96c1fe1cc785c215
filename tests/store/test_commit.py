"""DELETE: the turn erases our data, and leaves a record to erase the carrier's."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from hotline.conversation.model.events import (
    AskPerson,
    Channel,
    Consent,
    Count,
    Erase,
    Event,
    EventKind,
    FollowUp,
    LineType,
    LookUp,
    StopAll,
    Tell,
    Texting,
    TextThis,
)
from hotline.conversation.model.session import Session, Turn
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys, Secrets
from hotline.store.requests import Requests
from hotline.store.turns import ANSWERS_STORED, PERSON_TTL, Turns
from hotline.store.write_set import ERASED_TTL
from tests.turns_taken import claim

PARENT = "+12025550123"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
YES = Session(texting=Texting.YES, language="es", state="child_age").with_slot("which_state", "CA")

Take = Callable[..., str | None]
Kept = Callable[[], dict[str, Any]]


@pytest.fixture
def known(take: Take, followups: FollowUps) -> Callable[..., None]:
    """Store all possible data about a person."""

    def leave(number: str = PARENT) -> None:
        voicemail = AskPerson("", "RE" + "1" * 32)
        everything = (Consent("w"), FollowUp("a", DAY), FollowUp("b", 2 * DAY), LookUp(), voicemail)
        take(*everything, session=YES, number=number)
        take(TextThis((Tell("x"),)), AskPerson("morning"), id="SM2", number=number)
        for id in followups.due.take(NOW):
            claimed = followups.claim(id, NOW)
            if claimed and claimed.kind == "lookup":
                followups.line_found(id, LineType.TEXTS, NOW)

    return leave


def test_only_the_answer_and_the_erasure_are_left(
    known: Callable[..., None], take: Take, kept: Kept, who: str, followups: FollowUps, redis: Redis
) -> None:
    known()
    assert 2 == len(Requests(redis).waiting())
    counted = Keys(who).counts(NOW)
    take(Erase(), Count("deleted"), id="SM3", session=Session(), answer="All is deleted.")
    keys = Keys(who)
    assert {keys.answers, keys.followups, keys.due, keys.audit, counted} == set(kept())
    ((id, record),) = followups.records(who).items()
    assert ("erase", "waiting", NOW.timestamp(), "SM3") == tuple(
        record[field] for field in ("kind", "state", "due", "event")
    )
    assert [id] == redis.zrange(keys.due, 0, -1)
    assert {"SM3": "* All is deleted."} == redis.hgetall(keys.answers)
    assert ERASED_TTL.total_seconds() == pytest.approx(redis.ttl(keys.answers), abs=2)
    assert "1" == redis.hget(counted, "deleted")


def test_the_erasure_has_the_number_and_the_voicemails(
    known: Callable[..., None], take: Take, followups: FollowUps, secrets: Secrets
) -> None:
    known()
    take(Erase(), id="SM3", at=NOW + MINUTE)
    (id,) = followups.due.take(NOW + MINUTE)
    claimed = claim(followups, id, NOW + MINUTE)
    assert PARENT == secrets.unseal(claimed.sealed or "")
    assert (("RE" + "1" * 32,), "SM3", NOW + MINUTE) == (claimed.recordings, claimed.event, claimed.asked)


def test_others_keep_everything(known: Callable[..., None], take: Take, kept: Kept, secrets: Secrets) -> None:
    bucket = Keys(secrets.who(PARENT)).bucket
    numbers = (f"+1202555{n:04d}" for n in range(10_000))
    neighbour = next(n for n in numbers if Keys(secrets.who(n)).bucket == bucket and n != PARENT)
    known(neighbour)
    before = kept()
    known()
    take(Erase(), id="SM3", session=Session())
    theirs = secrets.who(neighbour)
    assert {k: v for k, v in before.items() if theirs in k} == {
        k: v for k, v in kept().items() if theirs in k
    }
    due = [id for id, _ in kept()[Keys(theirs).due]]
    assert {id for id, _ in before[Keys(theirs).due]} == {id for id in due if id.startswith(theirs)}
    asked = [id for id, _ in kept()[Keys(theirs).requested]]
    assert {id for id, _ in before[Keys(theirs).requested]} == set(asked)


@pytest.mark.parametrize("same_turn", [False, True], ids=["before", "in the same turn"])
def test_an_opt_out_survives(
    known: Callable[..., None], take: Take, turns: Turns, redis: Redis, who: str, same_turn: bool
) -> None:
    """Otherwise they would be texted again."""
    known()
    stopped = Session(texting=Texting.STOPPED, language="es")
    if same_turn:
        take(StopAll(), Erase(), id="SM4", session=stopped)
    else:
        take(StopAll(), id="SM3", session=stopped)
        take(Erase(), id="SM4", at=NOW + DAY)
    person = redis.hgetall(Keys(who).person)
    assert {"texting": "stopped", "stopped": "2026-11-23T15:00:00+00:00"} == person
    assert PERSON_TTL.total_seconds() == pytest.approx(redis.ttl(Keys(who).person), abs=2)
    assert Session(texting=Texting.STOPPED) == turns.load(who, "SM9", NOW).session


def test_a_repeated_delete_webhook_is_recognized(
    known: Callable[..., None], take: Take, turns: Turns, kept: Kept, who: str
) -> None:
    known()
    event = Event("SM3", NOW, Channel.SMS, EventKind.SAID)
    early = turns.load(who, "SM3", NOW)
    take(Erase(), id="SM3", session=Session(), answer="All is deleted.")
    before = kept()
    assert "All is deleted." == turns.load(who, "SM3", NOW).answer
    again = Turn(Session(state="menu"), effects=(Consent("w"), FollowUp("a", DAY)))
    assert "All is deleted." == turns.commit(who, event, early, again, "Welcome!", PARENT)
    assert before == kept()


@pytest.mark.parametrize("afterwards", [0, 1, 2, 3])
def test_an_older_turn_restores_nothing(take: Take, turns: Turns, who: str, afterwards: int) -> None:
    take(session=YES)
    early = turns.load(who, "SM early", NOW)
    take(Erase(), id="SM3", at=NOW + MINUTE, session=Session())
    for n in range(afterwards):
        take(id=f"SM new {n}", at=NOW + 2 * MINUTE, session=Session(state="menu"))
    event = Event("SM early", NOW, Channel.SMS, EventKind.SAID)
    assert turns.commit(who, event, early, Turn(early.session), "", PARENT) is None


def test_a_returning_person_starts_over(
    known: Callable[..., None], take: Take, turns: Turns, followups: FollowUps, who: str
) -> None:
    known()
    take(Erase(), id="SM3", session=Session())
    assert Session() == turns.load(who, "SM4", NOW).session
    take(Consent("w"), FollowUp("a", DAY), id="SM4", session=Session(texting=Texting.YES))
    assert ["erase", "reminder"] == sorted(r["kind"] for r in followups.records(who).values())
    assert Texting.YES is turns.load(who, "SM5", NOW).session.texting


def test_answers_stay_limited_after_an_erasure(take: Take, turns: Turns, redis: Redis, who: str) -> None:
    take(Erase(), id="SM3", session=Session(), answer="All is deleted.")
    for n in range(ANSWERS_STORED + 6):
        take(id=f"SM new {n}", at=NOW + MINUTE)
        assert "* All is deleted." == redis.hget(Keys(who).answers, "SM3")
        assert "All is deleted." == turns.load(who, "SM3", NOW).answer
    assert ANSWERS_STORED + 1 == redis.hlen(Keys(who).answers)


def test_a_late_status_changes_nothing(take: Take, followups: FollowUps, kept: Kept) -> None:
    take(Consent("w"), FollowUp("a", timedelta()), session=YES)
    (id,) = followups.due.take(NOW)
    claimed = claim(followups, id, NOW)
    followups.sent(id, "SM9")
    take(Erase(), id="SM3", session=Session())
    before = kept()
    assert not followups.record_status(id, "delivered", "SM9")
    assert not followups.not_delivered(id, "SM9", "30003", [NOW + DAY], "sealed", counted=True)
    followups.line_found(id, LineType.LANDLINE, NOW)
    followups.sent(id, "SM9")
    followups.postpone(claimed, NOW + DAY, "x")
    assert before == kept()


def test_a_second_erasure_replaces_the_first(take: Take, followups: FollowUps, who: str) -> None:
    take(Erase(), id="SM3", session=Session())
    take(Erase(), id="SM4", at=NOW + DAY, session=Session())
    (record,) = followups.records(who).values()
    assert (NOW + DAY).timestamp() == record["asked"]


def test_a_hidden_caller_is_erased_by_their_call(take: Take, followups: FollowUps, secrets: Secrets) -> None:
    call = "CA" + "5" * 32
    take(AskPerson("", "RE" + "1" * 32), id=f"{call}:1", number=call, reachable=False)
    take(Erase(), id=f"{call}:2", number=call, channel=Channel.VOICE, reachable=False)
    (id,) = followups.due.take(NOW)
    claimed = claim(followups, id, NOW)
    assert (call, f"{call}:2") == (secrets.unseal(claimed.sealed or ""), claimed.event)


def test_an_erasure_has_no_plain_number(known: Callable[..., None], take: Take, kept: Kept) -> None:
    known()
    take(Erase(), id="SM3")
    everything = json.dumps(kept())
    assert "sealed" in everything
    assert "5550123" not in everything
