"""The grammar of TwiML as tables: limits, elements, attributes and nesting.

Rule: anything not in a table is refused. Accepted but not executed: `trim`, `record` of <Dial> and its callback,
`transcribe` and its callback, `machineDetection`, `sendDigits`, `ringTone`, `sequential`, and time limits.

Source: https://www.twilio.com/docs/voice/twiml, https://www.twilio.com/docs/messaging/twiml, and for the codes
https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from typing import Literal

from devtools.twilio_sim import shapes, ssml
from devtools.twilio_sim.shapes import NUMBER, ONE_KEY, POST, SOME_KEYS, URL, YES_NO, Shape, names

Channel = Literal["sms", "voice"]

MAX_DOCUMENT_BYTES = 64 * 1024
"""Error 11750."""
MAX_SAY_CHARS = 4096
MAX_BODY_CHARS = 1600
"""Error 21617."""
MAX_MESSAGES = 10
"""Error 14109: maximum replies to one text."""
MAX_MEDIA = 10
MAX_DIALED = 10
MAX_HINTS, MAX_HINT_CHARS = 500, 100
AUTO_SPEECH_SECONDS = 1
"""Our value for speechTimeout="auto": Twilio stops at the first pause and does not document its length."""
TRANSCRIBED_SECONDS = (2, 120)
"""Error 13617: minimum and maximum length of a transcribed recording."""
MAX_LOOP = 10
"""Our limit: a loop of 0 never ends, and no one listens to more than a few repetitions."""
MAX_REASON_CHARS = 50

CONTENT_TYPES = frozenset({"text/xml", "application/xml"})
E164 = shapes.E164

LOOP = shapes.whole(1, MAX_LOOP)
SECONDS = shapes.whole(1)
TRIM = shapes.one_of("trim-silence do-not-trim")
SPEECH_MODEL = shapes.one_of(
    "default numbers_and_commands phone_call experimental_conversations experimental_utterances "
    "googlev2_long googlev2_short googlev2_telephony googlev2_telephony_short deepgram_nova-2 deepgram_nova-3"
)
RECORD = shapes.one_of(
    "true false do-not-record record-from-answer record-from-ringing record-from-answer-dual "
    "record-from-ringing-dual"
)
CALL_EVENTS = shapes.some_of("initiated ringing answered completed")
RECORDING_STATUS = {
    "recordingStatusCallback": URL,
    "recordingStatusCallbackMethod": POST,
    "recordingStatusCallbackEvent": shapes.some_of("in-progress completed absent").coded(13621),
}

SHAPES: dict[str, Shape] = {
    "Message": Shape(
        {"to": NUMBER, "from": NUMBER, "action": URL, "method": POST, "statusCallback": URL},
        names("Body Media"),
        text=True,
    ),
    "Body": Shape(text=True),
    "Media": Shape(text=True),
    "Say": Shape({"voice": shapes.ANY, "language": shapes.ANY, "loop": LOOP}, ssml.ALL, text=True),
    "Play": Shape({"loop": LOOP}, text=True),
    "Pause": Shape({"length": SECONDS}),
    "Gather": Shape(
        {
            "input": shapes.some_of("dtmf speech"),
            "action": URL,
            "method": POST,
            "timeout": SECONDS,
            "speechTimeout": shapes.either(SECONDS, shapes.one_of("auto")).coded(13327),
            "numDigits": shapes.whole(1),
            "finishOnKey": ONE_KEY,
            "actionOnEmptyResult": YES_NO,
            "hints": shapes.ANY,
            "language": shapes.either(shapes.LANGUAGE_TAG, shapes.one_of("multi")),
            "speechModel": SPEECH_MODEL,
            "profanityFilter": YES_NO,
        },
        names("Say Play Pause"),
    ),
    "Redirect": Shape({"method": POST}, text=True),
    "Dial": Shape(
        {
            "action": URL,
            "method": POST,
            "timeout": SECONDS,
            "timeLimit": SECONDS,
            "callerId": NUMBER.coded(13214),
            "answerOnBridge": YES_NO.coded(13219),
            "hangupOnStar": YES_NO.coded(13213),
            "record": RECORD.coded(13217),
            "trim": TRIM,
            "ringTone": shapes.either(
                shapes.like("[a-z]{2}", "a country, such as us"), shapes.one_of("us-old")
            ).coded(13220),
            "sequential": YES_NO,
            "callReason": shapes.like(f".{{1,{MAX_REASON_CHARS}}}", f"at most {MAX_REASON_CHARS} characters"),
            **RECORDING_STATUS,
        },
        names("Number"),
        text=True,
    ),
    "Number": Shape(
        {
            "url": URL,
            "method": POST,
            "sendDigits": shapes.like("[0-9*#wW]+", "keys of 0-9 * #, and w to wait"),
            "statusCallback": URL,
            "statusCallbackEvent": CALL_EVENTS,
            "statusCallbackMethod": POST,
            "machineDetection": shapes.one_of("Enable DetectMessageEnd"),
        },
        text=True,
    ),
    "Record": Shape(
        {
            "action": URL,
            "method": POST,
            "timeout": SECONDS,
            "finishOnKey": SOME_KEYS,
            "maxLength": SECONDS,
            "playBeep": YES_NO,
            "trim": TRIM.coded(13699),
            "transcribe": YES_NO,
            "transcribeCallback": URL,
            **RECORDING_STATUS,
        }
    ),
    "Hangup": Shape(),
    "Reject": Shape({"reason": shapes.one_of("rejected busy")}),
    **ssml.SHAPES,
}

TOP: dict[Channel, frozenset[str]] = {
    "sms": names("Message Redirect"),
    "voice": names("Say Play Pause Gather Redirect Dial Record Hangup Reject"),
}
