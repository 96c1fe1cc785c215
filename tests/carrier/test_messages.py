"""Texts are sent with Twilio's own client, and an error says whether the text may have been sent."""

import json
import socket
import threading
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from requests import ConnectionError as NotConnected
from requests import ConnectTimeout, ReadTimeout
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError

from devtools.twilio_sim import Fault, Serving
from devtools.twilio_sim.faults import FaultKind
from devtools.twilio_sim.messages import written
from hotline.carrier import client
from hotline.carrier import messages as ours
from hotline.carrier.errors import DeliveryError, Verdict
from hotline.carrier.messages import LOOKED_AT, Messages, Template, letters
from hotline.config.settings import Settings

PARENT, OTHER = "+12025550123", "+12025550124"
BODY = "Did you send your request yet?"
CALLBACK = "http://127.0.0.1:8000/status?followup=abc"
MINUTE = timedelta(minutes=1)


def is_(body: str) -> Callable[[str], bool]:
    """Return a predicate that matches exactly this body."""
    return lambda other: other == body


def failure(messages: Messages) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        messages.send(PARENT, BODY, CALLBACK)
    return caught.value


def test_a_text_is_sent_with_its_body_and_callback(messages: Messages, serving: Serving) -> None:
    sid = messages.send(PARENT, BODY, CALLBACK)
    (text,) = serving.carrier.ledger.all()
    assert (text.sid, text.from_, text.to) == (sid, serving.carrier.account.number, PARENT)
    assert (text.body, text.status_callback) == (BODY, CALLBACK)
    assert [bubble.body for bubble in serving.carrier.ledger.bubbles(PARENT)] == [BODY]


def test_a_text_is_sent_from_the_number_the_person_knows(reached: Settings, serving: Serving) -> None:
    """Their STOP at Twilio applies to that number. A number that is no longer ours is not used."""
    carrier, second = serving.carrier, "+15105550101"
    carrier.account = replace(carrier.account, others=(second,))
    messages = Messages(replace(reached, hotline_numbers=(carrier.account.number, second)))
    for known in (second, "", "+15105550109", carrier.account.number):
        messages.send(PARENT, BODY, CALLBACK, known)
    first = carrier.account.number
    assert [second, first, first, first] == [text.from_ for text in carrier.ledger.all()]


@pytest.mark.parametrize(
    "template", [None, Template("HX" + "d" * 32, ("Hotline", "hi"))], ids=["words", "template"]
)
def test_nothing_is_sent_on_a_channel_that_the_person_did_not_consent_to(
    messages: Messages, serving: Serving, template: Template | None
) -> None:
    with pytest.raises(DeliveryError) as caught:
        messages.send(PARENT, BODY, CALLBACK, "whatsapp:+15105550101", template)
    assert (Verdict.PERMANENT, 0) == (caught.value.verdict, caught.value.code)
    assert [] == serving.carrier.ledger.all()


def test_a_configured_messaging_service_is_used(reached: Settings, serving: Serving) -> None:
    service = serving.carrier.account.messaging_service_sid
    Messages(replace(reached, twilio_messaging_service_sid=service)).send(PARENT, BODY, CALLBACK)
    assert serving.carrier.ledger.all()[0].service_sid == service


def test_a_configured_api_key_is_used(reached: Settings, serving: Serving) -> None:
    account = serving.carrier.account
    keyed = replace(reached, twilio_api_key=account.api_key, twilio_api_secret=account.api_secret)
    keyed = replace(keyed, twilio_auth_token="not the token")
    assert Messages(keyed).send(PARENT, BODY, CALLBACK)


REFUSED = {
    21610: Verdict.OPTED_OUT,
    21211: Verdict.PERMANENT,
    20429: Verdict.SLOW,
    429: Verdict.SLOW,
    500: Verdict.UNKNOWN,
    20503: Verdict.UNKNOWN,
}


@pytest.mark.parametrize(("code", "expected"), REFUSED.items())
def test_a_refusal_has_a_verdict(messages: Messages, serving: Serving, code: int, expected: Verdict) -> None:
    serving.carrier.faults.add(Fault(FaultKind.REFUSE, code=code))
    error = failure(messages)
    assert (error.verdict, error.code) == (expected, code)
    assert serving.carrier.ledger.all() == []


def test_a_person_who_sent_stop_to_the_carrier_has_opted_out(messages: Messages, serving: Serving) -> None:
    serving.carrier.receive(PARENT, "STOP")
    assert failure(messages).verdict is Verdict.OPTED_OUT


def test_refused_credentials_stop_everything(reached: Settings) -> None:
    error = failure(Messages(replace(reached, twilio_auth_token="not the token")))
    assert (error.verdict, error.code) == (Verdict.STOP, 20003)


STATUSES = {
    "401 Unauthorized": Verdict.STOP,
    "429 Too Many Requests": Verdict.SLOW,
    "502 Bad Gateway": Verdict.UNKNOWN,
    "413 Too Large": Verdict.WAIT,
}


@pytest.mark.parametrize(("status", "expected"), STATUSES.items())
def test_a_response_that_is_not_twilios_is_judged_by_its_status(
    settings: Settings, answering: Callable[[str, str], str], status: str, expected: Verdict
) -> None:
    address = answering(status, "<html>no JSON</html>")
    assert failure(Messages(replace(settings, twilio_api_base_url=address))).verdict is expected


def test_a_dropped_connection_is_unknown(settings: Settings) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def hang_up() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        assert failure(Messages(replace(settings, twilio_api_base_url=address))).verdict is Verdict.UNKNOWN
        thread.join(5)


def test_an_unreachable_carrier_is_retried_later(settings: Settings, nobody: str) -> None:
    messages = Messages(replace(settings, twilio_api_base_url=f"http://{nobody}"))
    assert failure(messages).verdict is Verdict.LATER


POOL, CONNECTION = HTTPSConnectionPool("api.twilio.com"), HTTPSConnection("api.twilio.com")


REFUSAL, NO_NAME = (
    NewConnectionError(CONNECTION, "refused"),
    NameResolutionError("h", CONNECTION, socket.gaierror()),
)
CUT_OFF = {
    "refused": (NotConnected(MaxRetryError(POOL, "/", REFUSAL)), Verdict.LATER),
    "no such name": (NotConnected(MaxRetryError(POOL, "/", NO_NAME)), Verdict.LATER),
    "connect time-out": (ConnectTimeout("no answer to our SYN"), Verdict.LATER),
    "read time-out": (ReadTimeout("no answer to our request"), Verdict.UNKNOWN),
    "aborted": (NotConnected(ProtocolError("Connection aborted.")), Verdict.UNKNOWN),
    "no words": (NotConnected(), Verdict.UNKNOWN),
}


@pytest.mark.parametrize(("error", "expected"), CUT_OFF.values(), ids=CUT_OFF)
def test_only_failed_connections_can_be_retried(error: NotConnected | ReadTimeout, expected: Verdict) -> None:
    assert ours._cut_off(error) is expected


def test_a_text_accepted_before_a_timeout_is_found(
    reached: Settings, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.3)
    messages, began = Messages(reached), datetime.now(UTC)
    serving.carrier.faults.add(Fault(FaultKind.STALL, seconds=5))
    assert failure(messages).verdict is Verdict.UNKNOWN
    (text,) = serving.carrier.ledger.all()
    assert messages.find(PARENT, is_(BODY), began) == text.sid


def test_only_the_same_text_counts_as_found(messages: Messages) -> None:
    began = datetime.now(UTC)
    messages.send(PARENT, "Another reminder", CALLBACK)
    sid = messages.send(PARENT, BODY, CALLBACK)
    messages.send(PARENT, "A third reminder", CALLBACK)
    assert messages.find(PARENT, is_(BODY), began) == sid
    assert messages.find(OTHER, is_(BODY), began) is None
    assert messages.find(PARENT, is_(BODY + " "), began) is None
    assert messages.find(PARENT, is_(BODY), began + 5 * MINUTE) is None


def test_a_text_still_queued_at_the_carrier_is_found(messages: Messages, serving: Serving) -> None:
    began, ledger = datetime.now(UTC), serving.carrier.ledger
    sid = messages.send(PARENT, BODY, CALLBACK)
    assert serving.carrier.deliveries.settle()
    ledger.change(sid, lambda text: replace(text, statuses=("queued",)))
    assert ledger.get(sid).as_json()["date_sent"] is None
    assert messages.find(PARENT, is_(BODY), began) == sid


def test_a_text_without_its_body_is_unknown(messages: Messages, serving: Serving) -> None:
    """Message Redaction or the account's retention removed it. That must never count as "not sent"."""
    began, carrier = datetime.now(UTC), serving.carrier
    assert messages.find(PARENT, is_(BODY), began) is None
    messages.send(PARENT, BODY, CALLBACK)
    carrier.account = replace(carrier.account, keeps_bodies=False)
    with pytest.raises(DeliveryError) as error:
        messages.find(PARENT, is_(BODY), began)
    assert error.value.verdict is Verdict.UNKNOWN
    assert messages.find(OTHER, is_(BODY), began) is None
    assert messages.find(PARENT, is_(BODY), began + 5 * MINUTE) is None


def test_a_truncated_list_is_unknown(messages: Messages, serving: Serving) -> None:
    began, carrier = datetime.now(UTC), serving.carrier
    messages.send(PARENT, BODY, CALLBACK)
    for n in range(LOOKED_AT):
        ours = written(f"SM{n:032x}", carrier.account.account_sid, from_="", to=PARENT, body="another")
        carrier.ledger.add(replace(ours, direction="outbound-reply"))
    with pytest.raises(DeliveryError) as error:
        messages.find(PARENT, is_(BODY), began)
    assert error.value.verdict is Verdict.UNKNOWN


def test_an_incoming_text_is_not_one_of_ours(messages: Messages, serving: Serving) -> None:
    came = written("SM" + "1" * 32, serving.carrier.account.account_sid, from_=OTHER, to=PARENT, body=BODY)
    serving.carrier.ledger.add(came)
    serving.carrier.ledger.add(replace(came, sid="SM" + "2" * 32, body=""))
    assert messages.find(PARENT, is_(BODY), datetime.now(UTC)) is None


@pytest.mark.parametrize(
    "encoded",
    ['It\u2019s "free" - call', "It's \u201cfree\u201d \u2013 call", 'It\'s \u00a0"free"\u2014call'],
)
def test_smart_encoding_does_not_change_letters(encoded: str) -> None:
    assert letters('It\'s "free" - call') == letters(encoded)
    assert letters("It's free today") != letters(encoded)


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Tokyo"])
def test_a_time_in_any_zone_finds_the_text(messages: Messages, zone: str) -> None:
    """Twilio's client formats a datetime without regard to its zone."""
    sid = messages.send(PARENT, BODY, CALLBACK)
    now = datetime.now(ZoneInfo(zone))
    assert messages.find(PARENT, is_(BODY), now) == sid
    assert messages.find(PARENT, is_(BODY), now + 5 * MINUTE) is None


def test_clocks_may_differ_a_little(messages: Messages) -> None:
    sid = messages.send(PARENT, BODY, CALLBACK)
    assert messages.find(PARENT, is_(BODY), datetime.now(UTC) + MINUTE / 2) == sid


@pytest.mark.parametrize("token", ["", "not the token"], ids=["away", "refused"])
def test_a_failed_search_raises(reached: Settings, nobody: str, token: str) -> None:
    """It must not return None, which would mean that the text was not sent."""
    away = replace(reached, twilio_api_base_url=f"http://{nobody}")
    wrong = replace(reached, twilio_auth_token=token) if token else away
    with pytest.raises(DeliveryError) as error:
        Messages(wrong).find(PARENT, is_(BODY), datetime.now(UTC))
    assert error.value.verdict is Verdict.LATER


def test_errors_have_no_number_and_no_text(settings: Settings, answering: Callable[[str, str], str]) -> None:
    said = {"code": 21211, "status": 400, "message": f"The 'To' number {PARENT} is not valid: {BODY}"}
    messages = Messages(replace(settings, twilio_api_base_url=answering("400 Bad Request", json.dumps(said))))
    error = failure(messages)
    told = "".join(traceback.format_exception(error)) + repr(error)
    assert "permanent 21211" in told
    assert PARENT.removeprefix("+1") not in told
    assert BODY not in told
