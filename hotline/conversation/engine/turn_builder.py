"""A turn under construction: the one mutable value in this folder.

`step` creates it, `commands`, `transitions` and `statements` modify it, and `finished_turn.finish` makes the
frozen Turn of it. Nothing else sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Role, State, Statement
from hotline.conversation.book.texts import is_line, offered, state_of, text_id
from hotline.conversation.model.events import (
    Ask,
    AskPerson,
    Channel,
    Choice,
    Count,
    Effect,
    Event,
    EventKind,
    HangUp,
    LineType,
    ReachBy,
    Reply,
    TakeMessage,
    Tell,
    Texting,
    Transfer,
)
from hotline.conversation.model.session import NO_ANSWERS, Session
from hotline.conversation.nlu.classifier import Scores

if TYPE_CHECKING:
    from hotline.conversation.nlu.weights import Margins

LONGEST_WORDS = 200
"""Maximum characters of a person's own words about a good time that the staff see."""

ASKED_AGAIN_AFTER = timedelta(hours=20)
"""A person who said that nobody is in danger is asked again only after this, or if a rule fires."""

PRIVATE_AFTER = timedelta(minutes=30)
"""Phones are shared: after this long, earlier replies and reasons are not said again."""


@dataclass(slots=True)
class TurnBuilder:
    """A turn so far. `start` is the session before the event."""

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
    repeats: int = 0
    """How much this turn adds to the session's `repeats`: 1 for a repeat, 2 for one that is slower."""
    waits: bool = False
    """Whether a call keeps waiting for an answer without asking again."""
    keeps_last: bool = False
    """Whether REPEAT repeats what it did before this turn, and a call stays where it is in a long reply."""
    continued: bool = False
    """Whether the turn continues a call's earlier speech."""
    noted: list[str] = field(default_factory=list)
    """Text ids of answers that were given earlier and are recorded in this turn."""
    choices_by_rule: dict[tuple[str, str], Choice | None] = field(default_factory=dict)
    """By question and text, the choice that the rules read: several parts of a turn ask for it."""
    plain_answers: dict[tuple[str, str], bool] = field(default_factory=dict)
    """By question and text, whether it is an answer and says nothing else (`interpret.only_answers`)."""
    margins: dict[str, Margins] = field(default_factory=dict)
    """By normalized text, the classifier's margins: several parts of a turn ask for scores of the same text."""
    speaker_statement: str = ""
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

    def ask_person(
        self, by: ReachBy = ReachBy.CALL, *, when: str = "", recording: str = "", with_words: bool = False
    ) -> None:
        """Request the staff, urgently if the person may be in danger; `with_words` adds the event's words about a time."""
        said = (
            self.event.text.strip()
            if with_words and self.event.kind in (EventKind.SAID, EventKind.SPOKEN)
            else ""
        )
        self.effects.append(AskPerson(when, recording, by, self.session.in_danger, said[:LONGEST_WORDS]))

    def state(self) -> State | None:
        """Return the state where the person is, or None."""
        return self.book.states.get(self.session.state)

    def question(self) -> Question | None:
        """Return the question that is open, or None."""
        if self.session.more:
            return self.book.question(Role.NEXT_LINE if self.dictates() else Role.MORE)
        state = self.state()
        return state if isinstance(state, Question) else None

    def offered(self, question: Question) -> tuple[Choice, ...]:
        """Return the choices of a question as offered to this person."""
        only = self.session.between if question.picks else ()
        return offered(self.book, self.session.language, question.name, only)

    def scores(self, head: str, said: str) -> Scores:
        """Return the probabilities of a head's labels for a normalized text."""
        classifier = self.book.reader.classifier
        margins = self.margins.get(said)
        if margins is None:
            margins = self.margins[said] = classifier.margins(said)
        return classifier.scores_of(head, margins)

    def dictates(self) -> bool:
        """Return whether a call dictates, and waits for the caller to have written down a line."""
        return bool(self.start.more) and any(map(is_line, self.start.last))

    def offer_languages(self) -> None:
        """Say in each other language, in its own voice, which key is for it."""
        said = text_id(self.book.statement(Role.THIS_LANGUAGE))
        others = (language for language in self.book.languages if language != self.session.language)
        self.replies += [Tell(said, language=language) for language in others]

    def offer_languages_again(self) -> None:
        """Offer the other languages to a caller who has answered nothing yet, and may not have understood a word."""
        session = self.session
        answered = any(answer.choice not in NO_ANSWERS for answer in session.answers)
        first = not session.misses and session.silences <= 1 and session.language == self.book.languages[0]
        if self.event.channel is Channel.VOICE and first and not answered:
            self.offer_languages()

    def takes_texts(self) -> bool:
        """Return whether texts can come to this phone: false of a landline, a hidden number, and one that said STOP."""
        stopped = self.session.texting is Texting.STOPPED
        return self.event.channel is Channel.SMS or (
            self.event.reachable and self.session.line is not LineType.LANDLINE and not stopped
        )

    def may_ask_whether_safe(self) -> bool:
        """Return whether ASKED_AGAIN_AFTER has passed since we last asked whether anyone is in danger."""
        return not (at := self.session.safe_asked) or self.event.at - at >= ASKED_AGAIN_AFTER

    def waits_on_the_line(self) -> Statement | None:
        """Return the transferring or recording state that the call is at, or None."""
        state = self.state()
        return state if isinstance(state, Statement) and state.missed else None


def may_be_texted(book: Book, tell: Tell) -> bool:
    """Return whether a caller may want this as a text: it informs, unlike "OK" or "take your time"."""
    state = book.states.get(state_of(tell.text))
    return isinstance(state, Statement) and bool(state.basis.law or state.outcome or state.basis.facts)


def ends_a_call(reply: Reply) -> bool:
    """Return whether a call waits for something after this, or is over."""
    return isinstance(reply, Ask | Transfer | TakeMessage | HangUp)
