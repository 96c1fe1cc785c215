"""Requests of Twilio's client and the simulator's responses match Twilio's OpenAPI descriptions."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.rest import Client

from devtools.twilio_sim import Carrier, Phone, Serving
from devtools.twilio_sim.server import application as application_of
from tests.devtools.twilio_sim import openapi
from tests.devtools.twilio_sim.application import NUMBER, PARENT, SERVICE, SID, TOKEN, Application
from tests.devtools.twilio_sim.openapi import Contract
from tests.devtools.twilio_sim.recorder import Asked, recorded

OWN = "PN" + "0" * 32
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def contract() -> Contract:
    return openapi.contract()


@pytest.fixture
def asked(contract: Contract, serving: Serving) -> Iterator[list[Asked]]:
    assert contract.paths
    with recorded(serving) as kept:
        yield kept


@pytest.fixture
def sids(application: Application, phone: Phone, client: Client, serving: Serving) -> dict[str, str]:
    """Return the sids of a text, a call and a recording."""
    application.says("/voice", '<Record action="/left"/>')
    application.says("/left", "")
    application.says("/voice/ended", "")
    call = phone.call()
    call.record("Call me")
    text = client.messages.create(to=PARENT, from_=NUMBER, body="Hi").sid
    assert serving.carrier.deliveries.settle()
    return {"text": str(text), "call": call.sid, "recording": serving.carrier.recordings.all()[0].sid}


Ask = Callable[[Client, dict[str, str]], object]
ASKS: dict[str, Ask] = {
    "a text": lambda client, _: client.messages.create(
        to=PARENT, from_=NUMBER, body="¿Sí? & no", status_callback="https://hotline.example/status?followup=a"
    ),
    "texts": lambda client, _: client.messages.list(to=PARENT, from_=NUMBER, page_size=20, limit=50),
    "texts of a day": lambda client, _: client.messages.list(date_sent=NOW),
    "texts since then": lambda client, _: client.messages.list(date_sent_after=NOW),
    "texts before then": lambda client, _: client.messages.list(date_sent_before=NOW + timedelta(days=9999)),
    "one text": lambda client, sids: client.messages(sids["text"]).fetch(),
    "redact a text": lambda client, sids: client.messages(sids["text"]).update(body=""),
    "delete a text": lambda client, sids: client.messages(sids["text"]).delete(),
    "a call": lambda client, _: client.calls.create(
        to=PARENT,
        from_=NUMBER,
        url="https://hotline.example/voice",
        status_callback="https://hotline.example/progress",
        status_callback_event=["ringing", "answered", "completed"],
        method="POST",
        timeout=20,
    ),
    "calls": lambda client, _: client.calls.list(to=NUMBER, status="completed"),
    "calls since then": lambda client, _: client.calls.list(start_time_after=NOW - timedelta(days=9999)),
    "calls of a call": lambda client, sids: client.calls.list(parent_call_sid=sids["call"]),
    "one call": lambda client, sids: client.calls(sids["call"]).fetch(),
    "delete a call": lambda client, sids: client.calls(sids["call"]).delete(),
    "recordings": lambda client, _: client.recordings.list(),
    "recordings of a call": lambda client, sids: client.recordings.list(call_sid=sids["call"]),
    "recordings since then": lambda client, _: client.recordings.list(
        date_created_after=NOW - timedelta(days=9999)
    ),
    "delete a recording": lambda client, sids: client.recordings(sids["recording"]).delete(),
    "a sort of line": lambda client, _: client.lookups.v2.phone_numbers(PARENT).fetch(
        fields="line_type_intelligence"
    ),
    "a number alone": lambda client, _: client.lookups.v2.phone_numbers(PARENT).fetch(),
    "the account": lambda client, _: client.api.v2010.accounts(SID).fetch(),
    "its numbers": lambda client, _: client.incoming_phone_numbers.list(phone_number=NUMBER),
    "set a number": lambda client, _: client.incoming_phone_numbers(OWN).update(
        sms_url="https://hotline.example/sms#rc=3", sms_method="POST"
    ),
    "a service": lambda client, _: client.messaging.v1.services(SERVICE).fetch(),
    "set a service": lambda client, _: client.messaging.v1.services(SERVICE).update(
        inbound_request_url="https://hotline.example/sms#rc=3", inbound_method="POST"
    ),
    "its senders": lambda client, _: client.messaging.v1.services(SERVICE).phone_numbers.list(),
    "its campaign": lambda client, _: client.messaging.v1.services(SERVICE).us_app_to_person.list(),
    "a toll-free verification": lambda client, _: client.messaging.v1.tollfree_verifications.list(
        tollfree_phone_number_sid=OWN
    ),
    "a country that may be texted": lambda client, _: client.accounts.v1.messaging_geopermissions.fetch("PR"),
}


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_requests_and_responses_conform(
    contract: Contract, ask: Ask, client: Client, sids: dict[str, str], asked: list[Asked]
) -> None:
    ask(client, sids)
    assert len(asked) == 1
    assert contract.request_problems(asked[0]) == []
    assert asked[0].status < 300
    assert contract.answer_problems(asked[0]) == []


def test_every_route_of_the_simulator_is_described(contract: Contract, carrier: Carrier) -> None:
    rules = [
        rule for rule in application_of(carrier).url_map.iter_rules() if rule.endpoint.startswith("rest.")
    ]
    values = {"account_sid": SID, "sid": "RE" + "1" * 32, "number": PARENT}
    routes = [
        (method, re.sub(r"<(?:[^:>]*:)?(\w+)>", lambda found: values[found[1]], rule.rule))
        for rule in rules
        for method in (rule.methods or set()) & {"GET", "POST", "DELETE"}
    ]
    assert len(routes) > 12
    for method, path in routes:
        assert contract.operation(method, path)


def test_a_recordings_sound_is_at_its_documented_url(
    contract: Contract, sids: dict[str, str], serving: Serving, asked: list[Asked]
) -> None:
    address = f"{serving.url}/2010-04-01/Accounts/{SID}/Recordings/{sids['recording']}.mp3"
    assert requests.get(address, auth=(SID, TOKEN), timeout=5).ok
    assert contract.request_problems(asked[0]) == []


TEXT = Asked(
    "POST",
    f"/2010-04-01/Accounts/{SID}/Messages.json",
    "application/x-www-form-urlencoded",
    b"To=%2B12025550123&From=%2B16175550100&Body=Hi",
    201,
    b"{}",
)
RECORDINGS = f"/2010-04-01/Accounts/{SID}/Recordings.json"
WRONG = {
    "misspelled": (replace(TEXT, body=TEXT.body + b"&StatusCallBack=/s"), "StatusCallBack is not described"),
    "in the query": (replace(TEXT, target=TEXT.target + "?Body=Hi"), "query: Body is not described"),
    "missing": (replace(TEXT, body=b"Body=Hi"), "form: To is missing"),
    "twice": (replace(TEXT, body=TEXT.body + b"&Body=Ho"), "Body is given 2 times"),
    "no number": (replace(TEXT, body=b"To=home&Body=Hi"), "described is a phone-number"),
    "no address": (replace(TEXT, body=TEXT.body + b"&StatusCallback=status"), "described is a uri"),
    "no whole number": (replace(TEXT, body=TEXT.body + b"&ValidityPeriod=long"), "described is integer"),
    "no such word": (replace(TEXT, body=TEXT.body + b"&ScheduleType=soon"), "described are ['fixed']"),
    "no such service": (replace(TEXT, body=TEXT.body + b"&MessagingServiceSid=MG" + b"z" * 32), "described is ^MG"),
    "an array by another style": (
        replace(TEXT, body=TEXT.body + b"&MediaUrl[]=http%3A%2F%2Fa%2Fb"), "MediaUrl[] is not described",
    ),
    "a picture that is none": (replace(TEXT, body=TEXT.body + b"&MediaUrl=a"), "MediaUrl[0] is 'a'"),
    "JSON": (replace(TEXT, content_type="application/json", body=b"{}"), "a body of 'application/json'"),
    "another account": (replace(TEXT, target=TEXT.target.replace("AC", "AD")), "described is ^AC"),
    "another path": (replace(TEXT, target="/2010-04-01/Messages.json"), "describes no POST"),
    "another method": (replace(TEXT, method="DELETE", body=b""), "describes no DELETE"),
    "no day": (Asked("GET", f"{RECORDINGS}?DateCreated=monday", "", b"", 200, b""), "described is a date-time"),
    "a bare flag": (
        Asked("GET", f"{RECORDINGS}?IncludeSoftDeleted=1", "", b"", 200, b""), "described is boolean",
    ),
    "too many on a page": (Asked("GET", f"{RECORDINGS}?PageSize=1001", "", b"", 200, b""), "1 to 1000"),
    "a body where none is": (
        Asked("GET", RECORDINGS, "application/x-www-form-urlencoded", b"CallSid=CA1", 200, b""), "a body of",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("wrong", "told"), WRONG.values(), ids=WRONG)
def test_a_request_that_is_not_as_described_is_found(wrong: Asked, told: str, contract: Contract) -> None:
    assert contract.request_problems(TEXT) == []
    (problem,) = contract.request_problems(wrong)
    assert told in problem


UNLIKE = {
    "another status": ({"status": 200}, "status 200; described are 201"),
    "a field of our own": ({"answer": b'{"words": 1}'}, "answer.words is not described"),
    "another type": ({"answer": b'{"num_segments": 1}'}, "described is string"),
    "another word": ({"answer": b'{"status": "done"}'}, "described are ['queued'"),
    "another sid": ({"answer": b'{"sid": "SM1"}'}, "34 to 34 characters"),
    "another date": ({"answer": b'{"date_sent": "2026-11-23"}'}, "described is a date-time-rfc-2822"),
}


@pytest.mark.parametrize(("fields", "told"), UNLIKE.values(), ids=UNLIKE)
def test_an_undescribed_answer_is_found(fields: dict[str, Any], told: str, contract: Contract) -> None:
    assert contract.answer_problems(TEXT) == []
    problems = contract.answer_problems(replace(TEXT, **fields))
    assert told in " ".join(problems)
