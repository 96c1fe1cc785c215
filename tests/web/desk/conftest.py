"""Fixtures: a desk in office hours, with waiting parents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import time_machine
from flask import Flask
from redis import Redis

from devtools.twilio_sim import Account, Carrier, Serving, serve
from devtools.twilio_sim.recordings import Recording
from hotline.config.settings import Settings
from hotline.conversation.model.events import AskPerson, Channel, Effect, Event, EventKind
from hotline.conversation.model.session import Session, Turn
from hotline.store.keys import Secrets
from hotline.web.app import create_app
from tests.web.desk.visiting import Ask, Desk

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MOTHER, FATHER = "+12025550123", "+12025550177"
VOICEMAIL = "RE" + "1" * 32


@pytest.fixture(scope="module")
def serving(settings: Settings) -> Iterator[Serving]:
    """Serve the carrier that stores the recordings."""
    account = Account(settings.twilio_account_sid, settings.twilio_auth_token, settings.sender)
    with serve(Carrier(account)) as serving:
        yield serving


@pytest.fixture(scope="module")
def reached(settings: Settings, serving: Serving) -> Settings:
    """Return settings with a desk, in office hours at NOW, that point to that carrier."""
    return replace(settings, twilio_api_base_url=serving.url)


@pytest.fixture(scope="module")
def desk_app(reached: Settings) -> Flask:
    return create_app(reached)


@pytest.fixture
def redis_at_now(redis: Redis) -> Iterator[Redis]:
    """Return an empty Redis, with the clock stopped at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield redis


@pytest.fixture
def visitor(desk_app: Flask, redis_at_now: Redis) -> Desk:  # noqa: ARG001 -- empties Redis first
    """Return a browser that is not signed in."""
    return Desk(desk_app)


@pytest.fixture
def desk(visitor: Desk) -> Desk:
    """Return a browser signed in with DESK_PASSWORD; there is no account."""
    return visitor.signed_in()


@pytest.fixture
def happened(desk_app: Flask, settings: Settings, redis_at_now: Redis) -> Ask:  # noqa: ARG001 -- likewise
    """Return a function that commits a turn with these effects and returns the id of a request among them."""
    secrets, turns = Secrets(settings.hotline_secret), desk_app.extensions["hotline"].turns

    def happen(
        *effects: Effect,
        number: str = MOTHER,
        after: timedelta = timedelta(),
        channel: Channel = Channel.SMS,
        session: Session | None = None,
        reachable: bool = True,
    ) -> str:
        at, who = NOW + after, secrets.who(number)
        event = Event(
            "CA" + sha256(f"{number}{effects}{at}".encode()).hexdigest()[:32],
            at,
            channel,
            EventKind.SAID,
            reachable=reachable,
        )
        turn = Turn(session or Session(), effects=effects)
        assert turns.commit(who, event, turns.load(who, event.id, at), turn, "", number) is not None
        return f"{who}-{sha256(event.id.encode()).hexdigest()[:12]}"

    return happen


@pytest.fixture
def voicemail(happened: Ask, serving: Serving, settings: Settings) -> Iterator[Recording]:
    """Add a voicemail that a mother left in Spanish, five minutes after NOW."""
    left = Recording(VOICEMAIL, settings.twilio_account_sid, "CA1", MOTHER, "llámeme", 2, NOW)
    serving.carrier.recordings.add(left)
    happened(
        AskPerson(recording=VOICEMAIL),
        after=timedelta(minutes=5),
        channel=Channel.VOICE,
        session=Session(language="es"),
    )
    yield left
    serving.carrier.recordings.clear()
