"""The state of one conversation, and the result of a turn: Session and Turn.

Rule 1: a Session contains names of states and choices, days and counts, and none of the person's text;
        except that `tail` keeps, for minutes, the numbers of public-list words of a very short text.
Rule 2: it survives a round trip through JSON unchanged (`session_json`).
Rule 3: BACK undoes the last answer, whatever it was: `steps` records where the person was each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Effect, LineType, Nudge, Reply, Tell, Texting

MAX_ASIDE = 6
"""The most questions put aside at once: more than a person can leave before going back to one."""

MAX_ANSWERS = 60
"""Answers remembered, and answers BACK can undo: more than the longest path through the flows."""

JOINED_WITHIN = timedelta(minutes=3)
"""How long texts of a word or two are remembered, to be read together with the next."""

REACHED = "reached"
"""A pseudo-choice of an Answer: the person reached the outcome that `state` states."""

BEGAN = "began"
"""A pseudo-choice of an Answer: a screening began at `state`, and earlier answers no longer count."""

NO_ANSWERS = (REACHED, BEGAN)


@dataclass(frozen=True, slots=True)
class Answer:
    """A choice made at a question, an outcome reached, or a screening begun: names from the flow only."""

    state: str
    choice: str


@dataclass(frozen=True, slots=True)
class Step:
    """Where a person was when they answered: the question, the paused one, and counts to restore."""

    state: str = ""
    paused: str = ""
    answers: int = 0
    received: int = 0
    below: tuple[str, ...] = ()
    aside: bool = False
    known: tuple[tuple[str, str], ...] | None = None
    """The values known then, if what followed changed them."""
    part: int = 0
    """The part of the question's choices that a call had offered."""
    days_out: tuple[str, ...] | None = None
    """The days out of school then, if what followed changed them."""
    started: tuple[str, ...] = ()
    """The reminders that the answer started, other than those of an outcome."""
    ended: tuple[str, ...] = ()
    """The reminders counted from a day that it canceled."""


@dataclass(frozen=True)
class Session:
    """Where one person is: `book` is their flow version, `paused` the question an aside returns to.

    It has no slots, so that `copying.replace` copies it in one step.

    Questions put aside form a stack: `paused` on top, those before it in `below`.
    """

    book: str = ""
    language: str = "en"
    texting: Texting = Texting.UNASKED
    before_stop: Texting = Texting.UNASKED
    """`texting` before a message that may have been a STOP."""
    nudge: Nudge = Nudge.UNASKED
    line: LineType = LineType.UNKNOWN
    known: tuple[tuple[str, str], ...] = ()
    """Values given to questions that take one: the question, and a state's code or a date."""
    tongue: str = ""
    """The language that the person speaks, if it is none of ours: a table of lexicon/others.toml."""
    state: str = ""
    paused: str = ""
    below: tuple[str, ...] = ()
    """Questions put aside before `paused`, oldest first."""
    aside: bool = False
    """Whether the open question was asked for in passing, so that the next aside does not return to it."""
    part: int = 0
    """The part of the open question's choices that a call offers (`engine.question_parts`)."""
    answers: tuple[Answer, ...] = ()
    """Choices at questions that remember their answer, and outcomes reached, oldest first."""
    steps: tuple[Step, ...] = ()
    earlier: tuple[str, ...] = ()
    """Outcomes of the previous screening; their follow-ups are canceled at this one's own outcome."""
    another: bool = False
    """This screening is about another child: the previous one's follow-ups stay."""
    outcome_at: datetime | None = None
    """When the last outcome was reached."""
    last: tuple[Tell, ...] = ()
    """The replies before the last question, for REPEAT."""
    textable: tuple[Tell, ...] = ()
    """What a call last said that the caller may want texted. A turn that adds nothing keeps it."""
    more: tuple[Reply, ...] = ()
    """Replies that a call has yet to say, once the caller asks for more."""
    dictation: tuple[Reply, ...] = ()
    """The rest of a dictated letter that the caller was led away from, from the line that was said last."""
    wanted: tuple[Tell, ...] = ()
    """What the caller asked to have texted, stored until the call ends because BACK may undo a yes."""
    between: tuple[str, ...] = ()
    """Close intents, when we asked which one was meant."""
    given: tuple[tuple[str, str], ...] = ()
    """Answers given before their questions were asked: the question and the choice."""
    worry: str = ""
    """The danger class that we asked about."""
    safe_asked: datetime | None = None
    """When we last asked whether anyone is in danger."""
    held_back: tuple[Tell, ...] = ()
    """What a call answers once the caller has said that nobody is in danger."""
    in_danger: bool = False
    """Whether there were signs of danger, and the person has not said since that all is well."""
    stuck_at: str = ""
    """The question that the person left after two misses."""
    received: tuple[str, ...] = ()
    """The `once` statements that this person has received."""
    days_out: tuple[str, ...] = ()
    """Days that the child was out of school, as 2026-11-23, in the order they were given."""
    reminded: tuple[tuple[str, datetime], ...] = ()
    """Reminders texted, each with its time, latest first.

    The last question among them can be answered for longer than the person's place is kept.
    """
    reminders_answered: tuple[str, ...] = ()
    """Those of `reminded` that were answered, or whose matter was settled otherwise."""
    tail: str = ""
    """Numbers of public-list words of the preceding very short texts (`engine.pieces`)."""
    at_end: str = ""
    """The reminder to text when this call ends."""
    misses: int = 0
    silences: int = 0
    repeats: int = 0
    seen: datetime | None = None
    called: bool = False
    """Whether the last event was of a call."""

    def answer_to(self, state: str) -> str | None:
        """Return the last choice made at `state` in this screening, or None."""
        for answer in reversed(self.answers):
            if answer.choice == BEGAN:
                break
            if answer.state == state:
                return answer.choice
        return None

    def waits_at(self, question: str) -> bool:
        """Return whether this question is open or put aside."""
        return question in (self.state, *self.stack)

    def slot(self, question: str) -> str | None:
        """Return the value given to this question (a state's code, or a day as 2026-11-23), or None."""
        return next((value for name, value in self.known if name == question), None)

    def with_slot(self, question: str, value: str) -> Session:
        """Return this session with `value` recorded for `question`."""
        others = tuple(pair for pair in self.known if pair[0] != question)
        return replace(self, known=(*others, (question, value)))

    def without_slot(self, question: str) -> Session:
        """Return this session without a value recorded for `question`."""
        return replace(self, known=tuple(pair for pair in self.known if pair[0] != question))

    @property
    def stack(self) -> tuple[str, ...]:
        """All questions put aside, oldest first."""
        return (*self.below, self.paused) if self.paused else ()

    def back_to(self, name: str) -> Session:
        """Return this session with `name`, which is put aside, on top of what is: all above it is dropped."""
        return replace(self, paused=name, below=self.stack[: self.stack.index(name)])

    def with_aside(self, name: str) -> Session:
        """Return this session with `name` on top of what is put aside, dropping the oldest beyond MAX_ASIDE."""
        stack = tuple(n for n in self.stack if n != name)
        return replace(self, paused=name, below=stack[1 - MAX_ASIDE :])

    def without_aside(self, name: str) -> Session:
        """Return this session without `name` among what is put aside."""
        if name not in self.stack:
            return self
        *below, paused = ("", *(n for n in self.stack if n != name))
        return replace(self, paused=paused, below=tuple(below[1:]))

    def with_nothing_aside(self) -> Session:
        """Return this session with nothing put aside."""
        return replace(self, paused="", below=(), aside=False)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes reached in this screening, as state names, oldest first."""
        return tuple(a.state for a in reversed(self.screening) if a.choice == REACHED)

    def with_answer(self, state: str, choice: str) -> Session:
        """Return this session with one more answer, dropping the oldest beyond MAX_ANSWERS."""
        answers = (*self.answers, Answer(state, choice))
        too_many = len(answers) - MAX_ANSWERS
        if too_many <= 0:
            return replace(self, answers=answers)
        steps = tuple(replace(step, answers=max(0, step.answers - too_many)) for step in self.steps)
        return replace(self, answers=answers[too_many:], steps=steps)

    def forgot_since(self, earlier: Session) -> int:
        """Return how many answers of an earlier session this one has dropped for lack of room."""
        if len(self.answers) < MAX_ANSWERS:
            return 0
        had = earlier.answers
        return next(n for n in range(len(had) + 1) if self.answers[: len(had) - n] == had[n:])

    def before_last_answer(self) -> Session | None:
        """Return the session as of before the last answer, or None if there is none to undo."""
        if not self.steps:
            return None
        *steps, step = self.steps
        return replace(
            self,
            state=step.state,
            paused=step.paused,
            below=step.below,
            aside=step.aside,
            known=self.known if step.known is None else step.known,
            part=step.part,
            days_out=self.days_out if step.days_out is None else step.days_out,
            answers=self.answers[: step.answers],
            received=self.received[: step.received],
            steps=tuple(steps),
        )

    @property
    def screening(self) -> tuple[Answer, ...]:
        """The answers since the screening began, latest first."""
        found: list[Answer] = []
        for answer in reversed(self.answers):
            if answer.choice == BEGAN:
                break
            found.append(answer)
        return tuple(found)


NEW = Session()
"""Where a person is of whom nothing is known. A copy of it takes a tenth of the time of a new session."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What `step` decided: the new session, the replies and the effects."""

    session: Session
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = field(default=())
