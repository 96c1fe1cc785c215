"""TwiML as values: what `twiml.read` makes of a document, in the order it is to be carried out.

URLs stand as they were written; whoever carries a verb out joins them to the document's own address.
An empty `action` means the document's own address. Times are in whole seconds unless named otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

COMPLETED = frozenset({"completed"})
"""What a status callback is told of unless it asks for more: the end."""


@dataclass(frozen=True, slots=True)
class Message:
    """<Message>: text this. `to` is "" for the person who texted."""

    body: str
    media: tuple[str, ...] = ()
    to: str = ""
    status_callback: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """<Say>: `text` is what is heard, with SSML taken away; `breaks_ms` are its pauses, in order."""

    text: str
    language: str
    voice: str
    breaks_ms: tuple[int, ...] = ()
    times: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    """<Play>: a sound file."""

    url: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """<Pause>: silence."""

    seconds: int = 1


Prompt = Say | Play | Pause


@dataclass(frozen=True, slots=True)
class Gather:
    """<Gather>: prompts that can be interrupted, then a wait for keys or speech.

    `num_digits` is 0 for "any number"; `finish_on_key` is "" for "none". `speech_timeout` is how long it waits after
    words: `timeout` where the document does not say.
    """

    prompts: tuple[Prompt, ...]
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
        """What it takes of the keys pressed: up to its number of digits, or to its finishing key."""
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
    """<Redirect>: go on with another document."""

    url: str


@dataclass(frozen=True, slots=True)
class Number:
    """<Number>: one phone to ring; `url` is heard by the person who answers, before they are joined."""

    to: str
    url: str = ""
    status_callback: str = ""
    events: frozenset[str] = COMPLETED
    """What the status callback is told of."""


@dataclass(frozen=True, slots=True)
class Dial:
    """<Dial>: ring these phones at once. Without an action the document goes on afterwards."""

    numbers: tuple[Number, ...]
    action: str = ""
    timeout: int = 30
    caller_id: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """<Record>: a voicemail."""

    action: str
    max_length: int
    finish_on_key: str
    beep: bool
    status_callback: str
    events: frozenset[str] = COMPLETED
    """What the status callback is told of."""


@dataclass(frozen=True, slots=True)
class Hangup:
    """<Hangup>."""


@dataclass(frozen=True, slots=True)
class Reject:
    """<Reject>: do not answer. Only as the first verb of a call."""

    reason: str = "rejected"


TextVerb = Message | Redirect
CallVerb = Say | Play | Pause | Gather | Redirect | Dial | Record | Hangup | Reject
Verb = TextVerb | CallVerb
