"""The page's log of webhooks and TwiML."""

from typing import Any

from devtools.phone import webhook_log
from devtools.phone.sandbox import Sandbox
from devtools.twilio_sim.faults import Fault, FaultKind
from devtools.twilio_sim.lines import LineKind
from tests.devtools.twilio_sim.application import Application

PARENT = "+12022340123"


def turns(sandbox: Sandbox, *calls: str) -> list[dict[str, Any]]:
    """Return what the page shows, newest turn first."""
    followed = webhook_log.Followed(sandbox.carrier.webhooks, PARENT)
    followed.take_up(calls)
    return webhook_log.as_json(followed.exchanges)


def test_a_turn_shows_its_parameters_and_response(application: Application, sandbox: Sandbox) -> None:
    application.says("/sms", "<Message>Hello &amp; welcome</Message>")
    sandbox.phones.text(PARENT, "hi")
    sandbox.phones.text(PARENT, "again")
    newest, first = turns(sandbox)
    assert ("again", "hi") == (newest["params"]["Body"], first["params"]["Body"])
    assert ("/sms", 200, False) == (first["path"], first["status"], first["again"])
    assert "<Response>\n  <Message>Hello &amp; welcome</Message>\n</Response>" == first["answer"]


def test_a_hidden_number_is_found_by_its_call(application: Application, sandbox: Sandbox) -> None:
    application.says("/voice", "<Say>Hello</Say>")
    sandbox.carrier.set_kind(PARENT, LineKind.ANONYMOUS)
    line = sandbox.phones.call(PARENT)
    assert [] == turns(sandbox)
    assert ["/voice/ended", "/voice"] == [turn["path"] for turn in turns(sandbox, line.sid)]


def test_a_repeated_webhook_is_marked(application: Application, sandbox: Sandbox) -> None:
    application.says("/sms", "")
    sandbox.carrier.faults.add(Fault(FaultKind.DUPLICATE))
    sandbox.phones.text(PARENT, "hi")
    assert [True, False] == [turn["again"] for turn in turns(sandbox)]


def test_each_webhook_is_listed_once(application: Application, sandbox: Sandbox) -> None:
    application.says("/sms", "")
    followed = webhook_log.Followed(sandbox.carrier.webhooks, PARENT)
    assert not followed.take_up(())
    sandbox.phones.text(PARENT, "one")
    sandbox.phones.text("+12022340999", "not mine")
    assert followed.take_up(())
    assert not followed.take_up(())
    sandbox.carrier.webhooks.exchanges.clear()
    sandbox.phones.text(PARENT, "two")
    assert followed.take_up(())
    assert ["one", "two"] == [exchange.params["Body"] for exchange in followed.exchanges]
