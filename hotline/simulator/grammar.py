"""The grammar of TwiML, as tables: limits, and what may stand where.

Source: https://www.twilio.com/docs/voice/twiml, https://www.twilio.com/docs/messaging/twiml
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Channel = Literal["sms", "voice"]

MAX_DOCUMENT_BYTES = 64 * 1024
"""Error 11750."""
MAX_SAY_CHARS = 4096
MAX_BODY_CHARS = 1600
"""Error 21617."""
MAX_MESSAGES = 10
"""Error 14109: replies to one text."""
MAX_MEDIA = 10
MAX_DIALED = 10
MAX_HINTS, MAX_HINT_CHARS = 500, 100
MAX_BREAK_MS = 10_000
"""The longest <break> that the voices take."""
MAX_LOOP = 10
"""Ours: a loop of 0 never ends, and nobody listens to more than a few."""

CONTENT_TYPES = frozenset({"text/xml", "application/xml"})
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
E164 = re.compile(r"\+\d{7,15}")
KEYS = frozenset("0123456789*#")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})+")


@dataclass(frozen=True, slots=True)
class Shape:
    """What an element may hold."""

    attributes: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    text: bool = False


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


SSML = _names("break emphasis lang p phoneme prosody s say-as sub w")
SSML_ATTRIBUTES = {
    "break": _names("strength time"),
    "emphasis": _names("level"),
    "lang": frozenset({XML_LANG}),
    "p": frozenset[str](),
    "phoneme": _names("alphabet ph"),
    "prosody": _names("volume rate pitch"),
    "s": frozenset[str](),
    "say-as": _names("interpret-as format"),
    "sub": _names("alias"),
    "w": _names("role"),
}

SHAPES: dict[str, Shape] = {
    "Message": Shape(_names("to from action method statusCallback"), _names("Body Media"), text=True),
    "Body": Shape(text=True),
    "Media": Shape(text=True),
    "Say": Shape(_names("voice language loop"), SSML, text=True),
    "Play": Shape(_names("loop"), text=True),
    "Pause": Shape(_names("length")),
    "Gather": Shape(
        _names(
            "action method timeout speechTimeout numDigits finishOnKey actionOnEmptyResult input hints "
            "language speechModel profanityFilter"
        ),
        _names("Say Play Pause"),
    ),
    "Redirect": Shape(_names("method"), text=True),
    "Dial": Shape(
        _names(
            "action method timeout timeLimit callerId answerOnBridge hangupOnStar record trim ringTone "
            "sequential callReason recordingStatusCallback recordingStatusCallbackMethod "
            "recordingStatusCallbackEvent"
        ),
        _names("Number"),
        text=True,
    ),
    "Number": Shape(
        _names(
            "url method sendDigits statusCallback statusCallbackEvent statusCallbackMethod machineDetection"
        ),
        text=True,
    ),
    "Record": Shape(
        _names(
            "action method timeout finishOnKey maxLength playBeep trim recordingStatusCallback "
            "recordingStatusCallbackMethod recordingStatusCallbackEvent transcribe transcribeCallback"
        )
    ),
    "Hangup": Shape(),
    "Reject": Shape(_names("reason")),
    **{name: Shape(attributes, SSML, text=True) for name, attributes in SSML_ATTRIBUTES.items()},
}

TOP: dict[Channel, frozenset[str]] = {
    "sms": _names("Message Redirect"),
    "voice": _names("Say Play Pause Gather Redirect Dial Record Hangup Reject"),
}

BREAK_STRENGTHS = {"none": 0, "x-weak": 0, "weak": 250, "medium": 500, "strong": 750, "x-strong": 1000}
"""How long a <break> of each strength lasts, in milliseconds; about Polly's."""
