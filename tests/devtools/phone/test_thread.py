"""A phone's texts with their segments, cost and delivery."""

from typing import Any

import pytest

from devtools.phone import webhook_log
from devtools.phone.sandbox import Sandbox
from devtools.phone.thread import CENTS_A_SEGMENT, statuses_by_sid, thread
from devtools.twilio_sim.carrier import Draft
from devtools.twilio_sim.faults import Fault, FaultKind
from tests.devtools.twilio_sim.application import Application

PARENT = "+12022340123"


def shown(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Return the phone's texts, once all is settled."""
    assert sandbox.carrier.deliveries.settle()
    followed = webhook_log.Followed(sandbox.carrier.webhooks, PARENT)
    followed.take_up(())
    return thread(sandbox.carrier, sandbox.clock, PARENT, statuses_by_sid(followed.exchanges))


def sends(sandbox: Sandbox, application: Application, body: str = "A reminder.") -> None:
    """Have the service send a text with a status callback."""
    application.says("/status", "")
    account = sandbox.carrier.account
    sandbox.carrier.send(
        Draft(PARENT, from_=account.number, body=body, status_callback=f"{application.url}/status")
    )
    assert sandbox.carrier.deliveries.settle()


def test_both_sides_are_shown_in_order(application: Application, sandbox: Sandbox) -> None:
    application.says("/sms", "<Message>One</Message><Message>Two</Message>")
    sandbox.phones.text(PARENT, "hi")
    assert [(True, ["hi"]), (False, ["One"]), (False, ["Two"])] == [
        (text["mine"], list(text["parts"])) for text in shown(sandbox)
    ]


def test_a_long_text_shows_its_segments_and_cost(application: Application, sandbox: Sandbox) -> None:
    application.says("/sms", f"<Message>{'a' * 320}</Message>")
    sandbox.phones.text(PARENT, "hi")
    text = shown(sandbox)[1]
    assert [153, 153, 14] == [len(part) for part in text["parts"]]
    assert text["cents"] == pytest.approx(float(3 * CENTS_A_SEGMENT))


def test_a_refused_callback_shows_no_delivery(application: Application, sandbox: Sandbox) -> None:
    account = sandbox.carrier.account
    sandbox.carrier.send(
        Draft(PARENT, from_=account.number, body="Hi", status_callback=f"{application.url}/refused")
    )
    assert "queued" == shown(sandbox)[0]["status"]


def test_callbacks_out_of_order_do_not_take_a_tick_back(application: Application, sandbox: Sandbox) -> None:
    sandbox.carrier.faults.add(Fault(FaultKind.OUT_OF_ORDER))
    sends(sandbox, application)
    assert ["delivered", "sent"] == [told["MessageStatus"] for told in application.params("/status")]
    assert "delivered" == shown(sandbox)[0]["status"]


def test_an_undelivered_text_is_shown_with_its_reason(application: Application, sandbox: Sandbox) -> None:
    sandbox.carrier.faults.add(Fault(FaultKind.UNDELIVERED, code=30003))
    sends(sandbox, application)
    (text,) = shown(sandbox)
    assert (False, 30003, "Unreachable destination handset") == (text["arrived"], text["code"], text["why"])
