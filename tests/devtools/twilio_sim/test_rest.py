"""Twilio's Python client works with the simulator."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from devtools.twilio_sim import Carrier, Phone, Serving
from devtools.twilio_sim.lines import LineKind
from devtools.twilio_sim.messages import written
from tests.devtools.twilio_sim.application import NUMBER, PARENT, SID, Application

OTHER = "+12125550177"


def send(client: Client, body: str = "Hello", to: str = PARENT, **more: object) -> MessageInstance:
    return client.messages.create(to=to, from_=NUMBER, body=body, **more)


def test_a_text_is_created_and_delivered(client: Client, phone: Phone, carrier: Carrier) -> None:
    sent = send(client, "¿Mañana?")
    assert (
        sent.status, sent.direction, sent.body, sent.num_segments, sent.from_, sent.to, sent.account_sid,
    ) == ("queued", "outbound-api", "¿Mañana?", "1", NUMBER, PARENT, SID)  # fmt: skip
    assert sent.sid.startswith("SM")
    assert len(sent.sid) == 34
    assert [(sent.sid, "¿Mañana?", 1, "rest")] == [
        (b.sid, b.body, b.segments, b.source) for b in phone.bubbles()
    ]
    assert carrier.deliveries.settle()
    fetched = client.messages(sent.sid).fetch()
    assert (fetched.status, fetched.error_code) == ("delivered", None)
    assert abs(datetime.now(UTC) - fetched.date_sent) < timedelta(seconds=10)


REFUSED = {
    "no To": ({"to": ""}, 21604),
    "no From": ({"from_": ""}, 21603),
    "no Body": ({"body": ""}, 21602),
    "To is no number": ({"to": "5550123"}, 21211),
    "To in no area code": ({"to": "+15555550111"}, 21211),
    "To hidden": ({"to": "anonymous"}, 21211),
    "a From that is not ours": ({"from_": OTHER}, 21606),
    "to itself": ({"to": NUMBER}, 21266),
    "over 1600 characters": ({"body": "a" * 1601}, 21617),
    "a service that is not ours": ({"from_": None, "messaging_service_sid": "MG" + "d" * 32}, 21704),
}


@pytest.mark.parametrize(("given", "code"), REFUSED.values(), ids=REFUSED)
def test_a_bad_send_is_refused_with_twilios_code(
    client: Client, carrier: Carrier, given: dict[str, Any], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**{"to": PARENT, "from_": NUMBER, "body": "Hi", **given})
    assert (code, 400) == (refused.value.code, refused.value.status)
    assert carrier.ledger.all() == []


def test_1600_characters_are_sent(client: Client) -> None:
    assert send(client, "a" * 1600).num_segments == "11"


LOGINS = {
    "token": (SID, "the token of the tests", True),
    "API key": ("SK" + "b" * 32, "the secret of the tests", True),
    "wrong token": (SID, "wrong", False),
    "key with the token": ("SK" + "b" * 32, "the token of the tests", False),
}


@pytest.mark.parametrize(("username", "password", "known"), LOGINS.values(), ids=LOGINS)
def test_credentials_must_be_right(
    serving: Serving, connect: Callable[..., Client], username: str, password: str, known: bool
) -> None:
    client = connect(serving.url, username, password)
    if known:
        assert send(client).status == "queued"
    else:
        with pytest.raises(TwilioRestException) as refused:
            send(client)
        assert (refused.value.status, refused.value.code) == (401, 20003)


def test_an_error_has_twilios_format(serving: Serving) -> None:
    answer = requests.get(f"{serving.url}/2010-04-01/Accounts/{SID}/Messages/SM1.json", timeout=5)
    expected = {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }
    assert expected == answer.json()


def test_unknown_resources_are_404(client: Client) -> None:
    for ask in (client.messages("SM" + "0" * 32).fetch, client.calls("CA" + "0" * 32).fetch):
        with pytest.raises(TwilioRestException) as refused:
            ask()
        assert (refused.value.status, refused.value.code) == (404, 20404)


def test_a_list_is_filtered_and_paged(client: Client) -> None:
    for at in range(7):
        send(client, f"text {at}")
    send(client, "to another", to=OTHER)
    now = datetime.now(UTC)
    bodies = [each.body for each in client.messages.list(to=PARENT, page_size=3)]
    assert [f"text {at}" for at in reversed(range(7))] == bodies
    assert len(client.messages.list(to=PARENT, page_size=1, limit=2)) == 2
    assert [each.body for each in client.messages.list(to=OTHER, from_=NUMBER)] == ["to another"]
    assert client.messages.list(from_=PARENT) == []
    assert len(client.messages.list(date_sent_after=now - timedelta(minutes=5))) == 8
    assert client.messages.list(date_sent_after=now + timedelta(minutes=5)) == []
    assert client.messages.list(date_sent_before=now - timedelta(minutes=5)) == []
    assert len(client.messages.list(date_sent=now.date())) == 8


def test_redacting_removes_the_carriers_body_only(client: Client, phone: Phone, carrier: Carrier) -> None:
    sid = send(client, "secret").sid
    assert carrier.deliveries.settle()
    assert client.messages(sid).update(body="").body == ""
    assert client.messages(sid).fetch().body == ""
    assert [bubble.body for bubble in phone.bubbles()] == ["secret"]


def test_deleting_removes_the_text(client: Client, carrier: Carrier) -> None:
    sid = send(client, "secret").sid
    assert carrier.deliveries.settle()
    assert client.messages(sid).delete()
    assert client.messages.list() == []
    with pytest.raises(TwilioRestException, match="not found"):
        client.messages(sid).fetch()
    assert [(text.body, text.deleted) for text in carrier.ledger.all()] == [("", True)]


def test_a_text_in_progress_cannot_be_redacted_or_deleted(client: Client, carrier: Carrier) -> None:
    sid = f"SM{1:032x}"
    text = written(sid, SID, from_=NUMBER, to=PARENT, body="Later")
    carrier.ledger.add(replace(text, direction="outbound-api", statuses=("queued",)))
    for change in (lambda: client.messages(sid).update(body=""), client.messages(sid).delete):
        with pytest.raises(TwilioRestException) as refused:
            change()
        assert (refused.value.status, refused.value.code) == (409, 20009)
    assert client.messages(sid).fetch().body == "Later"


def test_statuses_are_reported_in_order(application: Application, client: Client, carrier: Carrier) -> None:
    application.says("/status", "")
    sid = send(client, status_callback=f"{application.url}/status?intent=7").sid
    assert carrier.deliveries.settle()
    sent, delivered = application.params("/status")
    expected = {
        "AccountSid": SID, "ApiVersion": "2010-04-01", "From": NUMBER, "To": PARENT,
        "MessageSid": sid, "MessageStatus": "sent", "SmsSid": sid, "SmsStatus": "sent",
    }  # fmt: skip
    assert expected == sent
    assert delivered["MessageStatus"] == "delivered"
    assert len(delivered["RawDlrDoneDate"]) == 10
    assert application.came[0][0] == "/status?intent=7"
    assert carrier.ledger.get(sid).statuses == ("queued", "sent", "delivered")


def test_services_accept_before_queuing(application: Application, client: Client, carrier: Carrier) -> None:
    application.says("/status", "")
    service = "MG" + "c" * 32
    text = client.messages.create(
        to=PARENT, body="Hi", messaging_service_sid=service, status_callback=f"{application.url}/status"
    )
    assert carrier.deliveries.settle()
    assert ("accepted", service) == (text.status, text.messaging_service_sid)
    assert [each["MessageStatus"] for each in application.params("/status")] == [
        "queued",
        "sent",
        "delivered",
    ]
    assert service == application.params("/status")[0]["MessagingServiceSid"]


def test_a_text_to_a_landline_is_not_delivered(client: Client, phone: Phone, carrier: Carrier) -> None:
    carrier.set_kind(PARENT, LineKind.LANDLINE)
    sid = send(client).sid
    assert carrier.deliveries.settle()
    fetched = client.messages(sid).fetch()
    assert (fetched.status, fetched.error_code, phone.bubbles()) == ("undelivered", 30006, [])


@pytest.mark.parametrize("kind", ["mobile", "landline", "nonFixedVoip"])
def test_a_lookup_tells_the_kind_of_line(client: Client, phone: Phone, kind: str) -> None:
    phone.become(kind)
    found = client.lookups.v2.phone_numbers(PARENT).fetch(fields="line_type_intelligence")
    assert (True, kind) == (found.valid, found.line_type_intelligence["type"])
    assert client.lookups.v2.phone_numbers(PARENT).fetch().line_type_intelligence is None


def test_a_call_can_be_placed_and_seen(application: Application, client: Client, phone: Phone) -> None:
    application.says("/placed", "<Gather><Say>This is the hotline.</Say></Gather>")
    sid = client.calls.create(to=PARENT, from_=NUMBER, url=f"{application.url}/placed").sid
    assert client.calls(sid).fetch().status == "queued"
    call = phone.answer()
    assert call.words() == "This is the hotline."
    assert client.calls(sid).fetch().status == "in-progress"
    call.hang_up()
    assert [sid] == [each.sid for each in client.calls.list(to=PARENT, status="completed")]


def test_thousands_of_texts_are_paged_newest_first(client: Client, carrier: Carrier) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    for n in range(5000):
        text = written(f"SM{n:032x}", SID, from_=PARENT, to=NUMBER, body="hi")
        carrier.ledger.add(replace(text, at=now - timedelta(seconds=n % 100)))
    first = client.messages.page(to=NUMBER, page_size=1000)
    listed, pages = list(first), 1
    while first.next_page_url:
        first = client.messages.get_page(first.next_page_url)
        listed += list(first)
        pages += 1
    assert (5, 5000) == (pages, len({text.sid for text in listed}))
    at = [text.date_sent for text in listed]
    assert at == sorted(at, reverse=True)


def test_redacted_bodies_are_not_returned(client: Client, carrier: Carrier) -> None:
    carrier.account = replace(carrier.account, keeps_bodies=False)
    sent = send(client, "Hello")
    assert [""] * 3 == [
        sent.body,
        client.messages(sent.sid).fetch().body,
        *(text.body for text in client.messages.list(to=PARENT)),
    ]
    assert ["Hello"] == [bubble.body for bubble in carrier.ledger.bubbles(PARENT)]


def test_a_queued_text_has_no_date_sent(client: Client, carrier: Carrier) -> None:
    sent = send(client)
    assert carrier.deliveries.settle()
    carrier.ledger.change(sent.sid, lambda text: replace(text, statuses=("queued",)))
    assert client.messages(sent.sid).fetch().date_sent is None
    assert [] == client.messages.list(to=PARENT, date_sent_after=datetime.now(UTC) - timedelta(days=1))
    assert [sent.sid] == [text.sid for text in client.messages.list(to=PARENT)]


def test_any_number_of_the_account_sends(client: Client, carrier: Carrier) -> None:
    carrier.account = replace(carrier.account, others=(OTHER,))
    assert OTHER == client.messages.create(to=PARENT, from_=OTHER, body="Hello").from_
