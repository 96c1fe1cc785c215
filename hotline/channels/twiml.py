"""Shared parts of Twilio's forms and documents: numbers, URLs with retries, <Gather>.

Rule 1: every URL that Twilio is to request comes from `with_retries`, and every <Gather> from `gather`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Final

import phonenumbers
from twilio.twiml.voice_response import Gather

HIDDEN_ON_KEYPAD: Final = frozenset({"266696687", "7378742833", "2562533", "8656696", "86282452253"})
"""ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE in keypad digits: hidden caller IDs.

A carrier along the route writes the word as a number after a plus, or after +1. Source: Twilio's changelog of
November 16, 2022."""

E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")

NORTH_AMERICAN: Final = re.compile(r"\+1[2-9][0-9]{9}\Z")
"""Matches ten digits after +1, which are always a possible number; nearly every parent has one."""

RECORDING_SID = re.compile(r"RE[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Matches the ids of recordings, Twilio's or SignalWire's, which become part of a URL."""

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters not allowed in XML 1.0, even escaped; one makes Twilio reject the document (12100)."""


EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response />'
"""An empty response: it sends nothing, and ends a call."""

SPEECH_SECONDS: Final = 2
"""Seconds of silence after speech until Twilio accepts it as the answer.

Without it, Twilio waits for `timeout` after each spoken answer: 10 or 20 seconds of silence, in which a
caller repeats the answer."""


class Asked(StrEnum):
    """The purpose of a request to one of our URLs, as the URL fragment that tells Twilio when to retry.

    Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides. The fragment is neither sent nor
    signed.
    """

    STATUS = "rc=5&rp=all"
    """A status: no one waits for the response, and Twilio sends each status only once."""
    STEP = "rc=2&rp=ct,5xx"
    """The next step of a call. A caller waits in silence, so a slow answer is not retried."""


def with_retries(url: str, asked: Asked) -> str:
    """Return the URL with the fragment that tells Twilio when to retry."""
    return f"{url}#{asked}"


def gather(action: str, timeout: int, *, speech: bool, **attributes: Any) -> Gather:
    """Return a <Gather> of one key or, if `speech`, of speech too.

    `timeout` is in seconds until the first sound or key; `action` is the URL for the answer, from
    `with_retries`.
    """
    if speech:
        attributes["speech_timeout"] = SPEECH_SECONDS
    return Gather(
        input="dtmf speech" if speech else "dtmf",
        action=action,
        method="POST",
        timeout=timeout,
        num_digits=1,
        finish_on_key="",
        **attributes,
    )


def is_number(number: str) -> bool:
    """Check whether a number can be called back: neither hidden, malformed nor impossible."""
    if not E164.match(number) or {number[1:], number.removeprefix("+1")} & HIDDEN_ON_KEYPAD:
        return False
    if NORTH_AMERICAN.match(number):
        return True
    try:
        read = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    reason = phonenumbers.is_possible_number_with_reason(read)
    return bool(reason == phonenumbers.ValidationResult.IS_POSSIBLE)


def clean(text: str) -> str:
    """Return `text` without the characters that XML does not allow."""
    return NOT_XML.sub("", text)
