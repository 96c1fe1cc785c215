"""Texts go out through Twilio's own client, and an error says whether one may have gone."""

from __future__ import annotations

import json
import socket
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from requests import ConnectionError as NotConnected
from requests import ConnectTimeout, ReadTimeout
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError
from werkzeug.serving import make_server

from devtools.twilio_sim import Fault, Serving
from devtools.twilio_sim.faults import Kind
from devtools.twilio_sim.messages import written
from devtools.twilio_sim.server import Quiet
from hotline.carrier import client
from hotline.carrier import messages as ours
from hotline.carrier.errors import DeliveryError, Verdict
from hotline.carrier.messages import LOOKED_AT, Messages, letters
from hotline.config.settings import Settings

PARENT, OTHER = "+12025550123", "+12025550124"
BODY = "Did you send your request yet?"
CALLBACK = "http://127.0.0.1:8000/status?followup=abc"
MINUTE = timedelta(minutes=1)


def is_(body: str) -> Callable[[str], bool]:
    """Tells this body from others."""
    return lambda other: other == body


def failure(messages: Messages) -> DeliveryError:
    """The error that sending ends with."""
    with pytest.raises(DeliveryError) as caught:
        messages.send(PARENT, BODY, CALLBACK)
    return caught.value


@pytest.fixture
def answering() -> Iterator[Callable[[str, str], str]]:
    """Serves one fixed answer to every request; returns the address. Twilio behind a broken proxy."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        answer: list[str] = []

        def application(_environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
            start(answer[0], [("Content-Type", "application/json"), ("Connection", "close")])
            return [answer[1].encode()]

        port = listening.getsockname()[1]
        server = make_server(
            "127.0.0.1", port, application, request_handler=Quiet, fd=listening.fileno(), threaded=True
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()

        def serve(status: str, body: str) -> str:
            answer[:] = [status, body]
            return f"http://127.0.0.1:{port}"

        yield serve
        server.shutdown()
        thread.join(5)
        server.server_close()


def test_a_text_leaves_with_its_words_and_its_callback(messages: Messages, serving: Serving) -> None:
    """From our number, to the person, and the carrier knows where to tell what became of it."""
    sid = messages.send(PARENT, BODY, CALLBACK)
    (text,) = serving.carrier.ledger.all()
    assert (text.sid, text.from_, text.to) == (sid, serving.carrier.account.number, PARENT)
    assert (text.body, text.status_callback) == (BODY, CALLBACK)
    assert [bubble.body for bubble in serving.carrier.ledger.bubbles(PARENT)] == [BODY]


def test_a_text_comes_from_the_number_that_the_person_knows(reached: Settings, serving: Serving) -> None:
    """Of several of ours: their STOP at Twilio counts for that one. One that we gave back sends nothing."""
    carrier, second = serving.carrier, "+15105550101"
    carrier.account = replace(carrier.account, others=(second,))
    messages = Messages(replace(reached, hotline_numbers=(carrier.account.number, second)))
    for known in (second, "", "+15105550109", carrier.account.number):
        messages.send(PARENT, BODY, CALLBACK, known)
    first = carrier.account.number
    assert [second, first, first, first] == [text.from_ for text in carrier.ledger.all()]


def test_a_messaging_service_sends_when_there_is_one(reached: Settings, serving: Serving) -> None:
    """It picks the sender itself."""
    service = serving.carrier.account.messaging_service_sid
    Messages(replace(reached, twilio_messaging_service_sid=service)).send(PARENT, BODY, CALLBACK)
    assert serving.carrier.ledger.all()[0].service_sid == service


def test_an_api_key_is_used_when_there_is_one(reached: Settings, serving: Serving) -> None:
    """Then the token need not be right: it is for signatures alone."""
    account = serving.carrier.account
    keyed = replace(
        reached,
        twilio_api_key=account.api_key,
        twilio_api_secret=account.api_secret,
        twilio_auth_token="not the token",
    )
    assert Messages(keyed).send(PARENT, BODY, CALLBACK)


@pytest.mark.parametrize(
    ("code", "expected", "told"),
    [
        (21610, Verdict.OPTED_OUT, 21610),
        (21211, Verdict.PERMANENT, 21211),
        (20429, Verdict.SLOW, 20429),
        (429, Verdict.SLOW, 429),
        (500, Verdict.UNKNOWN, 500),
        (20503, Verdict.UNKNOWN, 20503),
    ],
    ids=str,
)
def test_a_refusal_has_a_verdict(
    messages: Messages, serving: Serving, code: int, expected: Verdict, told: int
) -> None:
    """Sent once, never tried again by itself, and told with the carrier's code."""
    serving.carrier.faults.add(Fault(Kind.REFUSE, code=code))
    error = failure(messages)
    assert (error.verdict, error.code) == (expected, told)
    assert serving.carrier.ledger.all() == []


def test_somebody_who_stopped_at_the_carrier_is_told_apart(messages: Messages, serving: Serving) -> None:
    """Twilio knows of a STOP before we do."""
    serving.carrier.receive(PARENT, "STOP")
    assert failure(messages).verdict is Verdict.OPTED_OUT


def test_refused_credentials_stop_everything(reached: Settings) -> None:
    """20003: no text will leave until an operator mends the settings."""
    error = failure(Messages(replace(reached, twilio_auth_token="not the token")))
    assert (error.verdict, error.code) == (Verdict.STOP, 20003)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("401 Unauthorized", Verdict.STOP),
        ("429 Too Many Requests", Verdict.SLOW),
        ("502 Bad Gateway", Verdict.UNKNOWN),
        ("413 Too Large", Verdict.WAIT),
    ],
)
def test_an_answer_that_is_not_twilios_goes_by_its_status(
    settings: Settings, answering: Callable[[str, str], str], status: str, expected: Verdict
) -> None:
    """A proxy or a load balancer may answer in Twilio's place, with a page of its own."""
    address = answering(status, "<html>no JSON</html>")
    assert failure(Messages(replace(settings, twilio_api_base_url=address))).verdict is expected


def test_an_answer_cut_short_is_not_known(settings: Settings) -> None:
    """The connection was made and broke: the carrier may have the text."""
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


def test_nobody_there_is_worth_another_try(settings: Settings) -> None:
    """No connection was made, so nothing can have been sent."""
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        address = f"http://127.0.0.1:{gone.getsockname()[1]}"
    messages = Messages(replace(settings, twilio_api_base_url=address))
    assert failure(messages).verdict is Verdict.LATER


POOL, CONNECTION = HTTPSConnectionPool("api.twilio.com"), HTTPSConnection("api.twilio.com")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NotConnected(MaxRetryError(POOL, "/", NewConnectionError(CONNECTION, "refused"))), Verdict.LATER),
        (
            NotConnected(MaxRetryError(POOL, "/", NameResolutionError("h", CONNECTION, socket.gaierror()))),
            Verdict.LATER,
        ),
        (ConnectTimeout("no answer to our SYN"), Verdict.LATER),
        (ReadTimeout("no answer to our request"), Verdict.UNKNOWN),
        (NotConnected(ProtocolError("Connection aborted.")), Verdict.UNKNOWN),
        (NotConnected(), Verdict.UNKNOWN),
    ],
    ids=["refused", "no such name", "connect time-out", "read time-out", "aborted", "no words"],
)
def test_only_a_connection_never_made_is_safe_to_repeat(
    error: NotConnected | ReadTimeout, expected: Verdict
) -> None:
    """As `requests` tells them, with what urllib3 puts inside."""
    assert ours._cut_off(error) is expected


def test_a_text_accepted_in_silence_is_found(
    reached: Settings, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a time-out nobody knows; the carrier's own list does."""
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.3)
    messages, began = Messages(reached), datetime.now(UTC)
    serving.carrier.faults.add(Fault(Kind.STALL, seconds=5))
    assert failure(messages).verdict is Verdict.UNKNOWN
    (text,) = serving.carrier.ledger.all()
    assert messages.find(PARENT, is_(BODY), began) == text.sid


def test_only_the_same_text_counts_as_found(messages: Messages) -> None:
    """Another body, another person or an earlier day is another text."""
    began = datetime.now(UTC)
    messages.send(PARENT, "Another reminder", CALLBACK)
    sid = messages.send(PARENT, BODY, CALLBACK)
    messages.send(PARENT, "A third reminder", CALLBACK)
    assert messages.find(PARENT, is_(BODY), began) == sid
    assert messages.find(OTHER, is_(BODY), began) is None
    assert messages.find(PARENT, is_(BODY + " "), began) is None
    assert messages.find(PARENT, is_(BODY), began + 5 * MINUTE) is None


def test_a_text_that_still_waits_at_the_carrier_is_found(messages: Messages, serving: Serving) -> None:
    """At the busiest hour a text stands in Twilio's queue for minutes, and has no date_sent."""
    began, ledger = datetime.now(UTC), serving.carrier.ledger
    sid = messages.send(PARENT, BODY, CALLBACK)
    assert serving.carrier.deliveries.settle()
    ledger.change(sid, lambda text: replace(text, statuses=("queued",)))
    assert ledger.get(sid).as_json()["date_sent"] is None
    assert messages.find(PARENT, is_(BODY), began) == sid


def test_a_text_without_its_words_is_not_known(messages: Messages, serving: Serving) -> None:
    """With Message Redaction, or after the time that the account keeps bodies. It never means "not sent"."""
    began, carrier = datetime.now(UTC), serving.carrier
    assert messages.find(PARENT, is_(BODY), began) is None
    messages.send(PARENT, BODY, CALLBACK)
    carrier.account = replace(carrier.account, keeps_bodies=False)
    with pytest.raises(DeliveryError) as error:
        messages.find(PARENT, is_(BODY), began)
    assert error.value.verdict is Verdict.UNKNOWN
    assert messages.find(OTHER, is_(BODY), began) is None
    assert messages.find(PARENT, is_(BODY), began + 5 * MINUTE) is None


def test_a_list_that_is_cut_off_is_not_known(messages: Messages, serving: Serving) -> None:
    """What was sent may stand behind its end."""
    began, carrier = datetime.now(UTC), serving.carrier
    messages.send(PARENT, BODY, CALLBACK)
    for n in range(LOOKED_AT):
        ours = written(f"SM{n:032x}", carrier.account.account_sid, from_="", to=PARENT, body="another")
        carrier.ledger.add(replace(ours, direction="outbound-reply"))
    with pytest.raises(DeliveryError) as error:
        messages.find(PARENT, is_(BODY), began)
    assert error.value.verdict is Verdict.UNKNOWN


def test_what_a_parent_wrote_is_none_of_ours(messages: Messages, serving: Serving) -> None:
    """From one of our numbers to another, or with a picture and no words."""
    came = written("SM" + "1" * 32, serving.carrier.account.account_sid, from_=OTHER, to=PARENT, body=BODY)
    serving.carrier.ledger.add(came)
    serving.carrier.ledger.add(replace(came, sid="SM" + "2" * 32, body=""))
    assert messages.find(PARENT, is_(BODY), datetime.now(UTC)) is None


@pytest.mark.parametrize(
    "encoded",
    ['It\u2019s "free" - call', "It's \u201cfree\u201d \u2013 call", 'It\'s \u00a0"free"\u2014call'],
)
def test_smart_encoding_leaves_the_letters(encoded: str) -> None:
    """Twilio puts other quotes, dashes and blanks in the place of ours."""
    assert letters('It\'s "free" - call') == letters(encoded)
    assert letters("It's free today") != letters(encoded)


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Tokyo"])
def test_a_moment_in_any_zone_is_the_same_moment(messages: Messages, zone: str) -> None:
    """Twilio's client writes a moment down without looking at its zone."""
    sid = messages.send(PARENT, BODY, CALLBACK)
    now = datetime.now(ZoneInfo(zone))
    assert messages.find(PARENT, is_(BODY), now) == sid
    assert messages.find(PARENT, is_(BODY), now + 5 * MINUTE) is None


def test_clocks_may_differ_a_little(messages: Messages) -> None:
    """A text that the carrier stamped half a minute before our claim is found."""
    sid = messages.send(PARENT, BODY, CALLBACK)
    assert messages.find(PARENT, is_(BODY), datetime.now(UTC) + MINUTE / 2) == sid


@pytest.mark.parametrize("token", ["", "not the token"], ids=["away", "refused"])
def test_a_carrier_that_cannot_be_asked_is_not_an_answer(
    settings: Settings, reached: Settings, token: str
) -> None:
    """Never None: that would mean the text was not sent."""
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        nobody = f"http://127.0.0.1:{gone.getsockname()[1]}"
    wrong = (
        replace(reached, twilio_auth_token=token) if token else replace(settings, twilio_api_base_url=nobody)
    )
    with pytest.raises(DeliveryError) as error:
        Messages(wrong).find(PARENT, is_(BODY), datetime.now(UTC))
    assert error.value.verdict is Verdict.LATER


def test_no_error_names_the_person(settings: Settings, answering: Callable[[str, str], str]) -> None:
    """Twilio's words quote the number and the text; neither our error nor its traceback does."""
    said = {"code": 21211, "status": 400, "message": f"The 'To' number {PARENT} is not valid: {BODY}"}
    messages = Messages(replace(settings, twilio_api_base_url=answering("400 Bad Request", json.dumps(said))))
    error = failure(messages)
    told = "".join(traceback.format_exception(error)) + repr(error)
    assert "permanent 21211" in told
    assert PARENT.removeprefix("+1") not in told
    assert BODY not in told
