"""Where one person is, and what a turn makes of it: Session and Turn.

Rule 1: a Session holds names of states and choices, days and counts; none of the person's words, but for minutes the
        numbers of public words of a very short text (`tail`).
Rule 2: it goes through JSON unchanged (`as_json`, `from_json`).
Rule 3: BACK undoes the last answer, whatever it was: `trail` has where the person stood each time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hotline.conversation.model.events import (
    Effect,
    LineType,
    Nudge,
    Reply,
    Tell,
    Texting,
)
from hotline.conversation.model.notation import (
    blanks_from_json,
    replies_as_json,
    replies_from_json,
    tells_from_json,
)

MAX_ANSWERS = 60
"""Answers remembered, and answers that BACK can undo. More than the longest way through the flows."""

JOINED_WITHIN = timedelta(minutes=3)
"""How long texts of a word or two are remembered, to be read together with the next. Then they are gone."""

REACHED = "reached"
"""The choice of an Answer that is not one: the person reached the outcome stated by `state`."""

BEGAN = "began"
"""The choice of an Answer that is not one: a new screening began at `state`. What was answered before it
counts no longer, and BACK over it brings that back.
"""

NO_ANSWERS = (REACHED, BEGAN)


@dataclass(frozen=True, slots=True)
class Answer:
    """The choice a person made at a question, an outcome they reached, or the beginning of a screening. All
    are names from the flow, never words.
    """

    state: str
    choice: str


@dataclass(frozen=True, slots=True)
class Step:
    """Where a person stood when they answered: the question, what was put aside then, and how much had been
    answered and told.
    """

    state: str
    paused: str = ""
    answers: int = 0
    told: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """Where one person is. `book` is the version of the flows the session began with; `paused` is the question
    to return to after an aside.
    """

    book: str = ""
    language: str = "en"
    texting: Texting = Texting.UNASKED
    before_stop: Texting = Texting.UNASKED
    """What `texting` was before words that may have been a STOP."""
    nudge: Nudge = Nudge.UNASKED
    line: LineType = LineType.UNKNOWN
    known: tuple[tuple[str, str], ...] = ()
    """What questions that take a value were told: the question and a state's code or a day's date."""
    state: str = ""
    paused: str = ""
    answers: tuple[Answer, ...] = ()
    """Choices made at questions that are held, and outcomes reached, the oldest first."""
    trail: tuple[Step, ...] = ()
    earlier: tuple[str, ...] = ()
    """Outcomes of the screening before this one. What was started for them ends when this one reaches its own."""
    another: bool = False
    """This screening is about another child: what was started for the one before stays."""
    outcome_at: datetime | None = None
    """When the last outcome was reached."""
    last: tuple[Tell, ...] = ()
    """What was said before the last question: what REPEAT says again."""
    heard: tuple[Tell, ...] = ()
    """What was told last in a call that somebody may want as a text. A turn that tells nothing leaves it."""
    more: tuple[Reply, ...] = ()
    """What a call has still to say, once the caller asks to hear it."""
    wanted: tuple[Tell, ...] = ()
    """What the caller asked to have texted. It stays after their yes, for BACK may take that back, and goes with
    the call.
    """
    between: tuple[str, ...] = ()
    """Intents close together, of which we asked which was meant."""
    given: tuple[tuple[str, str], ...] = ()
    """Answers told on the way, before their questions were asked: the question and the choice."""
    worry: str = ""
    """The class of danger that we asked about."""
    safe_asked: datetime | None = None
    """When we last asked whether anyone is in danger."""
    stuck_at: str = ""
    """The question that two misses led away from."""
    told: tuple[str, ...] = ()
    """States marked `once` that this person has had."""
    days_out: tuple[str, ...] = ()
    """School days that the child was out of school, as 2026-11-23, in the order they were told."""
    reminded: tuple[tuple[str, datetime], ...] = ()
    """Reminders that were texted, each with when, the latest first: the last question among them can be answered for
    longer than a place is kept.
    """
    tail: str = ""
    """Numbers of the public words of texts of a word or two that came just before (`engine.pieces`)."""
    misses: int = 0
    silences: int = 0
    repeats: int = 0
    seen: datetime | None = None

    def answer_to(self, state: str) -> str | None:
        """The last choice made at `state` in this screening, or None."""
        return next((a.choice for a in self.screening if a.state == state), None)

    def told_to(self, question: str) -> str | None:
        """What the question of this name was told: a state's code, or a day as 2026-11-23. Or None."""
        return next((value for name, value in self.known if name == question), None)

    def knowing(self, question: str, value: str) -> Session:
        """This session, with `question` told this value."""
        others = tuple(pair for pair in self.known if pair[0] != question)
        return replace(self, known=(*others, (question, value)))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes reached in this screening, as the names of the states that state them, oldest first."""
        return tuple(a.state for a in reversed(self.screening) if a.choice == REACHED)

    def with_answer(self, state: str, choice: str) -> Session:
        """This session with one more answer; the oldest goes when there are too many."""
        answers = (*self.answers, Answer(state, choice))
        too_many = len(answers) - MAX_ANSWERS
        if too_many <= 0:
            return replace(self, answers=answers)
        trail = tuple(replace(step, answers=max(0, step.answers - too_many)) for step in self.trail)
        return replace(self, answers=answers[too_many:], trail=trail)

    def forgot_since(self, earlier: Session) -> int:
        """How many of the answers of an earlier session this one has no room for any more."""
        if len(self.answers) < MAX_ANSWERS:
            return 0
        had = earlier.answers
        return next(n for n in range(len(had) + 1) if self.answers[: len(had) - n] == had[n:])

    def before_last_answer(self) -> Session | None:
        """The session as it was when the last answer was given. None when there is none to undo."""
        if not self.trail:
            return None
        *trail, step = self.trail
        return replace(
            self,
            state=step.state,
            paused=step.paused,
            answers=self.answers[: step.answers],
            told=self.told[: step.told],
            trail=tuple(trail),
        )

    @property
    def screening(self) -> tuple[Answer, ...]:
        """The answers since the screening began, the latest first."""
        found: list[Answer] = []
        for answer in reversed(self.answers):
            if answer.choice == BEGAN:
                break
            found.append(answer)
        return tuple(found)

    def as_json(self) -> str:
        """This session as one line of JSON. What has its default is left out: most of it has, at every turn."""
        written = {
            "book": self.book,
            "language": self.language,
            "texting": self.texting,
            "before_stop": self.before_stop,
            "nudge": self.nudge,
            "line": self.line,
            "known": self.known,
            "state": self.state,
            "paused": self.paused,
            "answers": [name for a in self.answers for name in (a.state, a.choice)],
            "trail": [part for s in self.trail for part in (s.state, s.paused, s.answers, s.told)],
            "earlier": self.earlier,
            "another": self.another,
            "outcome_at": _seconds(self.outcome_at),
            "last": replies_as_json(self.last),
            "heard": replies_as_json(self.heard),
            "more": replies_as_json(self.more),
            "wanted": replies_as_json(self.wanted),
            "between": self.between,
            "given": self.given,
            "worry": self.worry,
            "safe_asked": _seconds(self.safe_asked),
            "stuck_at": self.stuck_at,
            "told": self.told,
            "days_out": self.days_out,
            "reminded": [(name, at.timestamp()) for name, at in self.reminded],
            "tail": self.tail,
            "misses": self.misses,
            "silences": self.silences,
            "repeats": self.repeats,
            "seen": _seconds(self.seen),
        }
        return json.dumps({name: v for name, v in written.items() if v}, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> Session:
        """The session that `as_json` wrote. What is not there gets its default; what a newer version added is
        left out, so that two versions may run beside each other.
        """
        read = json.loads(line)
        return cls(**{name: READ[name](value) for name, value in read.items() if name in READ})


@dataclass(frozen=True, slots=True)
class Turn:
    """What `step` decided: the session to keep, what to say, what to do."""

    session: Session
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = field(default=())


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None


def _answers(written: Sequence[str]) -> tuple[Answer, ...]:
    return tuple(map(Answer, written[::2], written[1::2]))


def _trail(written: Sequence[Any]) -> tuple[Step, ...]:
    return tuple(map(Step, written[::4], written[1::4], written[2::4], written[3::4]))


def reminded_from_json(written: Sequence[Sequence[Any]]) -> tuple[tuple[str, datetime], ...]:
    """Reminders with when they were texted, from pairs of a name and seconds since 1970."""
    return tuple((str(name), datetime.fromtimestamp(at, UTC)) for name, at in written)


READ: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("book", "language", "state", "paused", "stuck_at", "worry", "tail"), str),
    **dict.fromkeys(("misses", "silences", "repeats"), int),
    "another": bool,
    "texting": Texting,
    "before_stop": Texting,
    "nudge": Nudge,
    "line": LineType,
    "known": blanks_from_json,
    "answers": _answers,
    "trail": _trail,
    "earlier": tuple,
    "outcome_at": _moment,
    "last": tells_from_json,
    "heard": tells_from_json,
    "more": replies_from_json,
    "wanted": tells_from_json,
    "told": tuple,
    "days_out": tuple,
    "between": tuple,
    "given": blanks_from_json,
    "safe_asked": _moment,
    "reminded": reminded_from_json,
    "seen": _moment,
}
"""How each field is made of what JSON holds."""
