"""What both channels need of Twilio's forms and documents."""

from __future__ import annotations

import re

HIDDEN_CALLERS = frozenset({"anonymous", "unknown", "restricted", "unavailable", "private"})
"""What stands for a number that the caller hides. Source: twilio.com/docs/voice/twiml, From."""

HIDDEN_ON_KEYPAD = "+266696687"
"""ANONYMOUS on a keypad: some carriers send this in place of a hidden number."""

E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")

RECORDING_SID = re.compile(r"RE[0-9a-f]{32}")

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, escaped or not; one makes Twilio refuse the document (12100)."""


EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response />'
"""For what needs no answer: nothing is sent; a call that gets it ends."""


def is_number(number: str) -> bool:
    """Whether `number` is one that can be called back, rather than a hidden or mangled one."""
    return bool(E164.match(number)) and number != HIDDEN_ON_KEYPAD


def clean(text: str) -> str:
    """`text` without the characters that XML cannot hold."""
    return NOT_XML.sub("", text)
