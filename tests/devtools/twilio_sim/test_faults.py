"""Faults of the carrier that can be chosen by name."""

import time
from collections.abc import Callable

import pytest
import requests
from flask import Response, request
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from devtools.twilio_sim import Carrier, Fault, Phone, Serving
from devtools.twilio_sim.faults import CHOICES, FaultKind
from devtools.twilio_sim.phone import Control, Mistake
from tests.devtools.twilio_sim.application import NUMBER, PARENT, Application

OTHER = "+12125550177"


@pytest.fixture
def control(serving: Serving, application: Application) -> Control:
    """Yield the carrier's control, and an application that echoes texts."""
    application.answers["/sms"] = lambda: Response(
        f"<Response><Message>to {request.form['Body']}</Message></Response>", mimetype="text/xml"
    )
    application.says("/status", "")
    return Control(serving.url)


def send(client: Client, application: Application, to: str = PARENT) -> str | None:
    """Send a text; return its sid."""
    sid: str | None = client.messages.create(
        to=to, from_=NUMBER, body="Hello", status_callback=f"{application.url}/status"
    ).sid
    return sid


def statuses(application: Application) -> list[tuple[str, str]]:
    return [(row["MessageStatus"], row.get("ErrorCode", "")) for row in application.params("/status")]


REFUSED = {"21610": (400, 21610), "429": (429, 20429), "500": (500, 500)}


@pytest.mark.parametrize(("choice", "expected"), REFUSED.items(), ids=REFUSED)
def test_a_chosen_refusal_refuses_one_text(
    application: Application, control: Control, client: Client, choice: str, expected: tuple[int, int]
) -> None:
    control.post("faults", choice=choice)
    with pytest.raises(TwilioRestException) as refused:
        send(client, application)
    assert expected == (refused.value.status, refused.value.code)
    assert send(client, application)


LATER = {
    "30003": [("sent", ""), ("undelivered", "30003")],
    "30005": [("sent", ""), ("undelivered", "30005")],
    "30007": [("sent", ""), ("undelivered", "30007")],
    "30034": [("sent", ""), ("undelivered", "30034")],
    "out of order": [("delivered", ""), ("sent", "")],
}


@pytest.mark.parametrize(("choice", "expected"), LATER.items(), ids=LATER)
def test_a_chosen_failure_is_in_the_statuses(
    application: Application,
    control: Control,
    client: Client,
    carrier: Carrier,
    choice: str,
    expected: list[tuple[str, str]],
) -> None:
    control.post("faults", choice=choice)
    assert send(client, application)
    assert carrier.deliveries.settle()
    assert expected == statuses(application)


def test_a_chosen_timeout_withholds_the_response(
    application: Application, control: Control, serving: Serving, connect: Callable[..., Client], phone: Phone
) -> None:
    control.post("faults", choice="time-out")
    with pytest.raises(requests.exceptions.ReadTimeout):
        send(connect(serving.url, timeout=0.2), application)
    assert ["Hello"] == [bubble.body for bubble in phone.bubbles()]


def test_a_duplicate_delivers_a_text_twice(application: Application, control: Control, phone: Phone) -> None:
    control.post("faults", choice="duplicate")
    answers = iter(["<Message>first</Message>", "<Message>second</Message>"])
    application.answers["/sms"] = lambda: Response(
        f"<Response>{next(answers)}</Response>", mimetype="text/xml"
    )
    assert ["second"] == [bubble.body for bubble in phone.text("hi")]
    first, second = application.params("/sms")
    assert first == second
    assert len({headers["I-Twilio-Idempotency-Token"] for headers in application.headers}) == 1


def test_a_chosen_delay_delivers_a_text_late(
    application: Application, control: Control, phone: Phone, carrier: Carrier
) -> None:
    control.post("faults", choice="late", seconds=0.4)
    began = time.monotonic()
    assert phone.text("first") == []
    assert ["to second"] == [bubble.body for bubble in phone.text("second")]
    assert carrier.deliveries.settle()
    assert time.monotonic() - began >= 0.4
    assert ["second", "first"] == [row["Body"] for row in application.params("/sms")]
    assert ["to second", "to first"] == [bubble.body for bubble in phone.bubbles()]


def test_resets_drop_late_texts(
    application: Application, control: Control, phone: Phone, carrier: Carrier
) -> None:
    control.post("faults", choice="late", seconds=0.3)
    phone.text("first")
    carrier.ledger.clear()
    assert carrier.deliveries.settle()
    assert application.params("/sms") == []


def test_closing_drops_a_delayed_text(application: Application, change: Callable[..., Serving]) -> None:
    application.says("/sms", "")
    serving = change()
    serving.carrier.faults.add(Fault(FaultKind.LATE, seconds=30))
    Phone(serving.url, PARENT).text("first")
    serving.carrier.close()
    assert serving.carrier.deliveries.settle(2)
    assert application.params("/sms") == []


def test_a_phones_fault_spares_the_others(application: Application, control: Control, client: Client) -> None:
    control.post("faults", choice="500", to=PARENT)
    assert send(client, application, OTHER)
    with pytest.raises(TwilioRestException):
        send(client, application)


def test_every_choice_is_tested_here() -> None:
    tried = {*REFUSED, *LATER, "time-out", "duplicate", "late"}
    assert tried == set(CHOICES)


UNKNOWN = {
    "choice": ({"choice": "rain"}, "no choice is named 'rain'; there are 21610"),
    "kind": ({"kind": "rain"}, "'rain' is not a valid FaultKind"),
    "field": ({"choice": "late", "colour": "red"}, "not colour"),
}


@pytest.mark.parametrize(("given", "told"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_choice_is_refused(control: Control, given: dict[str, str], told: str) -> None:
    with pytest.raises(Mistake, match=told):
        control.post("faults", **given)


def test_faults_are_used_up_oldest_first(carrier: Carrier) -> None:
    for code in (1, 2):
        carrier.faults.add(Fault(FaultKind.REFUSE, code=code, times=2))
    taken = []
    while fault := carrier.faults.take(PARENT, FaultKind.REFUSE):
        taken.append(fault.code)
    assert [1, 1, 2, 2] == taken
