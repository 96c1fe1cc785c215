"""The inputs and outputs of a turn: Event, Reply, Effect, and their parts.

Rule 1: all are frozen and contain only strings, numbers, datetimes and tuples.
Rule 2: an Effect is requested here and performed elsewhere, in the turn's one commit.

Where a person is belongs to `session`; what a question is belongs to `book.states`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class FlowError(Exception):
    """A mistake in the flow files (our fault, found at startup).

    The message names the location, the problem and a fix: "[menu]: no state named 'helb'; did you mean 'help'?".
    """


class Channel(StrEnum):
    """How a person reaches us."""

    SMS = "sms"
    VOICE = "voice"


class EventKind(StrEnum):
    """What happened."""

    OPENED = "opened"
    """A call began."""
    SAID = "said"
    """A text came in."""
    PRESSED = "pressed"
    """Phone keys were pressed in a call."""
    SPOKEN = "spoken"
    """Speech was recognized in a call."""
    SILENT = "silent"
    """Neither keys nor speech came before the timeout."""
    LEFT = "left"
    """The call ended."""
    DUE = "due"
    """A follow-up is due; `text` names the reminder."""
    DIALED = "dialed"
    """The staff's phone rang; `text` is "joined" if they talked, else "missed"."""
    RECORDED = "recorded"
    """A message for the staff was left; `text` is the recording's id, empty if nothing was said."""


@dataclass(frozen=True)
class Event:
    """One thing that happened, as read from a channel.

    `id` is the provider's: the MessageSid, or the CallSid with the turn number of the action URL. The same id is the
    same event, however often it arrives. `at` is timezone-aware, in the hotline's own time zone: a day that a person
    names counts from its date. `ours` is the hotline number that the person texted or called, and the sender of our
    texts to them. `reachable` is false if the caller's number is hidden. `staffed` says whether the center's staff can
    be called now. `requests_seen` says whether anyone at the center sees callback requests and messages; by default
    nobody does, and nothing is promised. `days` are those that a due reminder was planned with (`FollowUp.days`).
    """

    id: str
    at: datetime
    channel: Channel
    kind: EventKind
    text: str = ""
    reachable: bool = True
    staffed: bool = False
    ours: str = ""
    requests_seen: bool = False
    days: tuple[tuple[str, str], ...] = ()


class Texting(StrEnum):
    """A person's consent to texts that we start."""

    UNASKED = "unasked"
    PENDING = "pending"
    """Agreed to in a call. Caller ID can be spoofed, so the series begins with a yes by text."""
    YES = "yes"
    NO = "no"
    STOPPED = "stopped"
    """Opted out: nothing is texted until START, not even an answer."""


class LineType(StrEnum):
    """Whether a phone line takes texts, according to Twilio Lookup."""

    UNKNOWN = "unknown"
    """Not looked up, or not recently."""
    TEXTS = "texts"
    UNSURE = "unsure"
    """Of a type that may take texts: only its owner knows."""
    LANDLINE = "landline"


class Nudge(StrEnum):
    """A caller's consent to one text if the call drops."""

    UNASKED = "unasked"
    YES = "yes"
    NO = "no"
    USED = "used"
    """It was sent, or is about to be: there is only one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question: its name, the text that offers it, and its target."""

    name: str
    text: str
    go: str
    words: tuple[str, ...] = ()
    say: str = ""
    """How it is offered in a call, if that differs from `text`."""
    ages: tuple[int, int] | None = None
    """The ages in years that it stands for, from the first to below the second."""
    hours: tuple[int, int] | None = None
    """The hours of the day that it covers, at a question about a good time: [12, 17] is the afternoon."""
    days: tuple[int, int] | None = None
    """The number of days that it stands for, at a question how many there were: [0, 11] is ten or less."""
    days_ago: int | None = None
    """The day that it stands for, at a question that takes a day: 0 is today."""
    gives: tuple[tuple[str, str], ...] = ()
    """Answers to other questions that a story with this one gives too: a suspended child goes to school."""
    means: tuple[str, ...] = ()
    """Intents that answer with it: "he was suspended", at a question about that."""
    needs_texts: bool = False
    """It leads to a text, so that a call offers it only where texts can come."""
    whole: bool = False
    """It tells a parent to do nothing: only an answer that says nothing else chooses it, and no sentence does."""
    noted: bool = False
    """Whether a text that says only this at another question is recorded for later: "he goes to public school"."""

    def __hash__(self) -> int:
        return hash((self.name, self.text))  # a turn looks ten choices up in caches


Blanks = tuple[tuple[str, str], ...]
"""Placeholders of a text with their values: a day as 2026-11-23, a number, or text ids."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Say the text with this id (file.state.part), with its placeholders filled."""

    text: str
    blanks: Blanks = ()
    language: str = ""
    """The language to say it in, if not the session's."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the question of this state; if `brief`, a call omits the explanation before it."""

    state: str
    brief: bool = False
    blanks: Blanks = ()
    only: tuple[str, ...] = ()
    """The names of the choices to offer; empty for all."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Ring the staff's phone and connect the caller if someone answers. No effect on SMS."""


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Record a message for the staff after the tone. No effect on SMS."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call. No effect on SMS."""


Reply = Tell | Ask | Transfer | TakeMessage | HangUp


@dataclass(frozen=True, slots=True)
class Consent:
    """The person agreed to texts we start, or to just `one_text`; `wording` is the id of the text shown."""

    wording: str
    one_text: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """The person said no to texts that we start: drop all pending ones, and forget the number."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Text the reminder with this name, `after` the event.

    It replaces a pending one, unless `keep` says to leave that one's due date. `one_text` marks one that the person
    agreed to by itself. `days`, each with its question, stay what they were, also for another child's conversation.
    """

    reminder: str
    after: timedelta
    keep: bool = False
    one_text: bool = False
    days: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TextThis:
    """Send these texts once, now: the person asked for them in a call and said yes."""

    tells: tuple[Tell, ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel those of the named reminders that are pending."""

    reminders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopAll:
    """The person opted out: cancel everything pending, and text nothing more."""


@dataclass(frozen=True, slots=True)
class Restart:
    """The person undid an opt-out."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Find out whether the line behind the number takes texts."""


class ReachBy(StrEnum):
    """How a person who asked for the staff wants to be reached."""

    CALL = "call"
    TEXT = "text"
    """By text, and not called: a deaf parent, or one whom a call would endanger."""
    MESSAGE = "message"
    """As their recorded message says."""


@dataclass(frozen=True, slots=True)
class AskPerson:
    """The person wants to be called or texted (`when`: a choice's name) or left a message (`recording`: its id).

    `by` does not matter with a message, which says itself how to reach them. `urgent` says that there were signs
    of danger, and the person has not said since that all is well. `words` is how they named the time themselves.
    """

    when: str = ""
    recording: str = ""
    by: ReachBy = ReachBy.CALL
    urgent: bool = False
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Erase:
    """Erase all data about the person, here and at the carrier, except an opt-out."""


@dataclass(frozen=True, slots=True)
class Count:
    """Increment a daily counter. `name` is a name from the flow or from a fixed set."""

    name: str


@dataclass(frozen=True, slots=True)
class Missed:
    """Public-list words in a text that was not understood, for `store.misunderstood`."""

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
