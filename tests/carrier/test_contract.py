"""Every request that we make to Twilio conforms to Twilio's OpenAPI descriptions.

A new public method of a class in hotline/carrier needs a row in CALLS, or a name in ASKS_NOTHING.
"""

import importlib
import inspect
import pkgutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum

import pytest

import hotline.carrier
from devtools.twilio_sim import Carrier, Serving
from devtools.twilio_sim.messages import written
from devtools.twilio_sim.recordings import Recording
from hotline.carrier.account import Account
from hotline.carrier.calls import Calls
from hotline.carrier.erasing import Eraser
from hotline.carrier.inbox import LEFT, Inbox
from hotline.carrier.lookups import Lookups
from hotline.carrier.messages import Messages
from hotline.carrier.recordings import Recordings
from hotline.carrier.registration import Registered, Registration, Standing
from hotline.channels.addresses import SERVICE_FIELDS, wanted
from hotline.config.settings import Settings
from tests.devtools.twilio_sim import openapi
from tests.devtools.twilio_sim.openapi import Contract
from tests.devtools.twilio_sim.recorder import Asked, recorded

PARENT, BODY = "+12025550123", "¿Ya mandó su carta? Reply 1 & we go on."
CALLBACK = "https://hotline.example/status?followup=abc#rc=5&rp=all"
URL = "https://hotline.example/voice/callback?request=abc&call=def#rc=2&rp=ct,5xx"
SERVICE, RECORDING = "MG" + "c" * 32, "RE" + "1" * 32
NUMBER = "PN" + "0" * 32
"""The sid of the account's first number at the simulator."""
WANTED = wanted("https://hotline.example")
NOW = datetime.now(UTC)

Call = Callable[[Settings, Carrier], object]


def left(carrier: Carrier) -> str:
    account = carrier.account.account_sid
    carrier.recordings.add(Recording(RECORDING, account, "CA" + "1" * 32, PARENT, "Call me", 2, NOW))
    return RECORDING


def erased(settings: Settings, carrier: Carrier) -> None:
    """Erase a text, a call with its voicemail, and another voicemail that is passed by id."""
    account, number = carrier.account.account_sid, carrier.account.number
    carrier.ledger.add(written("SM" + "1" * 32, account, from_=PARENT, to=number, body=BODY))
    call = carrier.call(PARENT)
    call.finish("caller")
    carrier.recordings.add(Recording("RE" + "2" * 32, account, call.facts.sid, PARENT, "Call me", 2, NOW))
    assert Eraser(settings).erase(PARENT, "SM" + "1" * 32, datetime.now(UTC), [left(carrier)]).all_gone


def left_between(settings: Settings, carrier: Carrier) -> None:
    """List a voicemail, which also requests its call."""
    call = carrier.call(PARENT)
    call.finish("caller")
    account = carrier.account.account_sid
    carrier.recordings.add(Recording(RECORDING, account, call.facts.sid, PARENT, "Call me", 2, NOW))
    found = Recordings(settings).left_between(NOW - timedelta(minutes=1), NOW, time.monotonic() + 10)
    assert [RECORDING] == list(found)


def messages_left(settings: Settings, carrier: Carrier) -> None:
    """List a voicemail that was left in a call."""
    call = carrier.call(PARENT)
    call.finish("caller")
    account = carrier.account.account_sid
    carrier.recordings.add(Recording(RECORDING, account, call.facts.sid, PARENT, "Call me", 2, NOW))
    (page,) = Inbox(settings).pages(LEFT, NOW - timedelta(minutes=1), NOW)
    assert page.left


def added(settings: Settings, carrier: Carrier) -> None:
    carrier.account = replace(carrier.account, service_senders=())
    Account(settings).add_sender(SERVICE, NUMBER)


def registered(settings: Settings, carrier: Carrier) -> None:
    carrier.account = replace(carrier.account, campaign_status="FAILED", rejection_code=30897)
    assert Registered(Standing.REJECTED, 30897) == Registration(settings).campaign(SERVICE)


def verified(settings: Settings, carrier: Carrier) -> None:
    carrier.account = replace(carrier.account, toll_free_status="TWILIO_REJECTED", rejection_code=30475)
    assert Registered(Standing.REJECTED, 30475) == Registration(settings).toll_free(NUMBER)


CALLS: dict[str, Call] = {
    "Messages.send": lambda settings, _: Messages(settings).send(PARENT, BODY, CALLBACK),
    "Messages.send, through a service": lambda settings, _: Messages(
        replace(settings, twilio_messaging_service_sid=SERVICE)
    ).send(PARENT, BODY, CALLBACK),
    "Messages.find": lambda settings, _: Messages(settings).find(PARENT, BODY.__eq__, NOW),
    "Inbox.pages": lambda settings, _: list(Inbox(settings).pages("texts:0", NOW, NOW)),
    "Inbox.pages, of recordings": lambda settings, carrier: messages_left(settings, carrier),
    "Lookups.line_type": lambda settings, _: Lookups(settings).line_type(PARENT),
    "Eraser.erase": lambda settings, carrier: erased(settings, carrier),
    "Calls.start": lambda settings, _: Calls(settings).start(PARENT, settings.sender, URL, CALLBACK),
    "Account.state": lambda settings, _: Account(settings).state(),
    "Account.number": lambda settings, _: Account(settings).number(settings.sender),
    "Account.service": lambda settings, _: Account(settings).service(SERVICE),
    "Account.set_number": lambda settings, _: Account(settings).set_number(NUMBER, WANTED),
    "Account.set_service": lambda settings, _: Account(settings).set_service(
        SERVICE, [each for each in WANTED if each.field in SERVICE_FIELDS]
    ),
    "Account.add_sender": lambda settings, carrier: added(settings, carrier),
    "Registration.campaign": lambda settings, carrier: registered(settings, carrier),
    "Registration.toll_free": lambda settings, carrier: verified(settings, carrier),
    "Registration.may_text": lambda settings, _: Registration(settings).may_text("PR"),
    "Recordings.fetch": lambda settings, carrier: Recordings(settings).fetch(left(carrier)),
    "Recordings.left_between": lambda settings, carrier: left_between(settings, carrier),
    "Recordings.delete": lambda settings, carrier: Recordings(settings).delete(left(carrier)),
}
"""Keyed by class and method, with the variant after a comma. Each request is made by the real method."""

ASKS_NOTHING: frozenset[str] = frozenset({"Calls.caller_id"})
"""Public methods in hotline/carrier that make no request."""


@pytest.fixture
def contract() -> Contract:
    return openapi.contract()


@pytest.fixture
def asked(serving: Serving) -> Iterator[list[Asked]]:
    """Record the requests that reach the carrier."""
    with recorded(serving) as kept:
        yield kept


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_each_request_conforms_to_twilios_description(
    contract: Contract, call: Call, reached: Settings, serving: Serving, asked: list[Asked]
) -> None:
    """Method, path, query and form match; arrays have their declared style; no parameter is undocumented."""
    call(reached, serving.carrier)
    assert asked
    for each in asked:
        assert contract.request_problems(each) == []
        assert each.status < 300, "and it was the right thing to ask"


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_each_row_sends_requests(call: Call, reached: Settings, serving: Serving, asked: list[Asked]) -> None:
    """Runs even without the descriptions: a row that makes no request would verify nothing."""
    call(reached, serving.carrier)
    assert asked
    assert {each.status < 300 for each in asked} == {True}


def public_methods() -> set[str]:
    """Return every public method of the classes in hotline/carrier, as Class.method."""
    found = set()
    for module in pkgutil.iter_modules(hotline.carrier.__path__, "hotline.carrier."):
        for name, one in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if one.__module__ == module.name and not issubclass(one, Exception | Enum):
                found |= {
                    f"{name}.{each}"
                    for each in vars(one)
                    if not each.startswith("_") and callable(vars(one)[each])
                }
    return found


def test_every_public_method_has_a_row() -> None:
    rows = {name.partition(",")[0] for name in CALLS}
    assert public_methods() == rows | ASKS_NOTHING
