"""A turn while it is written: the one mutable value of this folder.

`step` makes a Draft, `commands`, `transitions` and `statements` write it, and `turn` hands out the frozen Turn. Nothing
else sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from hotline.conversation.book.states import Book, Question, Role, State, Statement
from hotline.conversation.book.texts import state_of
from hotline.conversation.engine.speech import in_parts
from hotline.conversation.model.events import (
    Ask,
    Channel,
    Choice,
    Count,
    Effect,
    Event,
    HangUp,
    Reply,
    TakeMessage,
    Tell,
    Transfer,
)
from hotline.conversation.model.session import MAX_ANSWERS, Session, Step, Turn

PRIVATE_AFTER = timedelta(minutes=30)
"""Phones are shared: after this long nobody is told again what was told, or why."""


@dataclass(slots=True)
class Draft:
    """A turn being written. `start` is the session that the event found."""

    book: Book
    event: Event
    session: Session
    replies: list[Reply] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    start: Session = field(init=False)
    answered: bool = False
    """Whether the event answered the question that waited."""
    undone: bool = False
    """Whether the event took an answer back, or everything."""
    repeated: bool = False
    waits: bool = False
    """Whether a call goes on to wait for an answer, and does not ask again."""
    continued: bool = False
    """Whether it goes on with what a call had still to say."""
    noted: list[str] = field(default_factory=list)
    """Ids of the texts of answers that were told on the way and are recorded in this turn."""
    ruled: dict[tuple[str, str], Choice | None] = field(default_factory=dict)
    """By question and text, the choice that the rules read: several parts of a turn ask for it."""
    tail: str = ""
    """What the next text may be read together with (`pieces`)."""
    skipped: tuple[Tell, ...] = ()
    """What the caller did not want to hear of it; they may want it as a text."""

    def __post_init__(self) -> None:
        self.start = self.session

    def count(self, name: str) -> None:
        """Adds one to a figure of the day."""
        self.effects.append(Count(name))

    def state(self) -> State | None:
        """The state where the person is."""
        return self.book.states.get(self.session.state)

    def question(self) -> Question | None:
        """The question that waits for an answer, if one does."""
        if self.session.more:
            return self.book.question(Role.MORE)
        state = self.state()
        return state if isinstance(state, Question) else None

    def waits_on_the_line(self) -> Statement | None:
        """The state that rings the staff's phone or records, if the call is at one."""
        state = self.state()
        waits = isinstance(state, Statement) and (state.transfers or state.records)
        return state if isinstance(state, Statement) and waits else None

    def turn(self) -> Turn:
        """The turn as it now stands."""
        said = tuple(reply for reply in self.replies if isinstance(reply, Tell))
        now, later = tuple(self.replies), tuple[Reply, ...]()
        if self.event.channel is Channel.VOICE:
            now, later = in_parts(self.book, self.session.language, now)
            said = tuple(reply for reply in now if isinstance(reply, Tell))
        if self.continued or self.skipped:
            said = (*self.start.last, *self.skipped, *said)
        worth = tuple(told for told in said if is_worth_keeping(self.book, told))
        session = replace(
            self.session,
            heard=(worth or self.session.heard) if self.event.channel is Channel.VOICE else (),
            book=self.session.book or self.book.version,
            paused="" if self.session.paused == self.session.state else self.session.paused,
            seen=self.event.at,
            last=said,
            tail=self.tail,
            more=later,
            repeats=self.start.repeats + 1 if self.repeated else 0,
            trail=self._trail(),
        )
        return Turn(session, now, tuple(self.effects))

    def _trail(self) -> tuple[Step, ...]:
        """The trail; with where the person stood at its end, if they answered or were led away from there."""
        start, session = self.start, self.session
        left = self.answered or session.state != start.state
        question = self.book.states.get(start.state)
        if self.undone or not left or not isinstance(question, Question) or question.picks:
            return session.trail  # what a question that picks offered is gone: BACK goes past it
        answers = len(start.answers) - session.forgot_since(start)
        return (*session.trail, Step(start.state, start.paused, answers, len(start.told)))[-MAX_ANSWERS:]


def is_worth_keeping(book: Book, told: Tell) -> bool:
    """Whether somebody may want this as a text: it says something, rather than "OK" or "take your time"."""
    state = book.states.get(state_of(told.text))
    return isinstance(state, Statement) and bool(state.law or state.outcome or state.facts)


def ends_a_call(reply: Reply) -> bool:
    """Whether a call waits for something after this, or is over."""
    return isinstance(reply, Ask | Transfer | TakeMessage | HangUp)
