"""Every webhook of the simulator has the documented fields and no others. The lists are from Twilio's
documentation. `may` has optional fields.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from twilio.rest import Client

from devtools.twilio_sim import Carrier, Phone
from devtools.twilio_sim.faults import Fault, FaultKind
from tests.devtools.twilio_sim.application import NUMBER, OFFICE, PARENT, SERVICE, SID, Application

PLACES = frozenset({"City", "State", "Zip", "Country"})


def names(words: str) -> frozenset[str]:
    return frozenset(words.split())


def places(*parties: str) -> frozenset[str]:
    """Return where each party's number is from."""
    return frozenset(party + place for party in parties for place in PLACES)


@dataclass(frozen=True, slots=True)
class Fields:
    """Required and optional fields of a webhook."""

    source: str
    must: frozenset[str]
    may: frozenset[str] = frozenset()

    def plus(self, source: str, must: str, may: str = "") -> Fields:
        """Add fields documented elsewhere."""
        return Fields(source, self.must | names(must), self.may | names(may))


TEXT = Fields(
    "https://www.twilio.com/docs/messaging/guides/webhook-request",
    names("MessageSid SmsSid SmsMessageSid AccountSid From To Body NumMedia NumSegments SmsStatus ApiVersion")
    | places("From", "To"),
    names("MessagingServiceSid ReferralNumMedia"),
)
STATUS = Fields(
    "https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks",
    names("AccountSid From To MessageSid MessageStatus SmsSid SmsStatus ApiVersion"),
    names("MessagingServiceSid RawDlrDoneDate"),
)
CALL = Fields(
    "https://www.twilio.com/docs/voice/twiml#request-parameters",
    names("CallSid AccountSid From To CallStatus ApiVersion Direction"),
    names("Caller Called") | places("From", "To", "Caller", "Called"),
)
PROGRESS = CALL.plus(
    "https://www.twilio.com/docs/voice/api/call-resource#statuscallback",
    "Timestamp CallbackSource SequenceNumber",
)
RECORDING = "RecordingUrl RecordingSid RecordingDuration"
ERROR = "ErrorCode ErrorUrl"


@dataclass(frozen=True, slots=True)
class Scene:
    """A line with these documents; what happens makes the carrier post to `path`."""

    path: str
    fields: Fields
    says: dict[str, str]
    happens: Callable[[Phone, Client, Carrier], object]
    shows: dict[str, str]
    """Values that the last request to the path has."""


def sent(code: int = 0, service: bool = False) -> Callable[[Phone, Client, Carrier], object]:
    """Have the application send a text, which fails later with `code`."""

    def happens(phone: Phone, client: Client, carrier: Carrier) -> object:
        if code:
            carrier.faults.add(Fault(FaultKind.UNDELIVERED, code=code))
        sender = {"messaging_service_sid": SERVICE} if service else {"from_": NUMBER}
        callback = carrier.account.sms_url.replace("/sms", "/status?followup=1")
        client.messages.create(to=phone.number, body="Hi", status_callback=callback, **sender)
        return carrier.deliveries.settle()

    return happens


def placed(phone: Phone, client: Client, carrier: Carrier) -> object:
    """Have the application call somebody, who answers."""
    voice = carrier.account.voice_url
    client.calls.create(
        to=phone.number,
        from_=NUMBER,
        url=voice,
        status_callback=voice.replace("/voice", "/progress"),
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )
    return phone.answer()


GATHER = {"/voice": '<Gather input="dtmf speech" numDigits="1" action="/turn?n=1"/>', "/turn": ""}
EMPTY = {"/voice": '<Gather actionOnEmptyResult="true" action="/turn?n=1"/>', "/turn": ""}
TAPED = {"/voice": '<Record action="/left"/>', "/left": ""}
DIALED = {
    "/voice": f'<Dial action="/dialed"><Number url="/whisper" statusCallback="/rang" '
    f'statusCallbackEvent="initiated ringing answered completed">{OFFICE}</Number></Dial>',
    "/whisper": '<Gather numDigits="1" action="/key"/><Hangup/>',
    "/key": "",
    "/dialed": "",
    "/rang": "",
}
BROKEN_TEXT = {"/sms": "<Say>not in a text</Say>", "/fallback/sms": ""}
BROKEN_CALL = {"/voice": "<Message>not in a call</Message>", "/fallback/voice": ""}

SCENES = {
    "a text": Scene(
        "/sms", TEXT, {"/sms": ""}, lambda phone, *_: phone.text("¿Qué es? & ñ\n+1"),
        {"Body": "¿Qué es? & ñ\n+1", "NumMedia": "0", "SmsStatus": "received", "MessagingServiceSid": SERVICE},
    ),
    "an empty text": Scene("/sms", TEXT, {"/sms": ""}, lambda phone, *_: phone.text(" "), {"Body": " "}),
    "a text to the fallback": Scene(
        "/fallback/sms", TEXT.plus(TEXT.source, ERROR), BROKEN_TEXT, lambda phone, *_: phone.text("hi"),
        {"ErrorCode": "12200", "Body": "hi"},
    ),
    "sent": Scene("/status", STATUS, {"/status": ""}, sent(), {"MessageStatus": "delivered"}),
    "queued by a service": Scene(
        "/status", STATUS, {"/status": ""}, sent(service=True), {"MessagingServiceSid": SERVICE}
    ),
    "undelivered": Scene(
        "/status", STATUS.plus(STATUS.source, "", "ErrorCode ErrorMessage"), {"/status": ""}, sent(30003),
        {"MessageStatus": "undelivered", "ErrorCode": "30003", "SmsStatus": "undelivered"},
    ),
    "failed": Scene(
        "/status", STATUS.plus(STATUS.source, "", "ErrorCode ErrorMessage"), {"/status": ""}, sent(30036),
        {"MessageStatus": "failed", "ErrorCode": "30036"},
    ),
    "a status of a reply": Scene(
        "/status", STATUS, {"/sms": '<Message statusCallback="/status">Hi</Message>', "/status": ""},
        lambda phone, _, carrier: (phone.text("hi"), carrier.deliveries.settle()),
        {"MessageStatus": "delivered"},
    ),
    "a call": Scene(
        "/voice", CALL, {"/voice": ""}, lambda phone, *_: phone.call(),
        {"CallStatus": "ringing", "Direction": "inbound", "From": PARENT, "To": NUMBER},
    ),
    "a hidden call": Scene(
        "/voice", CALL, {"/voice": ""}, lambda phone, *_: (phone.become("anonymous"), phone.call()),
        {"From": "anonymous", "FromZip": ""},
    ),
    "keys": Scene(
        "/turn", CALL.plus("https://www.twilio.com/docs/voice/twiml/gather", "Digits"), GATHER,
        lambda phone, *_: phone.call().press("1"), {"Digits": "1", "CallStatus": "in-progress"},
    ),
    "speech": Scene(
        "/turn", CALL.plus("https://www.twilio.com/docs/voice/twiml/gather", "SpeechResult Confidence"), GATHER,
        lambda phone, *_: phone.call().speak("sí, claro"), {"SpeechResult": "sí, claro"},
    ),
    "silence": Scene("/turn", CALL, EMPTY, lambda phone, *_: phone.call().wait(), {}),
    "a voicemail": Scene(
        "/left", CALL.plus("https://www.twilio.com/docs/voice/twiml/record", RECORDING + " Digits"), TAPED,
        lambda phone, *_: phone.call().record("Call me", then="#"), {"Digits": "#", "RecordingDuration": "1"},
    ),
    "a voicemail and a hang-up": Scene(
        "/left", CALL.plus("https://www.twilio.com/docs/voice/twiml/record", RECORDING + " Digits"), TAPED,
        lambda phone, *_: phone.call().record("Call me", then="hang up"),
        {"Digits": "hangup", "CallStatus": "completed"},
    ),
    "nobody came to the phone": Scene(
        "/dialed",
        CALL.plus("https://www.twilio.com/docs/voice/twiml/dial", "DialCallStatus DialCallSid DialBridged"),
        DIALED, lambda phone, *_: phone.call().dialed("busy"), {"DialCallStatus": "busy", "DialBridged": "false"},
    ),
    "somebody came to the phone": Scene(
        "/dialed",
        CALL.plus(
            "https://www.twilio.com/docs/voice/twiml/dial",
            "DialCallStatus DialCallSid DialBridged DialCallDuration",
        ),
        DIALED, lambda phone, *_: phone.call().dialed("answered", press="1"),
        {"DialCallStatus": "completed", "DialBridged": "true"},
    ),
    "a whisper": Scene(
        "/whisper", CALL.plus("https://www.twilio.com/docs/voice/twiml/number", "ParentCallSid"), DIALED,
        lambda phone, *_: phone.call().dialed("answered"),
        {"Direction": "outbound-dial", "To": OFFICE, "From": PARENT, "CallStatus": "in-progress"},
    ),
    "keys in a whisper": Scene(
        "/key", CALL.plus("https://www.twilio.com/docs/voice/twiml/gather", "ParentCallSid Digits"), DIALED,
        lambda phone, *_: phone.call().dialed("answered", press="1"), {"Digits": "1"},
    ),
    "how a phone that rings fares": Scene(
        "/rang", PROGRESS.plus("https://www.twilio.com/docs/voice/twiml/number", "ParentCallSid",
        "CallDuration Duration"), DIALED, lambda phone, *_: phone.call().dialed("busy"),
        {"CallStatus": "busy", "CallbackSource": "call-progress-events"},
    ),
    "how a call that was placed fares": Scene(
        "/progress", PROGRESS.plus(PROGRESS.source, "", "CallDuration Duration"),
        {"/voice": "", "/progress": ""}, placed,
        {"CallStatus": "completed", "Direction": "outbound-api", "SequenceNumber": "3"},
    ),
    "the end of a call": Scene(
        "/voice/ended", PROGRESS.plus(PROGRESS.source, "CallDuration Duration"), {"/voice": ""},
        lambda phone, *_: phone.call(), {"CallStatus": "completed", "CallDuration": "1"},
    ),
    "a call to the fallback": Scene(
        "/fallback/voice", CALL.plus(CALL.source, ERROR), BROKEN_CALL, lambda phone, *_: phone.call(),
        {"ErrorCode": "12200"},
    ),
    "keys to the fallback": Scene(
        "/fallback/voice", CALL.plus(CALL.source, ERROR + " Digits"),
        {**GATHER, "/turn": "<Message/>", "/fallback/voice": ""}, lambda phone, *_: phone.call().press("7"),
        {"ErrorCode": "12200", "Digits": "7"},
    ),
}  # fmt: skip


@pytest.fixture
def happened(
    request: pytest.FixtureRequest, application: Application, phone: Phone, client: Client, carrier: Carrier
) -> Scene:
    """Play the scene."""
    scene: Scene = request.param
    application.says("/voice/ended", "")
    for path, inside in scene.says.items():
        application.says(path, inside)
    scene.happens(phone, client, carrier)
    return scene


@pytest.mark.parametrize("happened", SCENES.values(), ids=SCENES, indirect=True)
def test_a_webhook_has_the_documented_fields(application: Application, happened: Scene) -> None:
    came = application.params(happened.path)
    assert came, happened.fields.source
    for params in came:
        assert happened.fields.must - set(params) == set(), happened.fields.source
        assert set(params) - happened.fields.must - happened.fields.may == set(), happened.fields.source
        assert (params["AccountSid"], params.get("ApiVersion", "2010-04-01")) == (SID, "2010-04-01")
    assert happened.shows.items() <= came[-1].items()
