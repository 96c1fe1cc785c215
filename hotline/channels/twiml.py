"""What both channels need of Twilio's forms and documents: numbers, addresses that are asked again, <Gather>.

Rule 1: every address that Twilio is to ask comes from `with_retries`, and every <Gather> from `gather`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Final

import phonenumbers
from twilio.twiml.voice_response import Gather

HIDDEN_ON_KEYPAD: Final = frozenset({"266696687", "7378742833", "2562533", "8656696", "86282452253"})
"""ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE, as keys of a phone: what stands for a number that the caller hides, after a plus, and after +1 too. A carrier in between writes the word as
a number. Source: Twilio's changelog of November 16, 2022."""

E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")

RECORDING_SID = re.compile(r"RE[0-9a-f]{32}")

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, escaped or not; one makes Twilio refuse the document (12100)."""


EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response />'
"""For what needs no answer: nothing is sent; a call that gets it ends."""

SPEECH_SECONDS: Final = 2
"""Of silence after words, before Twilio takes them as the answer. Without it, it waits for `timeout` after each
spoken answer: 10 or 20 seconds, in which a caller hears nothing and says it again."""


class Asked(StrEnum):
    """For what Twilio asks an address, as the fragment that says when it asks again.

    Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides. The fragment is neither sent nor signed.
    """

    STATUS = "rc=5&rp=all"
    """A status: nobody waits for it, and nobody tells it once more."""
    STEP = "rc=2&rp=ct,5xx"
    """The next step of a call. Somebody listens to silence meanwhile, so not after an answer that took too long."""


def with_retries(url: str, asked: Asked) -> str:
    """The address with what tells Twilio when to ask it again."""
    return f"{url}#{asked}"


def gather(action: str, timeout: int, *, speech: bool, **attributes: Any) -> Gather:
    """A <Gather> of one key, or of words too where there is `speech`. `timeout` is in seconds, until the first
    sound or key; `action` is where the answer goes, from `with_retries`.
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
    """Whether `number` is one that can be called back, rather than a hidden, mangled or impossible one."""
    if not E164.match(number) or {number[1:], number.removeprefix("+1")} & HIDDEN_ON_KEYPAD:
        return False
    try:
        read = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    reason = phonenumbers.is_possible_number_with_reason(read)
    return bool(reason == phonenumbers.ValidationResult.IS_POSSIBLE)


def clean(text: str) -> str:
    """`text` without the characters that XML cannot hold."""
    return NOT_XML.sub("", text)
