"""Calls follow the TwiML as Twilio would."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Response
from twilio.rest import Client

from devtools.twilio_sim import Call, Carrier, Phone, Serving
from devtools.twilio_sim.calls import SORRY
from devtools.twilio_sim.dialing import Outcome
from devtools.twilio_sim.heard import Dialed, Gathering, Heard, HungUp, Said, Whispered
from devtools.twilio_sim.lines import HIDDEN_AS, LineKind
from devtools.twilio_sim.verbs import Gather
from tests.devtools.twilio_sim.application import NUMBER, OFFICE, PARENT, Application

PARTIES, PARTS = ("From", "To", "Caller", "Called"), ("City", "State", "Zip", "Country")
PLACES = {party + part for party in PARTIES for part in PARTS}
FIELDS = {*PLACES, *PARTIES, "CallSid", "AccountSid", "CallStatus", "Direction", "ApiVersion"}


def said(words: str) -> Said:
    return Said(words, "en-US", "")


@pytest.fixture(autouse=True)
def ended(application: Application) -> None:
    application.says("/voice/ended", "")


def test_a_call_opens_with_twilios_fields(application: Application, phone: Phone, carrier: Carrier) -> None:
    application.says("/voice", "<Say>Hello</Say>")
    call = phone.call()
    assert [said("Hello"), HungUp("end")] == call.heard
    (params,) = application.params("/voice")
    assert set(params) == FIELDS
    assert (call.sid, "ringing", "inbound", PARENT, NUMBER) == tuple(
        params[name] for name in ("CallSid", "CallStatus", "Direction", "From", "Called")
    )
    assert list(carrier.webhooks.alerts) == []


def test_keys_go_to_the_action(application: Application, phone: Phone) -> None:
    application.says("/voice", '<Gather numDigits="1" action="turn?n=1"><Say>Press 1</Say></Gather>')
    application.says("/turn", '<Gather action="turn?n=2"><Say>Thanks</Say></Gather>')
    call = phone.call()
    assert [said("Press 1"), Gathering(("dtmf",), 1, "#", 5, (), "en-US")] == call.heard
    assert [said("Thanks"), Gathering(("dtmf",), 0, "#", 5, (), "en-US")] == call.press("1")
    assert application.came[1][0] == "/turn?n=1"
    (params,) = application.params("/turn")
    assert (params["Digits"], params["CallStatus"]) == ("1", "in-progress")
    assert not call.over


DIGITS = {
    "number of digits": ("123", 2, "#", "12"),
    "finishing key": ("12#3", 0, "#", "12"),
    "both, the key first": ("1#", 2, "#", "1"),
    "no finishing key": ("12#", 0, "", "12#"),
    "another finishing key": ("1#2*", 0, "*", "1#2"),
    "fewer than asked": ("1", 3, "#", "1"),
    "only the key": ("#", 1, "#", ""),
}


@pytest.mark.parametrize(("keys", "num", "finish", "taken"), DIGITS.values(), ids=DIGITS)
def test_a_gather_takes_its_digits(keys: str, num: int, finish: str, taken: str) -> None:
    gather = Gather((), frozenset({"dtmf"}), "", num, finish, 5, (), "en-US", False, 5)
    assert taken == gather.take(keys)


UNHEARD = {
    "silence": ("dtmf speech", lambda call: call.wait()),
    "words where only keys count": ("dtmf", lambda call: call.speak("one")),
    "keys where only words count": ("speech", lambda call: call.press("1")),
    "only the finishing key": ("dtmf", lambda call: call.press("#")),
    "empty words": ("speech", lambda call: call.speak(" ")),
}


@pytest.mark.parametrize(("inputs", "move"), UNHEARD.values(), ids=UNHEARD)
@pytest.mark.parametrize("on_empty", [True, False])
def test_silence_continues_or_calls_the_action(
    application: Application, phone: Phone, inputs: str, move: Callable[[Call], list[Heard]], on_empty: bool
) -> None:
    """With actionOnEmptyResult the action is requested without Digits; otherwise the next verb runs."""
    flag = ' actionOnEmptyResult="true"' if on_empty else ""
    application.says(
        "/voice", f'<Gather input="{inputs}" action="/turn"{flag}/><Redirect>/nothing</Redirect>'
    )
    application.says("/turn", "<Say>Action</Say>")
    application.says("/nothing", "<Say>Next</Say>")
    call = phone.call()
    assert [said("Action" if on_empty else "Next"), HungUp("end")] == move(call)
    (params,) = application.params("/turn" if on_empty else "/nothing")
    assert set(params) == FIELDS


def test_a_gather_without_an_action_requests_its_own_url(application: Application, phone: Phone) -> None:
    application.says("/voice", "<Redirect>/menu?a=1</Redirect>")
    application.says("/menu", "<Gather/>")
    phone.call().press("5")
    assert [path for path, _ in application.came] == ["/voice", "/menu?a=1", "/menu?a=1"]
    assert application.params("/menu")[1]["Digits"] == "5"


def test_the_end_of_a_call_is_reported_once(application: Application, phone: Phone) -> None:
    application.says("/voice", "<Gather/>")
    call = phone.call()
    assert [HungUp("caller")] == call.hang_up()
    assert [] == call.hang_up() == call.press("1") == call.wait()
    (params,) = application.params("/voice/ended")
    assert (call.sid, "completed", "1") == (params["CallSid"], params["CallStatus"], params["CallDuration"])


ENDS = {"hangup": ("<Say>Bye</Say><Hangup/><Say>Never</Say>", "hangup"), "nothing": ("", "end")}


@pytest.mark.parametrize(("inside", "why"), ENDS.values(), ids=ENDS)
def test_the_hotline_can_end_a_call(application: Application, phone: Phone, inside: str, why: str) -> None:
    application.says("/voice", inside)
    call = phone.call()
    assert call.over
    assert HungUp(why) == call.heard[-1]
    assert len(application.params("/voice/ended")) == 1


def test_calls_that_redirect_for_ever_end(application: Application, phone: Phone, carrier: Carrier) -> None:
    application.says("/voice", "<Redirect>/voice</Redirect>")
    assert [Said(SORRY, "en-US", "woman"), HungUp("error")] == phone.call().heard
    assert [alert.code for alert in carrier.webhooks.alerts] == [11215]


def test_repeated_questions_are_no_loop(application: Application, phone: Phone) -> None:
    application.says("/voice", '<Gather actionOnEmptyResult="true" action="/voice"/>')
    call = phone.call()
    for _ in range(50):
        call.wait()
    assert not call.over


WRONG = {
    "5xx": (lambda: Response("", 500), 11200),
    "text/plain": (lambda: Response("Traceback", mimetype="text/plain"), 12300),
    "voice of another language": (
        lambda: Response(
            '<Response><Say voice="Polly.Joanna" language="es-US">a</Say></Response>', mimetype="text/xml"
        ),
        13512,
    ),
    "302": (lambda: Response("", 302, {"Location": "/turn"}), 11215),
}


@pytest.mark.parametrize(("answer", "code"), WRONG.values(), ids=WRONG)
def test_a_bad_response_in_a_call_leads_to_the_fallback(
    application: Application, phone: Phone, answer: Callable[[], Response], code: int
) -> None:
    application.says("/voice", '<Gather action="/turn?n=1"/>')
    application.answers["/turn"] = answer
    application.says("/fallback/voice", "<Say>Please call again.</Say>")
    assert [said("Please call again."), HungUp("end")] == phone.call().press("7")
    (told,) = application.params("/fallback/voice")
    assert ("7", str(code), f"{application.url}/turn?n=1") == (
        told["Digits"],
        told["ErrorCode"],
        told["ErrorUrl"],
    )


def test_without_a_fallback_the_call_ends_with_twilios_words(phone: Phone) -> None:
    assert [Said(SORRY, "en-US", "woman"), HungUp("error")] == phone.call().heard


DIALS = {
    "answered": ("completed", "true"),
    "busy": ("busy", "false"),
    "no-answer": ("no-answer", "false"),
    "failed": ("failed", "false"),
}


@pytest.mark.parametrize(("outcome", "told"), DIALS.items(), ids=DIALS)
def test_a_dials_result_goes_to_its_action(
    application: Application, phone: Phone, outcome: Outcome, told: tuple[str, str]
) -> None:
    application.says(
        "/voice", f'<Say>Wait</Say><Dial action="/dialed" timeout="20">{OFFICE}</Dial><Say>Never</Say>'
    )
    application.says("/dialed", "<Say>Back</Say>")
    call = phone.call()
    assert [said("Wait"), Dialed((OFFICE,), 20)] == call.heard
    assert [said("Back"), HungUp("end")] == call.dialed(outcome)
    (params,) = application.params("/dialed")
    assert told == (params["DialCallStatus"], params["DialBridged"])


def test_a_dial_without_an_action_goes_on(application: Application, phone: Phone) -> None:
    application.says("/voice", f"<Dial>{OFFICE}</Dial><Say>After</Say>")
    assert [said("After"), HungUp("end")] == phone.call().wait()


WHISPERS = {
    "accepted": ("1", "completed"),
    "another key": ("2", "no-answer"),
    "no key (a voicemail)": ("", "no-answer"),
}


@pytest.mark.parametrize(("press", "told"), WHISPERS.values(), ids=WHISPERS)
def test_the_answering_party_hears_the_whisper_first(
    application: Application, phone: Phone, press: str, told: str
) -> None:
    application.says("/voice", f'<Dial action="/dialed"><Number url="/whisper">{OFFICE}</Number></Dial>')
    application.says(
        "/whisper", '<Gather numDigits="1" action="/accept"><Say>Press 1</Say></Gather><Hangup/>'
    )
    application.answers["/accept"] = lambda: Response(
        "<Response/>"
        if application.params("/accept")[-1]["Digits"] == "1"
        else "<Response><Hangup/></Response>",
        mimetype="text/xml",
    )
    application.says("/dialed", "<Say>Back</Say>")
    heard = phone.call().dialed("answered", press=press)
    assert [Whispered("Press 1", "en-US"), said("Back"), HungUp("end")] == heard
    assert told == application.params("/dialed")[0]["DialCallStatus"]
    assert tuple(application.params("/whisper")[0][n] for n in ("Direction", "To")) == (
        "outbound-dial",
        OFFICE,
    )


def test_calls_are_independent(application: Application, serving: Serving) -> None:
    application.says("/voice", '<Gather action="/turn"/>')
    application.says("/turn", '<Gather action="/turn"/>')
    phone = Phone(serving.url, PARENT)
    first, second, other = phone.call(), phone.call(), Phone(serving.url, OFFICE).call()
    for call, key in ((first, "1"), (second, "2"), (other, "3")):
        call.press(key)
    told = {(each["CallSid"], each["Digits"]) for each in application.params("/turn")}
    assert {(first.sid, "1"), (second.sid, "2"), (other.sid, "3")} == told


EVENTS = {
    "taken": ("answered", "1", "completed"),
    "not taken": ("answered", "2", "completed"),
    "busy": ("busy", "", "busy"),
    "nobody there": ("no-answer", "", "no-answer"),
    "no such phone": ("failed", "", "failed"),
}


@pytest.mark.parametrize(("outcome", "press", "last"), EVENTS.values(), ids=EVENTS)
def test_a_dialed_phones_events_are_reported_in_order(
    application: Application, phone: Phone, outcome: Outcome, press: str, last: str
) -> None:
    told = 'statusCallback="/rang" statusCallbackEvent="initiated ringing answered completed"'
    application.says("/voice", f'<Dial><Number url="/whisper" {told}>{OFFICE}</Number></Dial>')
    application.says("/whisper", '<Gather numDigits="1" action="/key"><Say>Press 1</Say></Gather><Hangup/>')
    application.answers["/key"] = lambda: Response(
        f"<Response>{'' if press == '1' else '<Hangup/>'}</Response>", mimetype="text/xml"
    )
    application.says("/rang", "")
    call = phone.call()
    call.dialed(outcome, press=press)
    rows = application.params("/rang")
    answered = ["in-progress"] if outcome == "answered" else []
    assert ["initiated", "ringing", *answered, last] == [row["CallStatus"] for row in rows]
    assert [str(at) for at in range(len(rows))] == [row["SequenceNumber"] for row in rows]
    assert {(call.sid, "outbound-dial", PARENT, OFFICE)} == {
        (row["ParentCallSid"], row["Direction"], row["From"], row["To"]) for row in rows
    }
    assert ["CallDuration" in row for row in rows] == [False] * (len(rows) - 1) + [True]


def test_dialed_phones_ring_and_one_answers(application: Application, phone: Phone, client: Client) -> None:
    application.says(
        "/voice",
        f'<Dial callerId="{NUMBER}" action="/after"><Number>{OFFICE}</Number><Number>{NUMBER}</Number></Dial>',
    )
    application.says("/after", "")
    call = phone.call()
    assert {"ringing"} == {leg.status for leg in client.calls.list(parent_call_sid=call.sid)}
    call.dialed("answered")
    legs = client.calls.list(parent_call_sid=call.sid)
    assert {(OFFICE, "completed", NUMBER), (NUMBER, "canceled", NUMBER)} == {
        (leg.to, leg.status, leg._from) for leg in legs
    }
    (told,) = application.params("/after")
    assert told["DialCallSid"] in {leg.sid for leg in legs if leg.status == "completed"}


def test_phones_stop_when_the_caller_hangs_up(application: Application, phone: Phone, client: Client) -> None:
    application.says("/voice", f'<Dial action="/after">{OFFICE}</Dial>')
    call = phone.call()
    call.hang_up()
    assert ["canceled"] == [leg.status for leg in client.calls.list(parent_call_sid=call.sid)]
    assert application.params("/after") == []


def test_only_our_own_numbers_can_be_shown(application: Application, phone: Phone, carrier: Carrier) -> None:
    """13214: callerId must be the caller's number, the number called, or one of the account."""
    application.says("/voice", f'<Dial callerId="{OFFICE}">{OFFICE}</Dial>')
    assert [Said(SORRY, "en-US", "woman"), HungUp("error")] == phone.call().heard
    assert [alert.code for alert in carrier.webhooks.alerts] == [13214]


def test_a_number_added_later_can_be_shown(application: Application, phone: Phone, carrier: Carrier) -> None:
    carrier.account = replace(carrier.account, others=(OFFICE,))
    application.says("/voice", f'<Dial callerId="{OFFICE}">{PARENT}</Dial>')
    assert [Dialed((PARENT,), 30)] == phone.call().heard


@pytest.mark.parametrize("shown", HIDDEN_AS)
def test_hidden_numbers_look_like_twilios(application: Application, carrier: Carrier, shown: str) -> None:
    application.says("/voice", "")
    carrier.set_kind(PARENT, LineKind.ANONYMOUS)
    carrier.hidden_as = shown
    carrier.call(PARENT).open()
    assert shown == application.params("/voice")[-1]["From"]
