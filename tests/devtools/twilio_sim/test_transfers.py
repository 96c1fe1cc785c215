"""A transfer goes move by move: the phone rings, somebody answers, hears the whisper, takes the call or does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devtools.twilio_sim import Carrier, heard
from devtools.twilio_sim.calls import Leg
from devtools.twilio_sim.transfers import Moved, Stage, Transfer

if TYPE_CHECKING:
    from tests.devtools.twilio_sim.conftest import Application

PARENT, OFFICE, OTHER = "+12025550123", "+16175550177", "+16175550178"
WHISPER = '<Gather numDigits="1" action="/take" timeout="5"><Say>A parent is calling. Press 1.</Say></Gather><Hangup/>'
AFTER = "<Say>They could not come to the phone.</Say>"


@pytest.fixture
def caller(application: Application, carrier: Carrier) -> Leg:
    """A call that rings the office."""
    application.says(
        "/voice",
        f'<Dial action="/after"><Number url="/whisper">{OFFICE}</Number><Number>{OTHER}</Number></Dial>',
    )
    application.says("/whisper", WHISPER)
    application.says("/take", "")
    application.says("/after", AFTER)
    leg = carrier.call(PARENT)
    leg.open()
    return leg


def words(told: tuple[heard.Heard, ...]) -> list[str]:
    """What was said."""
    return [each.text for each in told if isinstance(each, heard.Said)]


def stage(transfer: Transfer) -> Stage:
    """How far it is. A function, because a move changes what mypy has just seen."""
    return transfer.stage


def test_the_phones_that_ring_are_known(caller: Leg) -> None:
    """All of them, until the call goes on."""
    assert [OFFICE, OTHER] == list(caller.rings)
    caller.dialed("busy")
    assert [] == list(caller.rings)


def test_a_phone_that_does_not_ring_cannot_be_answered(caller: Leg) -> None:
    """Neither one that nobody dialed nor one that has stopped."""
    with pytest.raises(ValueError, match="is not ringing"):
        Transfer(caller, PARENT)
    caller.wait()
    with pytest.raises(ValueError, match="is not ringing"):
        Transfer(caller, OFFICE)


def test_who_takes_the_call_is_joined_to_the_caller(caller: Leg, application: Application) -> None:
    """The whisper is heard first, by the one who answered alone; the talk ends when they hang up."""
    transfer = Transfer(caller, OFFICE)
    assert words(transfer.open().callee) == ["A parent is calling. Press 1."]
    assert Stage.WHISPER == stage(transfer)
    assert transfer.press("1") == Moved()
    assert Stage.JOINED == stage(transfer)
    assert transfer.press("1") == transfer.speak("hello") == transfer.wait() == Moved(), (
        "the line hears no talk"
    )
    told = transfer.hang_up()
    assert told.callee == (heard.HungUp("caller"),)
    assert words(told.caller) == ["They could not come to the phone."]
    (dialed,) = application.params("/after")
    assert (dialed["DialCallStatus"], dialed["DialBridged"], dialed["DialCallSid"]) == (
        "completed",
        "true",
        transfer.sid,
    )
    assert int(dialed["DialCallDuration"]) >= 1


def test_who_does_not_take_the_call_leaves_the_caller_unanswered(
    caller: Leg, application: Application
) -> None:
    """The whisper waits in vain and hangs up."""
    transfer = Transfer(caller, OFFICE)
    transfer.open()
    told = transfer.wait()
    assert told.callee == (heard.HungUp("hangup"),)
    assert words(told.caller) == ["They could not come to the phone."]
    (dialed,) = application.params("/after")
    assert (dialed["DialCallStatus"], dialed["DialBridged"]) == ("no-answer", "false")
    assert "DialCallDuration" not in dialed


def test_who_hangs_up_on_the_whisper_has_not_answered(caller: Leg, application: Application) -> None:
    """And what they do after that means nothing."""
    transfer = Transfer(caller, OFFICE)
    transfer.open()
    assert words(transfer.hang_up().caller) == ["They could not come to the phone."]
    assert transfer.hang_up() == transfer.press("1") == transfer.caller_left() == Moved()
    assert len(application.params("/after")) == 1


def test_a_phone_without_a_whisper_is_joined_at_once(caller: Leg) -> None:
    """Nothing is said to it."""
    transfer = Transfer(caller, OTHER)
    assert transfer.open() == Moved()
    assert Stage.JOINED == stage(transfer)


@pytest.mark.parametrize("taken", [True, False], ids=["while they talk", "during the whisper"])
def test_a_caller_who_hangs_up_ends_both(caller: Leg, application: Application, taken: bool) -> None:
    """The other side hears that it is over; nothing is asked of the application but what it is told."""
    transfer = Transfer(caller, OFFICE)
    transfer.open()
    if taken:
        transfer.press("1")
    caller.hang_up()
    assert transfer.caller_left() == Moved((heard.HungUp("end"),))
    assert Stage.OVER == stage(transfer)
    assert application.params("/after") == []
    assert len(application.params("/voice/ended")) == 1
