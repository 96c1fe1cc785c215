"""The draft of a turn: the one mutable value in this folder.

`step` creates a Draft, `commands`, `transitions` and `statements` modify it, and `turn` returns the frozen
Turn. Nothing else sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Role, State, Statement
from hotline.conversation.book.texts import is_line, state_of, whole
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
"""Phones are shared: after this long, earlier replies and reasons are not said again."""


@dataclass(slots=True)
class Draft:
    """A turn under construction. `start` is the session before the event."""

    book: Book
    event: Event
    session: Session
    replies: list[Reply] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    start: Session = field(init=False)
    answered: bool = False
    """Whether the event answered the open question."""
    undone: bool = False
    """Whether the event undid an answer, or erased everything."""
    repeated: bool = False
    slower: bool = False
    """Whether the caller asked to hear it more slowly."""
    waits: bool = False
    """Whether a call keeps waiting for an answer without asking again."""
    same_line: bool = False
    """Whether a call stays where it is in a long reply, such as at the line that it dictated last."""
    continued: bool = False
    """Whether the turn continues a call's earlier speech."""
    noted: list[str] = field(default_factory=list)
    """Text ids of answers that were given earlier and are recorded in this turn."""
    ruled: dict[tuple[str, str], Choice | None] = field(default_factory=dict)
    """By question and text, the choice that the rules read: several parts of a turn ask for it."""
    met: str = ""
    """The statement for a person who says in this text who they are."""
    tail: str = ""
    """The session's new `tail` (`pieces`)."""
    skipped: tuple[Tell, ...] = ()
    """Statements the caller skipped; they may want them as a text."""
    below: str = ""
    """The question answered while a picking question stood over it."""

    def __post_init__(self) -> None:
        self.start = self.session

    def count(self, name: str) -> None:
        """Increment a daily counter."""
        self.effects.append(Count(name))

    def state(self) -> State | None:
        """Return the state where the person is, or None."""
        return self.book.states.get(self.session.state)

    def question(self) -> Question | None:
        """Return the question that is open, or None."""
        if self.session.more:
            return self.book.question(Role.NEXT_LINE if self.dictates() else Role.MORE)
        state = self.state()
        return state if isinstance(state, Question) else None

    def dictates(self) -> bool:
        """Return whether a call dictates, and waits for the caller to have written down a line."""
        return bool(self.start.more) and any(map(is_line, self.start.last))

    def waits_on_the_line(self) -> Statement | None:
        """Return the transferring or recording state that the call is at, or None."""
        state = self.state()
        return state if isinstance(state, Statement) and state.missed else None

    def turn(self) -> Turn:
        """Return the turn as built so far."""
        said = tuple(reply for reply in self.replies if isinstance(reply, Tell))
        now, later = tuple(self.replies), tuple[Reply, ...]()
        if self.event.channel is Channel.VOICE:
            now, later = in_parts(self.book, self.session.language, now)
            said = tuple(reply for reply in now if isinstance(reply, Tell))
        before_letter = self.start.paused in self.book.continuations
        earlier = self.start.textable if self.continued or before_letter else ()
        if self.same_line:
            said, later = self.start.last, self.start.more
        elif (self.continued or self.skipped) and not any(map(is_line, (*self.start.last, *said))):
            said = (*self.start.last, *self.skipped, *said)
        worth = tuple(whole(tell) for tell in (*earlier, *said) if may_be_texted(self.book, tell))
        worth = tuple(dict.fromkeys(worth))
        by_ear = self.event.channel is Channel.VOICE and isinstance(self.state(), Question)
        session = replace(
            self.session.without_aside(self.session.state),
            aside=self.start.aside if self.session.state == self.start.state else self.session.aside,
            part=self.session.part if by_ear else 0,
            textable=(worth or self.session.textable) if self.event.channel is Channel.VOICE else (),
            book=self.session.book or self.book.version,
            seen=self.event.at,
            called=self.event.channel is Channel.VOICE,
            last=said,
            tail=self.tail,
            more=later,
            repeats=self.start.repeats + (2 if self.slower else 1) if self.repeated else 0,
            trail=self._trail(),
        )
        return Turn(session, now, tuple(self.effects))

    def _trail(self) -> tuple[Step, ...]:
        """Return the trail, plus where the person was if they answered or were led away from there."""
        start, session = self.start, self.session
        left = self.answered or session.state != start.state
        if self.below:
            start = replace(start.without_aside(self.below), state=self.below)
        question = self.book.states.get(start.state)
        if self.undone or not left or not isinstance(question, Question) or question.picks:
            return session.trail  # a picking question's choices are gone: BACK skips it
        answers = len(start.answers) - session.forgot_since(start)
        known = None if start.known == session.known else start.known
        received, part = len(start.received), 0 if self.below else start.part
        step = Step(start.state, start.paused, answers, received, start.below, start.aside, known, part)
        return (*session.trail, step)[-MAX_ANSWERS:]


def may_be_texted(book: Book, tell: Tell) -> bool:
    """Return whether a caller may want this as a text: it informs, unlike "OK" or "take your time"."""
    state = book.states.get(state_of(tell.text))
    return isinstance(state, Statement) and bool(state.law or state.outcome or state.facts)


def ends_a_call(reply: Reply) -> bool:
    """Return whether a call waits for something after this, or is over."""
    return isinstance(reply, Ask | Transfer | TakeMessage | HangUp)
