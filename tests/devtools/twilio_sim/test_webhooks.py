"""Webhooks are signed and retried as Twilio does; texts follow the response."""

import socket
import time
from collections.abc import Callable

import pytest
from flask import Response
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from devtools.twilio_sim import Bubble, Carrier, Phone, Serving
from devtools.twilio_sim.phone import Mistake, NoCarrier
from tests.devtools.twilio_sim.application import NUMBER, PARENT, Application


def codes(carrier: Carrier) -> list[int]:
    return [alert.code for alert in carrier.webhooks.alerts]


def bodies(bubbles: list[Bubble]) -> list[str]:
    return [bubble.body for bubble in bubbles]


def test_an_incoming_text_has_twilios_headers(application: Application, phone: Phone) -> None:
    application.says("/sms", "")
    assert phone.text("¿Qué es un 504? & más") == []
    (params,) = application.params("/sms")
    assert params["MessageSid"] == params["SmsSid"] == params["SmsMessageSid"]
    assert ("WASHINGTON", "DC", "BOSTON") == (params["FromCity"], params["FromState"], params["ToCity"])
    headers = application.headers[0]
    assert headers["User-Agent"] == "TwilioProxy/1.1"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert headers["I-Twilio-Idempotency-Token"]


def test_a_signature_needs_the_token(application: Application, change: Callable[..., Serving]) -> None:
    application.says("/sms", "")
    Phone(change(auth_token="another").url, PARENT).text("hi")
    assert application.forged == ["/sms"]
    application.forged.clear()


def test_the_response_arrives_as_bubbles(application: Application, phone: Phone, carrier: Carrier) -> None:
    application.says(
        "/sms", "<Message>One</Message><Redirect>/sms/more?a=1</Redirect><Message>Never</Message>"
    )
    application.says("/sms/more", f"<Message>{'á' * 71}</Message>")
    shown = phone.text("hi")
    assert [(b.body, b.segments, b.source) for b in shown] == [("One", 1, "reply"), ("á" * 71, 2, "reply")]
    assert shown == phone.bubbles()
    assert application.came[1][0] == "/sms/more?a=1"
    assert codes(carrier) == []


def test_endless_redirects_end(application: Application, phone: Phone, carrier: Carrier) -> None:
    application.says("/sms", "<Redirect>/sms</Redirect>")
    assert phone.text("hi") == []
    assert codes(carrier) == [11215]


def slowly() -> Response:
    time.sleep(0.5)
    return Response("<Response/>", mimetype="text/xml")


WRONG = {
    "5xx": (lambda: Response("", 503), 11200),
    "4xx": (lambda: Response("", 404), 11200),
    "bad XML": (lambda: Response("<Response>", mimetype="text/xml"), 12100),
    "html": (lambda: Response("<h1>Oops</h1>", mimetype="text/html"), 12300),
    "plain": (lambda: Response("Traceback", mimetype="text/plain"), 12300),
    "unknown verb": (lambda: Response("<Response><Say>a</Say></Response>", mimetype="text/xml"), 12200),
    "too slow": (slowly, 11200),
    "302": (lambda: Response("", 302, {"Location": "/elsewhere"}), 11215),
    "308 for ever": (lambda: Response("", 308, {"Location": "/sms"}), 11215),
}


@pytest.mark.parametrize(("answer", "code"), WRONG.values(), ids=WRONG)
def test_a_bad_response_leads_to_the_fallback(
    application: Application, change: Callable[..., Serving], answer: Callable[[], Response], code: int
) -> None:
    serving = change(webhook_timeout=0.2)
    application.answers["/sms"] = answer
    application.says("/fallback/sms", "<Message>Please call.</Message>")
    application.says("/elsewhere", "<Message>A GET lost the words.</Message>")
    assert bodies(Phone(serving.url, PARENT).text("hi")) == ["Please call."]
    (told,) = application.params("/fallback/sms")
    assert (str(code), f"{application.url}/sms", "hi") == (told["ErrorCode"], told["ErrorUrl"], told["Body"])
    assert [code] == codes(serving.carrier)


def test_without_a_fallback_there_is_no_answer(phone: Phone, carrier: Carrier) -> None:
    assert phone.text("hi") == []
    assert codes(carrier) == [11200, 11200]


def test_a_lost_connection_is_retried_once(application: Application, change: Callable[..., Serving]) -> None:
    """Then the fallback gets 11205."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{closed.getsockname()[1]}/sms"
    application.says("/fallback/sms", "<Message>Please call.</Message>")
    serving = change(sms_url=gone)
    assert bodies(Phone(serving.url, PARENT).text("hi")) == ["Please call."]
    assert [gone, gone] == [each.url for each in serving.carrier.webhooks.exchanges][:2]
    assert codes(serving.carrier) == [11205]


RETRIES = {
    "default": ("", 1),
    "as told": ("#rc=2&rp=ct,5xx", 3),
    "not for this": ("#rc=2&rp=ct,rt", 1),
    "all": ("#rc=4&rp=all", 5),
}


@pytest.mark.parametrize(("fragment", "times"), RETRIES.values(), ids=RETRIES)
def test_the_url_fragment_sets_the_retries(
    application: Application, change: Callable[..., Serving], fragment: str, times: int
) -> None:
    application.answers["/sms"] = lambda: Response("", 500)
    serving = change(sms_url=f"{application.url}/sms{fragment}", sms_fallback_url="")
    Phone(serving.url, PARENT).text("hi")
    assert times == len(application.params("/sms"))
    assert len({headers["I-Twilio-Idempotency-Token"] for headers in application.headers}) == 1


def test_an_unknown_fragment_is_an_alert(application: Application, change: Callable[..., Serving]) -> None:
    application.says("/sms", "")
    serving = change(sms_url=f"{application.url}/sms#rp=sometimes")
    Phone(serving.url, PARENT).text("hi")
    assert codes(serving.carrier) == [11243]


def test_a_308_keeps_the_post(application: Application, phone: Phone) -> None:
    application.answers["/sms"] = lambda: Response("", 308, {"Location": "/sms/new"})
    application.says("/sms/new", "<Message>Hi</Message>")
    assert bodies(phone.text("hello")) == ["Hi"]
    assert application.params("/sms/new")[0]["Body"] == "hello"


STOPS = ["STOP", "stop", " Stop ", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"]


@pytest.mark.parametrize("word", STOPS)
def test_stop_blocks_at_the_carrier_until_start(
    application: Application, phone: Phone, client: Client, carrier: Carrier, word: str
) -> None:
    application.says("/sms", "<Message>Hi</Message>")
    assert phone.text(word) == []
    assert word == application.params("/sms")[0]["Body"]
    with pytest.raises(TwilioRestException, match="unsubscribed") as refused:
        client.messages.create(to=PARENT, from_=NUMBER, body="Hello")
    assert refused.value.code == 21610
    assert (carrier.ledger.all()[-1].status, carrier.ledger.all()[-1].error_code) == ("failed", 21610)
    for back in ("START", "yes", "UnStop"):
        phone.text("STOP")
        assert bodies(phone.text(back)) == ["Hi"]


@pytest.mark.parametrize("word", ["STOP PLEASE", "stop.", "alto", "please stop"])
def test_other_words_do_not_block_at_the_carrier(application: Application, phone: Phone, word: str) -> None:
    application.says("/sms", "<Message>Hi</Message>")
    assert bodies(phone.text(word)) == ["Hi"]


def test_the_carrier_may_answer_keywords(application: Application, change: Callable[..., Serving]) -> None:
    application.says("/sms", "<Message>Hi</Message>")
    phone = Phone(change(keyword_answers=True).url, PARENT)
    assert [bubble.source for bubble in phone.text("HELP")] == ["carrier", "reply"]
    (stopped,) = phone.text("STOP")
    assert stopped.source == "carrier"
    assert "unsubscribed" in stopped.body
    assert phone.text("HELP") == []
    assert [bubble.source for bubble in phone.text("START")] == ["carrier", "reply"]
    assert [bubble.source for bubble in phone.text("START")] == ["reply"]


def test_a_bad_control_request_is_refused(serving: Serving, phone: Phone) -> None:
    from devtools.twilio_sim.phone import Control

    control = Control(serving.url)
    with pytest.raises(Mistake, match="kind"):
        control.post("faults", kind="refuse", cod=1)
    with pytest.raises(Mistake, match="sideways"):
        phone.become("sideways")
    with pytest.raises(Mistake, match="not found"):
        control.post("calls/CA0/press", keys="1")


def test_no_carrier_says_how_to_start_it() -> None:
    with pytest.raises(NoCarrier, match="Start it with: make run"):
        Phone("http://127.0.0.1:9", PARENT).text("hi")


@pytest.mark.parametrize(("fragment", "times"), [("", 1), ("#rc=5&rp=all", 6), ("#rc=2&rp=ct", 1)])
def test_a_status_is_retried_only_if_its_url_says_so(
    application: Application, carrier: Carrier, phone: Phone, fragment: str, times: int
) -> None:
    application.says(
        "/sms", f'<Message statusCallback="/status/reply{fragment.replace("&", "&amp;")}">Hi</Message>'
    )
    application.answers["/status/reply"] = lambda: Response("", 503)
    phone.text("hi")
    assert carrier.deliveries.settle()
    told = application.params("/status/reply")
    assert ["sent"] * times + ["delivered"] * times == [each["MessageStatus"] for each in told]
