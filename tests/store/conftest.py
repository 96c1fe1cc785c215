"""Fixtures of the store's tests: one person, and readers of everything stored."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from redis import Redis

from hotline.conversation.model.events import Channel, Consent, Effect, Event, EventKind, FollowUp, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.store.followups import FollowUps
from hotline.store.keys import Secrets
from hotline.store.turns import Turns
from tests.turns_taken import new_record, take_turn

PARENT = "+12025550123"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture
def parent() -> str:
    """Return a number that no phone has."""
    return PARENT


@pytest.fixture
def now() -> datetime:
    """Return the time at which the tests begin."""
    return NOW


@pytest.fixture
def secrets() -> Secrets:
    return Secrets("the secret of the tests, long enough")


@pytest.fixture
def plan(turns: Turns, followups: FollowUps, secrets: Secrets) -> Callable[..., str]:
    """Return a function that makes a person consent to one reminder, due this long after NOW, and returns its id."""

    def planned(
        reminder: str = "sent_yet",
        after: timedelta = timedelta(),
        number: str = PARENT,
        at: datetime = NOW,
        language: str = "en",
    ) -> str:
        event = Event(f"SM {reminder} {at}", at, Channel.SMS, EventKind.SAID)
        effects = (Consent("reminders.consent.text"), FollowUp(reminder, after))
        agreed = Session(texting=Texting.YES, language=language)
        new = partial(take_turn, turns, number, event, *effects, session=agreed)
        return new_record(followups, secrets.who(number), new)

    return planned


@pytest.fixture
def take(turns: Turns, secrets: Secrets) -> Callable[..., str | None]:
    """Return a function that takes one turn with these effects and returns its answer."""

    def taken(
        *effects: Effect,
        id: str = "SM1",
        at: datetime = NOW,
        session: Session | None = None,
        channel: Channel = Channel.SMS,
        reachable: bool = True,
        number: str = PARENT,
        answer: str = "ok",
    ) -> str | None:
        who = secrets.who(number)
        event = Event(id, at, channel, EventKind.SAID, reachable=reachable)
        loaded = turns.load(who, id, at)
        turn = Turn(loaded.session if session is None else session, (), effects)
        return turns.commit(who, event, loaded, turn, answer, number)

    return taken


@pytest.fixture
def kept(redis: Redis) -> Callable[[], dict[str, Any]]:
    """Return a function that reads all keys and values, except the short-lived key of a wait for the disk."""
    read: dict[str, Callable[[str], Any]] = {
        "string": redis.get,
        "hash": redis.hgetall,
        "set": lambda key: sorted(redis.smembers(key)),
        "zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
    }
    return lambda: {key: read[str(redis.type(key))](key) for key in redis.scan_iter() if "durable" not in key}
