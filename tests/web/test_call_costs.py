"""What a call may start: made-up numbers are texted a few an hour, and nothing is promised that is not done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from redis import Redis

from hotline.conversation.model.events import (
    Channel,
    Consent,
    Effect,
    Event,
    FollowUp,
    Kind,
    LookUp,
    Refuse,
    Texting,
    TextThis,
    Transfer,
)
from hotline.conversation.model.session import Session, Turn
from hotline.store.metrics import figures
from hotline.store.usage import NOTHING
from hotline.web.call_costs import LEG_SEGMENTS, LOOK_UP_SEGMENTS, Attestation, attestation, spent
from hotline.web.reply_guard import Leaves, gate_of
from hotline.web.service import Service
from tests.web.twilio_forms import Caller, spoken

pytestmark = pytest.mark.usefixtures("redis")

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
KEY = Event("CA1:3", NOW, Channel.VOICE, Kind.PRESSED, "1")
ASKED_THIS = Session(state="may_we_text_this")
TEXTED = (Consent("people.may_we_text_this.text", one_text=True), TextThis(()))


@pytest.fixture
def service(app: Flask) -> Service:
    found = app.extensions["hotline"]
    assert isinstance(found, Service)
    return found


def leaves(
    service: Service,
    who: str,
    *effects: Effect,
    session: Session = ASKED_THIS,
    stir: str = "",
    event: Event = KEY,
) -> tuple[Effect, ...]:
    """The effects that are left of a turn in a call."""
    book = service.book
    gate = gate_of(service, who, lambda *_: "said", stir)
    asked = Leaves(Turn(session, effects=effects), "said")
    return gate(event, book, replace(session, book=book.version), asked, NOTHING).turn.effects


def starts(effects: tuple[Effect, ...]) -> bool:
    return any(isinstance(effect, Consent | TextThis | FollowUp | LookUp | Refuse) for effect in effects)


@pytest.mark.parametrize(
    "effects", [TEXTED, (LookUp(),), (Consent("w"),)], ids=["a text", "a look-up", "a series"]
)
def test_thirty_shown_numbers_start_twenty(service: Service, effects: tuple[Effect, ...]) -> None:
    """Nothing of the others is noted, neither a yes nor a no."""
    started = [starts(leaves(service, f"who {n}", *effects)) for n in range(30)]
    assert [True] * 20 + [False] * 10 == started


@pytest.mark.parametrize(
    ("stir", "session"),
    [("TN-Validation-Passed-A", ASKED_THIS), ("", replace(ASKED_THIS, texting=Texting.YES))],
    ids=["vouched for", "said yes before"],
)
def test_a_number_that_is_the_callers_is_not_counted(service: Service, stir: str, session: Session) -> None:
    assert all(starts(leaves(service, f"who {n}", *TEXTED, stir=stir, session=session)) for n in range(25))


def test_a_number_that_failed_the_check_is_not_texted(service: Service) -> None:
    assert not starts(leaves(service, "who", *TEXTED, stir="TN-Validation-Failed-C"))


def test_the_end_of_a_call_starts_no_text_either(service: Service) -> None:
    end = replace(KEY, kind=Kind.LEFT, text="")
    follow_up = FollowUp("call_dropped", NOW - NOW, one_text=True)
    assert not starts(leaves(service, "who", follow_up, stir="TN-Validation-Failed-B", event=end))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("", Attestation.UNKNOWN),
        ("No-TN-Validation", Attestation.UNKNOWN),
        ("TN-Validation-Passed-A", Attestation.OWN),
        ("TN-Validation-Passed-A-Diverted", Attestation.OWN),
        ("TN-Validation-Passed-B", Attestation.UNKNOWN),
        ("TN-Validation-Failed-A", Attestation.FAILED),
    ],
)
def test_what_the_carriers_say_of_a_number(told: str, expected: Attestation) -> None:
    assert expected is attestation(told)


def test_look_ups_and_calls_to_the_staff_cost() -> None:
    assert LOOK_UP_SEGMENTS + LEG_SEGMENTS == spent(Turn(Session(), (Transfer(),), (LookUp(),))).segments


def test_a_caller_whose_number_failed_the_check_hears_that_we_cannot_text_it(
    caller: Caller, redis: Redis
) -> None:
    """They ask for it with key 7, say that the phone takes texts, and say yes."""
    heard = spoken(caller.dial(StirVerstat="TN-Validation-Failed-C"))
    for n, digits in enumerate(("1", "1", "7", "1", "1"), 1):
        heard = spoken(caller.turn(n, Digits=digits, StirVerstat="TN-Validation-Failed-C"))
    assert not list(redis.scan_iter("*:due")), heard
    assert not figures(redis, datetime.now(UTC).date()).get("look_up")
