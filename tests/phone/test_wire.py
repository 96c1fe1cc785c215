"""Engineers see each webhook of a phone, and the TwiML that answered it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotline.phone import wire
from hotline.phone.trial import Trial
from hotline.simulator.faults import Fault, Kind
from hotline.simulator.lines import Kind as Line

if TYPE_CHECKING:
    from tests.simulator.conftest import Application

PARENT = "+12022340123"


def test_a_turn_is_shown_with_its_parameters_and_its_answer(application: Application, trial: Trial) -> None:
    """One element a line, the newest turn first."""
    application.says("/sms", "<Message>Hello &amp; welcome</Message>")
    trial.phones.text(PARENT, "hi")
    trial.phones.text(PARENT, "again")
    newest, first = wire.as_json(wire.of_phone(trial.carrier.webhooks, PARENT, ()))
    assert ("again", "hi") == (newest["params"]["Body"], first["params"]["Body"])
    assert ("/sms", 200, False) == (first["path"], first["status"], first["again"])
    assert "<Response>\n  <Message>Hello &amp; welcome</Message>\n</Response>" == first["answer"]


def test_other_phones_are_left_out(application: Application, trial: Trial) -> None:
    """However many there are."""
    application.says("/sms", "")
    trial.phones.text("+12022340999", "hi")
    assert [] == wire.of_phone(trial.carrier.webhooks, PARENT, ())


def test_a_hidden_number_is_known_by_its_call(application: Application, trial: Trial) -> None:
    """Its webhooks name nobody."""
    application.says("/voice", "<Say>Hello</Say>")
    trial.carrier.set_kind(PARENT, Line.ANONYMOUS)
    line = trial.phones.call(PARENT)
    assert [] == wire.of_phone(trial.carrier.webhooks, PARENT, ())
    found = wire.of_phone(trial.carrier.webhooks, PARENT, {line.sid})
    assert ["/voice/ended", "/voice"] == [turn["path"] for turn in wire.as_json(found)]


def test_a_webhook_that_came_twice_is_marked(application: Application, trial: Trial) -> None:
    """The same id, delivered again."""
    application.says("/sms", "")
    trial.carrier.faults.add(Fault(Kind.DUPLICATE))
    trial.phones.text(PARENT, "hi")
    found = wire.of_phone(trial.carrier.webhooks, PARENT, ())
    assert [True, False] == [turn["again"] for turn in wire.as_json(found)]


def test_an_answer_that_is_no_twiml_is_shown_as_it_came(application: Application, trial: Trial) -> None:
    """That is what an engineer needs to see then."""
    application.says("/sms", "<Message>not closed")
    trial.phones.text(PARENT, "hi")
    (first, *_) = wire.as_json(wire.of_phone(trial.carrier.webhooks, PARENT, ()))[::-1]
    assert "<Message>not closed" in first["answer"]
