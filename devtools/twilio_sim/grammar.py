"""The grammar of TwiML as tables: limits, elements, attributes and nesting.

Rule: what is not in a table is refused. The tables have what the hotline writes; add to them what it comes to write.

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
MAX_DIALED = 10
MAX_HINTS, MAX_HINT_CHARS = 500, 100

CONTENT_TYPES = frozenset({"text/xml", "application/xml"})

SECONDS = shapes.whole(1)

SHAPES: dict[str, Shape] = {
    "Message": Shape({"statusCallback": URL}, text=True),
    "Say": Shape({"voice": shapes.ANY, "language": shapes.ANY}, ssml.ELEMENTS, text=True),
    "Gather": Shape(
        {
            "input": shapes.some_of("dtmf speech"),
            "action": URL,
            "method": POST,
            "timeout": SECONDS,
            "speechTimeout": SECONDS.coded(13327),
            "numDigits": shapes.whole(1),
            "finishOnKey": ONE_KEY,
            "actionOnEmptyResult": YES_NO,
            "hints": shapes.ANY,
            "language": shapes.LANGUAGE_TAG,
        },
        names("Say"),
    ),
    "Redirect": Shape({"method": POST}, text=True),
    "Dial": Shape(
        {"action": URL, "method": POST, "timeout": SECONDS, "callerId": NUMBER.coded(13214)},
        names("Number"),
        text=True,
    ),
    "Number": Shape(
        {
            "url": URL,
            "method": POST,
            "statusCallback": URL,
            "statusCallbackEvent": shapes.some_of("initiated ringing answered completed"),
            "statusCallbackMethod": POST,
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
        }
    ),
    "Hangup": Shape(),
    **ssml.SHAPES,
}

TOP: dict[Channel, frozenset[str]] = {
    "sms": names("Message Redirect"),
    "voice": names("Say Gather Redirect Dial Record Hangup"),
}
