"""The values that go into a turn and come out of it: Event, Reply, Effect, and what they are made of.

Rule 1: all are frozen, and hold only strings, numbers, moments and tuples.
Rule 2: an Effect is asked for here and performed elsewhere, in the turn's one commit.

Where a person is stands in `session`, what a question is in `book.states`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class FlowError(Exception):
    """The flow files are wrong (our fault, found at start). The message says where, what, and
    what would be right: "screening.toml [kind_of_help]: no state named 'how_offen'; did you mean
    'how_often'?"."""


class Channel(StrEnum):
    """How a person reaches us."""

    SMS = "sms"
    VOICE = "voice"


class Kind(StrEnum):
    """What happened."""

    OPENED = "opened"
    """A call began."""
    SAID = "said"
    """A text came in."""
    PRESSED = "pressed"
    """Phone keys were pressed in a call."""
    HEARD = "heard"
    """Speech was recognised in a call."""
    SILENT = "silent"
    """Neither keys nor speech came in time."""
    LEFT = "left"
    """The call ended."""
    DUE = "due"
    """The time of a follow-up has come; `text` names the reminder."""
    DIALED = "dialed"
    """The staff's phone has rung; `text` is "joined" when they talked, else "missed"."""
    RECORDED = "recorded"
    """A message for the staff was left; `text` is the recording's id, empty when nothing was said."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as a channel read it.

    `id` is the provider's: the MessageSid, or the CallSid with the turn number that the voice
    renderer put in the action URL. The same id is the same event, however often it arrives.
    `at` is aware, and in the hotline's own time zone: a day that a person names counts from its date.
    `ours` is the number of ours that the person wrote to or called: what we text them comes from it.
    `reachable` is false when the number is hidden. `staffed` says whether the center's people can be called now,
    `requests_seen` whether anybody at the center sees a request for a call back or a message: nothing is promised where
    nobody would, so that is what an event says that does not know.
    """

    id: str
    at: datetime
    channel: Channel
    kind: Kind
    text: str = ""
    reachable: bool = True
    staffed: bool = False
    ours: str = ""
    requests_seen: bool = False


class Texting(StrEnum):
    """What a person has said about texts that we start."""

    UNASKED = "unasked"
    YES = "yes"
    NO = "no"
    STOPPED = "stopped"
    """Opted out: nothing is texted until START, not even an answer."""


class LineType(StrEnum):
    """What the line behind a number can do, as Twilio's Lookup told."""

    UNKNOWN = "unknown"
    """Not looked up, or not lately."""
    TEXTS = "texts"
    UNSURE = "unsure"
    """Of a type that may take texts: only its owner can tell."""
    LANDLINE = "landline"
    """Takes no texts, whatever it is."""


class Nudge(StrEnum):
    """What a caller said about one text, should the call drop."""

    UNASKED = "unasked"
    YES = "yes"
    NO = "no"
    USED = "used"
    """It was sent, or is about to be: there is only one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question: what it is called, how it is offered, where it leads."""

    name: str
    text: str
    go: str
    words: tuple[str, ...] = ()
    say: str = ""
    """How it is offered in a call, where that differs from `text`."""
    ages: tuple[int, int] | None = None
    """The ages in years that it stands for, from the first to below the second."""
    days_ago: int | None = None
    """The day that it stands for, at a question that takes one: 0 is today."""
    means: tuple[str, ...] = ()
    """Intents that answer with it: "he was suspended", where that is asked."""


Blanks = tuple[tuple[str, str], ...]
"""Placeholders of a text, each with what stands there: a day as 2026-11-23, or a number."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Say the text with this id (file.state.part), with its blanks filled."""

    text: str
    blanks: Blanks = ()
    language: str = ""
    """The language to say it in, where that is not the session's."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the question of this state, and offer its choices. When `brief`, a call hears the question
    itself and its keys, without what was explained before.
    """

    state: str
    brief: bool = False
    blanks: Blanks = ()
    only: tuple[str, ...] = ()
    """The names of the choices to offer, where not all of them are."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Ring the staff's phone, and join the two when somebody there takes the call. Means nothing on SMS."""


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Record a message for the staff, after the tone. Means nothing on SMS."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call. Means nothing on SMS."""


Reply = Tell | Ask | Transfer | TakeMessage | HangUp


@dataclass(frozen=True, slots=True)
class Consent:
    """The person said yes to texts that we start. `wording` is the id of the text shown. With `one_text`
    the yes is to a single text, and starts no others.
    """

    wording: str
    one_text: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """The person said no to texts that we start: drop all that waits, and forget the number."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Text the reminder of this name, so long after the event. It takes the place of one that waits, unless
    that is to `keep` its day. `one_text` is one that the person said yes to by itself.
    """

    reminder: str
    after: timedelta
    keep: bool = False
    one_text: bool = False


@dataclass(frozen=True, slots=True)
class TextThis:
    """Text these words, once and now: the person asked for them in a call and said yes."""

    tells: tuple[Tell, ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    """Drop those of the named reminders that still wait."""

    reminders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopAll:
    """The person opted out: drop all that waits, and text nothing more."""


@dataclass(frozen=True, slots=True)
class Restart:
    """The person undid an opt-out."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Find out whether the line behind the number takes texts."""


@dataclass(frozen=True, slots=True)
class AskPerson:
    """The person wants the staff to call back, or left a message. `when` is the name of the choice of a good
    time, `recording` the id of the message at the carrier; either may be empty.
    """

    when: str = ""
    recording: str = ""


@dataclass(frozen=True, slots=True)
class Erase:
    """Remove all that is held about the person, here and at the carrier; only an opt-out stays."""


@dataclass(frozen=True, slots=True)
class Count:
    """Add one to a figure of the day. `name` is a name from the flow or of a fixed set."""

    name: str


@dataclass(frozen=True, slots=True)
class Missed:
    """Words of the public list stood in a text that was not understood. They are counted for different people, and shown
    only where three used one (`store.misunderstood`).
    """

    words: tuple[str, ...]


Effect = (
    Consent
    | Refuse
    | FollowUp
    | TextThis
    | Cancel
    | StopAll
    | Restart
    | LookUp
    | AskPerson
    | Erase
    | Count
    | Missed
)
