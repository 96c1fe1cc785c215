"""A person's line type, and how long it is stored."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from hotline.conversation.model.events import Consent, Erase, LineType, LookUp, Refuse, Texting
from hotline.conversation.model.session import Session
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys
from hotline.store.people import LINE_RETENTION, line_type_of
from hotline.store.turns import PERSON_TTL, Turns

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)

Take = Callable[..., str | None]


def looked_up(take: Take, followups: FollowUps, line: LineType, at: datetime = NOW) -> None:
    """Request a look-up and store its result."""
    take(LookUp(), id=f"CA{at}", at=at)
    (id,) = followups.due.take(at)
    followups.claim(id, at)
    followups.line_found(id, line, at, done=True)


@pytest.mark.parametrize("line", LineType, ids=str)
def test_a_look_up_counts_for_ninety_days(
    take: Take, followups: FollowUps, turns: Turns, who: str, line: LineType
) -> None:
    looked_up(take, followups, line)
    assert line is turns.load(who, "SM1", NOW + LINE_RETENTION - SECOND).session.line
    assert LineType.UNKNOWN is turns.load(who, "SM1", NOW + LINE_RETENTION).session.line
    assert timedelta(days=90) == LINE_RETENTION


def test_a_look_up_wins_over_the_session(take: Take, followups: FollowUps, turns: Turns, who: str) -> None:
    looked_up(take, followups, LineType.LANDLINE)
    take(session=Session(line=LineType.TEXTS, state="menu"))
    assert LineType.LANDLINE is turns.load(who, "SM2", NOW).session.line
    assert LineType.UNKNOWN is turns.load(who, "SM2", NOW + LINE_RETENTION).session.line


def test_a_look_up_leaves_only_the_line(take: Take, followups: FollowUps, redis: Redis, who: str) -> None:
    looked_up(take, followups, LineType.TEXTS)
    keys = Keys(who)
    assert {"line", "line_at"} == redis.hgetall(keys.person).keys()
    assert LINE_RETENTION.total_seconds() == pytest.approx(redis.ttl(keys.person), abs=2)
    assert {} == followups.records(who)
    assert [] == followups.due.take(NOW + DAY)


def test_retention_is_never_shortened(take: Take, followups: FollowUps, redis: Redis, who: str) -> None:
    looked_up(take, followups, LineType.TEXTS)
    take(session=Session(language="es"))
    assert LINE_RETENTION.total_seconds() == pytest.approx(redis.ttl(Keys(who).person), abs=2)
    take(Consent("w"), id="SM2", session=Session(texting=Texting.YES))
    take(Refuse(), id="SM3", session=Session(texting=Texting.NO, language="es"))
    looked_up(take, followups, LineType.TEXTS, NOW + DAY)
    assert PERSON_TTL.total_seconds() == pytest.approx(redis.ttl(Keys(who).person), abs=2)


def test_a_look_up_that_ends_after_an_erasure_writes_nothing(
    take: Take, followups: FollowUps, redis: Redis, who: str
) -> None:
    take(LookUp())
    (id,) = followups.due.take(NOW)
    followups.claim(id, NOW)
    take(Erase(), id="SM2")
    followups.line_found(id, LineType.TEXTS, NOW, done=True)
    assert not redis.exists(Keys(who).person)


@pytest.mark.parametrize(
    ("line", "found_at"), [(None, None), ("texts", None), (None, "1"), ("texts", "1")], ids=str
)
def test_a_missing_result_is_unknown(line: str | None, found_at: str | None) -> None:
    assert LineType.UNKNOWN is line_type_of(line, found_at, NOW)
