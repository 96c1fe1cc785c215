"""TwiML verbs as values, as `twiml.read` returns them.

URLs are as written in the document; the caller resolves them against the document's URL. An empty `action` means the
document's own URL. Times are in whole seconds unless named otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

COMPLETED = frozenset({"completed"})
"""The default events of a status callback: only the end."""


@dataclass(frozen=True, slots=True)
class Message:
    """<Message>: answer the person who texted."""

    body: str
    status_callback: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """<Say>: `text` is the spoken text without SSML; `breaks_ms` are its pauses, in order."""

    text: str
    language: str
    voice: str
    breaks_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Gather:
    """<Gather>: prompts that can be interrupted, then a wait for keys or speech.

    `num_digits` is 0 for "any number"; `finish_on_key` is "" for "none". `speech_timeout` is the wait after speech,
    by default `timeout`.
    """

    prompts: tuple[Say, ...]
    inputs: frozenset[str]
    action: str
    num_digits: int
    finish_on_key: str
    timeout: int
    hints: tuple[str, ...]
    language: str
    action_on_empty: bool
    speech_timeout: int

    def take(self, keys: str) -> str:
        """Return the keys it accepts: up to `num_digits`, or up to `finish_on_key`."""
        digits = ""
        for key in keys:
            if key == self.finish_on_key:
                break
            digits += key
            if len(digits) == self.num_digits:
                break
        return digits


@dataclass(frozen=True, slots=True)
class Redirect:
    """<Redirect>: continue with another document."""

    url: str


@dataclass(frozen=True, slots=True)
class Number:
    """<Number>: one phone to ring; `url` is the whisper that the person who answers hears."""

    to: str
    url: str = ""
    status_callback: str = ""
    events: frozenset[str] = COMPLETED
    """The events that the status callback is sent for."""


@dataclass(frozen=True, slots=True)
class Dial:
    """<Dial>: ring these phones at once. Without an action the document continues afterward."""

    numbers: tuple[Number, ...]
    action: str = ""
    timeout: int = 30
    caller_id: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """<Record>: record a voicemail."""

    action: str
    max_length: int
    finish_on_key: str
    beep: bool


@dataclass(frozen=True, slots=True)
class Hangup:
    """<Hangup>: end the call."""


Verb = Message | Say | Gather | Redirect | Dial | Record | Hangup
