"""Usage of a number and an event is counted with the turn, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from hotline.conversation.model.events import Channel, Event, EventKind
from hotline.conversation.model.session import Session, Turn
from hotline.store.keys import Keys
from hotline.store.taken import PERIOD, TAKEN_FOR
from hotline.store.turns import ANSWERS_STORED, PERSON_TTL, Turns
from hotline.store.usage import COUNTED_FOR, NOTHING, Spend, Usage, burst_of, hour_of
from tests.store.conftest import NOW, PARENT

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
THREE = Spend({hour_of(NOW): 3, "day": 3, burst_of(NOW): 2}, segments=3)
Kept = Callable[[], dict[str, Any]]
Commit = Callable[..., str | None]


@pytest.fixture
def commit(turns: Turns, who: str) -> Commit:
    """Commit a turn with this spending."""

    def committed(id: str, spend: Spend | None, at: Any = NOW, loaded: Any = None) -> str | None:
        event = Event(id, at, Channel.SMS, EventKind.SAID)
        loaded = loaded or turns.load(who, id, at)
        return turns.commit(who, event, loaded, Turn(Session()), id, PARENT, spend)

    return committed


def usage(turns: Turns, who: str, at: Any = NOW, id: str = "SM new") -> Usage:
    return turns.load(who, id, at).usage


def test_usage_is_added_up_per_span(turns: Turns, who: str, commit: Commit) -> None:
    assert NOTHING == usage(turns, who)
    commit("SM1", THREE)
    commit("SM2", replace(THREE, reported="day", said="mark 1", said_for=MINUTE))
    expected = Usage(hour=6, day=6, burst=4, reported=("day",), said="mark", times=1)
    assert expected == usage(turns, who)
    assert expected._replace(burst=0) == usage(turns, who, NOW + MINUTE)
    assert expected._replace(hour=0, burst=0) == usage(turns, who, NOW + HOUR)
    assert NOTHING == usage(turns, who, NOW + DAY), "a new day, a new name"


def test_an_hourly_limit_is_announced_again_each_hour(turns: Turns, who: str, commit: Commit) -> None:
    for n, name in enumerate((hour_of(NOW), "day", "all")):
        commit(f"SM{n}", Spend(reported=name))
    assert (hour_of(NOW), "day", "all") == usage(turns, who).reported
    assert ("day", "all") == usage(turns, who, NOW + HOUR).reported


def test_an_event_is_counted_once(turns: Turns, redis: Redis, who: str, commit: Commit, kept: Kept) -> None:
    early = turns.load(who, "SM2", NOW)
    for _ in range(3):
        assert "SM1" == commit("SM1", THREE, loaded=early)
    before = kept()
    assert commit("SM2", THREE, loaded=early) is None
    assert before == kept()
    assert (3, 3) == (usage(turns, who).day, int(str(redis.hget(Keys(who).counts(NOW), "segments"))))


def test_events_are_known_for_a_hundred_days(turns: Turns, redis: Redis, who: str, commit: Commit) -> None:
    commit("SM1", Spend())
    for n in range(ANSWERS_STORED):
        commit(f"SM later {n}", Spend())
    assert (None, True) == (turns.load(who, "SM1", NOW).answer, usage(turns, who, id="SM1").taken)
    redis.delete(Keys(who).answers)
    assert usage(turns, who, NOW + 50 * DAY, id="SM1").taken
    assert not usage(turns, who, id="SM other").taken
    (key,) = [key for key in redis.scan_iter() if ":taken:" in key and redis.ttl(key)][:1]
    assert TAKEN_FOR.total_seconds() <= redis.ttl(key) <= (PERIOD + TAKEN_FOR).total_seconds()


def test_our_own_events_are_not_recorded(redis: Redis, commit: Commit) -> None:
    commit("due:1", None)
    assert [] == [key for key in redis.scan_iter() if ":taken:" in key]


def test_usage_expires(redis: Redis, commit: Commit, who: str) -> None:
    commit("SM1", replace(THREE, said="mark 1", said_for=MINUTE))
    ends = {key.split(":")[1]: redis.ttl(key) for key in redis.scan_iter() if who not in key}
    assert TAKEN_FOR.total_seconds() <= ends.pop("taken") <= (PERIOD + TAKEN_FOR).total_seconds()
    expected = {"spent": COUNTED_FOR, "said": MINUTE, "counts": PERSON_TTL}
    assert {kind: pytest.approx(time.total_seconds(), abs=2) for kind, time in expected.items()} == ends


def test_repeating_a_text_keeps_its_expiry(redis: Redis, turns: Turns, who: str, commit: Commit) -> None:
    commit("SM1", Spend(said="mark 1", said_for=MINUTE))
    (key,) = [key for key in redis.scan_iter() if ":said:" in key]
    redis.pexpire(key, 5000)
    commit("SM2", Spend(said="mark 2"))
    assert 2 == usage(turns, who).times
    assert 0 < redis.pttl(key) <= 5000
    commit("SM3", Spend(said="mark 3", said_for=MINUTE))
    assert redis.pttl(key) > 50_000
    commit("SM4", Spend())
    assert 3 == usage(turns, who).times, "a call says nothing"
    commit("SM5", Spend(said=""))
    assert NOTHING == usage(turns, who)


def test_usage_keys_do_not_identify_the_person(redis: Redis, who: str, commit: Commit) -> None:
    commit("SM1", THREE)
    commit("SM2", THREE, NOW + DAY)
    names = [key.split(":")[2] for key in redis.scan_iter() if key.split(":")[1] in ("spent", "taken")]
    assert 3 == len(set(names))
    assert not any(name in who or who in name for name in names)
