"""The values of a conversation: Event, Session, Reply, Effect, Turn.

Rule 1: all are frozen, and hold only strings, numbers, moments and tuples.
Rule 2: a Session goes through JSON unchanged (`as_json`, `from_json`).
Rule 3: an Effect is asked for here and performed elsewhere, in the turn's one commit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

MAX_ANSWERS = 40
"""How many answers BACK can walk over. More than the longest path through the flows."""


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


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as a channel read it.

    `id` is the provider's: the MessageSid, or the CallSid with the turn number that the voice
    renderer put in the action URL. The same id is the same event, however often it arrives.
    `at` is aware, and in the hotline's own time zone: a day that a person names counts from its date. `reachable` is false when the number is hidden or cannot be texted.
    """

    id: str
    at: datetime
    channel: Channel
    kind: Kind
    text: str = ""
    reachable: bool = True


class Texting(StrEnum):
    """What a person has said about texts that we start."""

    UNASKED = "unasked"
    YES = "yes"
    NO = "no"
    STOPPED = "stopped"
    """Opted out: nothing is texted until START, not even an answer."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Say the text with this id (file.state.part), with days put in the place of {names}."""

    text: str
    days: tuple[tuple[str, str], ...] = ()
    """A placeholder and the day it stands for, as 2026-11-23."""
    language: str = ""
    """The language to say it in, where that is not the session's."""


REACHED = "reached"
"""The choice of an Answer that is not one: the person reached the outcome stated by `state`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The choice a person made at a question, or an outcome they reached. Both are names from the
    flow, never words.
    """

    state: str
    choice: str


@dataclass(frozen=True, slots=True)
class Session:
    """Where one person is. Holds names of states and choices only, none of the person's words.

    `book` is the version of the flows the session began with. `answers` is a stack, oldest
    first, of choices made and outcomes reached: BACK pops it. `paused` is the question to return
    to after an aside.
    """

    book: str = ""
    language: str = "en"
    texting: Texting = Texting.UNASKED
    known: tuple[tuple[str, str], ...] = ()
    """What questions that take a value were told: the question and a state's code or a day's date."""
    state: str = ""
    paused: str = ""
    answers: tuple[Answer, ...] = ()
    last: tuple[Tell, ...] = ()
    """What the last turn said before its question: what REPEAT says again."""
    stuck_at: str = ""
    """The question that two misses, or two silences, led away from."""
    told: tuple[str, ...] = ()
    """States marked `once` that this person has had."""
    misses: int = 0
    silences: int = 0
    seen: datetime | None = None

    def answer_to(self, state: str) -> str | None:
        """The last choice made at `state`, or None."""
        return next((a.choice for a in reversed(self.answers) if a.state == state), None)

    def told_to(self, question: str) -> str | None:
        """What the question of this name was told: a state's code, or a day as 2026-11-23. Or None."""
        return next((value for name, value in self.known if name == question), None)

    def knowing(self, question: str, value: str) -> Session:
        """This session, with `question` told this value."""
        others = tuple(pair for pair in self.known if pair[0] != question)
        return replace(self, known=(*others, (question, value)))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes reached, as the names of the states that state them, oldest first."""
        return tuple(a.state for a in self.answers if a.choice == REACHED)

    def with_answer(self, state: str, choice: str) -> Session:
        """This session with one more answer on the stack; the oldest goes when it is full."""
        return replace(self, answers=(*self.answers, Answer(state, choice))[-MAX_ANSWERS:])

    def before_last_answer(self) -> tuple[Session, str] | None:
        """The session as it was before the last choice, and the question that choice answered.
        None when there is nothing to undo.
        """
        for index in range(len(self.answers) - 1, -1, -1):
            if self.answers[index].choice != REACHED:
                return replace(self, answers=self.answers[:index]), self.answers[index].state
        return None

    def as_json(self) -> str:
        """This session as one line of JSON. Nothing but names, counts and a moment."""
        return json.dumps(
            {
                "book": self.book,
                "language": self.language,
                "texting": self.texting,
                "known": self.known,
                "state": self.state,
                "paused": self.paused,
                "answers": [[a.state, a.choice] for a in self.answers],
                "last": [[t.text, t.days, t.language] for t in self.last],
                "stuck_at": self.stuck_at,
                "told": self.told,
                "misses": self.misses,
                "silences": self.silences,
                "seen": self.seen.timestamp() if self.seen else None,
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, line: str) -> Session:
        """The session that `as_json` wrote. Fields that a newer version added get their defaults."""
        read = json.loads(line)
        seen = read.get("seen")
        return cls(
            book=read.get("book", ""),
            language=read.get("language", "en"),
            texting=Texting(read.get("texting", Texting.UNASKED)),
            known=tuple((question, value) for question, value in read.get("known", ())),
            state=read.get("state", ""),
            paused=read.get("paused", ""),
            answers=tuple(Answer(s, c) for s, c in read.get("answers", ())),
            last=tuple(
                Tell(text, tuple(map(tuple, days)), said) for text, days, said in read.get("last", ())
            ),
            stuck_at=read.get("stuck_at", ""),
            told=tuple(read.get("told", ())),
            misses=read.get("misses", 0),
            silences=read.get("silences", 0),
            seen=datetime.fromtimestamp(seen, UTC) if seen is not None else None,
        )


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


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the question of this state, and offer its choices."""

    state: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call. Means nothing on SMS."""


Reply = Tell | Ask | HangUp


@dataclass(frozen=True, slots=True)
class Consent:
    """The person said yes to texts that we start. `wording` is the id of the text shown."""

    wording: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """The person said no to texts that we start: drop all that waits, and forget the number."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Text the reminder of this name, so long after the event."""

    reminder: str
    after: timedelta


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
class Count:
    """Add one to a figure of the day. `name` is a name from the flow or of a fixed set."""

    name: str


Effect = Consent | Refuse | FollowUp | Cancel | StopAll | Restart | Count


@dataclass(frozen=True, slots=True)
class Turn:
    """What `step` decided: the session to keep, what to say, what to do."""

    session: Session
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = field(default=())
