"""Answers that may not have arrived: their notes, and the commits that a note rejects."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from hotline.conversation.model.events import Channel, Event, EventKind
from hotline.conversation.model.session import Session, Turn
from hotline.store import carrier_notices
from hotline.store.connection import ANSWER_SECONDS, StoreBusy, connect
from hotline.store.keys import Keys, Secrets
from hotline.store.turns import Turns
from hotline.store.unseen import COMMITS_FOR
from tests.own_redis import changing_way_to, own_redis
from tests.store.conftest import NOW, PARENT
from tests.waiting import wait_until


def test_a_commit_is_refused_before_its_asker_gives_up() -> None:
    assert COMMITS_FOR.total_seconds() < ANSWER_SECONDS


def test_a_commit_too_late_by_redis_clock_is_a_conflict(turns: Turns, who: str) -> None:
    event = Event("SM1", NOW, Channel.SMS, EventKind.SAID)
    loaded = turns.load(who, "SM1", NOW)
    time.sleep(COMMITS_FOR.total_seconds() + 0.05)
    assert turns.commit(who, event, loaded, Turn(Session(state="a")), "late", PARENT) is None
    assert turns.load(who, "SM1", NOW).session == Session()


def test_an_answer_may_be_noted_as_unseen_until_another_turn_is_taken(
    turns: Turns, who: str, take: Callable[..., str | None]
) -> None:
    take(id="SM1", answer="one")
    turns.may_be_unseen(who, "SM1")
    assert "one" == turns.load(who, "SM2", NOW).unseen, "at once, in this process"
    wait_until(lambda: not turns._unseen.of(who))
    assert "one" == turns.load(who, "SM2", NOW).unseen
    take(id="SM2", answer="two")
    assert "" == turns.load(who, "SM3", NOW).unseen


@pytest.mark.parametrize("event", ["SM1", "SM never"])
def test_what_was_answered_since_or_never_taken_is_not_noted(
    event: str, turns: Turns, who: str, take: Callable[..., str | None], redis: Redis
) -> None:
    take(id="SM1", answer="one")
    take(id="SM2", answer="two")
    turns.may_be_unseen(who, event)
    wait_until(lambda: not turns._unseen.of(who))
    assert not redis.hexists(Keys(who).answers, "unseen")


def test_a_note_rejects_a_turn_loaded_before_it(
    turns: Turns, redis: Redis, secrets: Secrets, who: str, take: Callable[..., str | None]
) -> None:
    take(id="SM1", answer="one")
    other = Turns(redis, secrets)
    early = other.load(who, "SM2", NOW)
    turns.may_be_unseen(who, "SM1")
    wait_until(lambda: not turns._unseen.of(who))
    event = Event("SM2", NOW, Channel.SMS, EventKind.SAID)
    assert other.commit(who, event, early, Turn(Session(state="b")), "two", PARENT) is None
    assert "one" == other.load(who, "SM2", NOW).unseen


def test_a_note_is_written_once_redis_is_back(secrets: Secrets, who: str, tmp_path: Path) -> None:
    with own_redis(tmp_path / "data") as server, changing_way_to(server, tmp_path / "way.sock") as way:
        turns, event = Turns(connect(way.url), secrets), Event("SM1", NOW, Channel.SMS, EventKind.SAID)
        carrier_notices.opt_out(turns, secrets.who("+12025550124"), event)  # so that Redis knows the scripts
        loaded = turns.load(who, "SM1", NOW)
        way.seconds = ANSWER_SECONDS + 0.2
        with pytest.raises(StoreBusy):
            turns.commit(who, event, loaded, Turn(Session(state="a")), "one", PARENT)
        server.kill()
        way.seconds = 0.0
        server.start()
        other = Turns(connect(server.url), secrets)
        wait_until(lambda: other.load(who, "SM2", NOW).unseen == "one")
