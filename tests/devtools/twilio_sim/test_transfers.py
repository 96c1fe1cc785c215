"""Transfers step by step."""

import pytest

from devtools.twilio_sim import Carrier, heard
from devtools.twilio_sim.calls import Leg
from devtools.twilio_sim.transfers import Moved, Stage, Transfer
from tests.devtools.twilio_sim.application import OFFICE, PARENT, Application

OTHER = "+16175550178"
WHISPER = '<Gather numDigits="1" action="/take" timeout="5"><Say>A parent is calling. Press 1.</Say></Gather><Hangup/>'
AFTER = "<Say>They could not come to the phone.</Say>"


@pytest.fixture
def caller(application: Application, carrier: Carrier) -> Leg:
    """Return a call that rings the office."""
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
    return [each.text for each in told if isinstance(each, heard.Said)]


def stage(transfer: Transfer) -> Stage:
    """Return how far it is; a function, because mypy would narrow a property."""
    return transfer.stage


def test_a_phone_that_does_not_ring_cannot_be_answered(caller: Leg) -> None:
    with pytest.raises(ValueError, match="is not ringing"):
        Transfer(caller, PARENT)
    caller.wait()
    with pytest.raises(ValueError, match="is not ringing"):
        Transfer(caller, OFFICE)


def test_hanging_up_on_the_whisper_is_not_an_answer(caller: Leg, application: Application) -> None:
    transfer = Transfer(caller, OFFICE)
    transfer.open()
    assert words(transfer.hang_up().caller) == ["They could not come to the phone."]
    assert transfer.hang_up() == transfer.press("1") == transfer.caller_left() == Moved()
    assert len(application.params("/after")) == 1


@pytest.mark.parametrize("taken", [True, False], ids=["while they talk", "during the whisper"])
def test_a_caller_who_hangs_up_ends_both(caller: Leg, application: Application, taken: bool) -> None:
    transfer = Transfer(caller, OFFICE)
    transfer.open()
    if taken:
        transfer.press("1")
    caller.hang_up()
    assert transfer.caller_left() == Moved((heard.HungUp("end"),))
    assert Stage.OVER == stage(transfer)
    assert application.params("/after") == []
    assert len(application.params("/voice/ended")) == 1
