"""The line type of a person, and how long it is stored."""

from __future__ import annotations

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
    """Requests a look-up and stores its result."""
    take(LookUp(), id=f"CA{at}", at=at)
    (id,) = followups.due.take(at)
    followups.claim(id, at)
    followups.line_found(id, line, at, done=True)


@pytest.mark.parametrize("line", LineType, ids=str)
def test_what_a_look_up_found_counts_for_ninety_days(
    take: Take, followups: FollowUps, turns: Turns, who: str, line: LineType
) -> None:
    """Then the line is unknown again."""
    looked_up(take, followups, line)
    assert line is turns.load(who, "SM1", NOW + LINE_RETENTION - SECOND).session.line
    assert LineType.UNKNOWN is turns.load(who, "SM1", NOW + LINE_RETENTION).session.line
    assert timedelta(days=90) == LINE_RETENTION


def test_what_is_known_of_the_line_wins_over_the_session(
    take: Take, followups: FollowUps, turns: Turns, who: str
) -> None:
    """A session may remember what is no longer true."""
    looked_up(take, followups, LineType.LANDLINE)
    take(session=Session(line=LineType.TEXTS, state="menu"))
    assert LineType.LANDLINE is turns.load(who, "SM2", NOW).session.line
    assert LineType.UNKNOWN is turns.load(who, "SM2", NOW + LINE_RETENTION).session.line


def test_a_finished_look_up_leaves_the_line_alone(
    take: Take, followups: FollowUps, redis: Redis, who: str
) -> None:
    """No record, no number, nothing due; and the line for as long as it counts."""
    looked_up(take, followups, LineType.TEXTS)
    keys = Keys(who)
    assert {"line", "line_at"} == redis.hgetall(keys.person).keys()
    assert LINE_RETENTION.total_seconds() == pytest.approx(redis.ttl(keys.person), abs=2)
    assert {} == followups.records(who)
    assert [] == followups.due.take(NOW + DAY)


def test_a_look_up_does_not_shorten_what_is_kept_longer(
    take: Take, followups: FollowUps, redis: Redis, who: str
) -> None:
    """Nor does a later turn shorten what the look-up found, or a consent."""
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
    """Its answer was on its way while the person deleted everything."""
    take(LookUp())
    (id,) = followups.due.take(NOW)
    followups.claim(id, NOW)
    take(Erase(), id="SM2")
    followups.line_found(id, LineType.TEXTS, NOW, done=True)
    assert not redis.exists(Keys(who).person)


@pytest.mark.parametrize(
    ("line", "found_at"), [(None, None), ("texts", None), (None, "1"), ("texts", "1")], ids=str
)
def test_what_was_never_found_is_unknown(line: str | None, found_at: str | None) -> None:
    """An incomplete record counts as none."""
    assert LineType.UNKNOWN is line_type_of(line, found_at, NOW)
