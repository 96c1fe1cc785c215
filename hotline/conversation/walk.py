"""Walks the flow: from a state through statements and forks to the next question, or to a rest.

A `Draft` is a turn being written, the one mutable value of this folder. `engine` makes it, calls
what is here, and hands out the frozen Turn; nothing else sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hotline.conversation.book import (
    Book,
    Case,
    Fork,
    Place,
    Question,
    Reminder,
    Role,
    State,
    Statement,
    Takes,
)
from hotline.conversation.model import (
    REACHED,
    Ask,
    Cancel,
    Channel,
    Consent,
    Count,
    Effect,
    Event,
    FollowUp,
    HangUp,
    Refuse,
    Reply,
    Session,
    Tell,
    Texting,
    Turn,
)
from hotline.conversation.places import Limit
from hotline.conversation.wording import text_id

MAX_STATES = 30
"""States one turn may pass through. The flows' longest chain is a third of that; what is longer
is a loop, which the reader refuses."""


@dataclass(slots=True)
class Draft:
    """A turn being written."""

    book: Book
    event: Event
    session: Session
    replies: list[Reply] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    def count(self, name: str) -> None:
        """Adds one to a figure of the day."""
        self.effects.append(Count(name))

    def question(self) -> Question | None:
        """The question that waits for an answer, if one does."""
        state = self.book.states.get(self.session.state)
        return state if isinstance(state, Question) else None

    def turn(self) -> Turn:
        """The turn as it now stands. A call cannot rest, so there it ends in a question or a goodbye."""
        if self.event.channel is Channel.VOICE and not any(isinstance(r, Ask | HangUp) for r in self.replies):
            ask_again(self)
        last = tuple(reply for reply in self.replies if isinstance(reply, Tell))
        book = self.session.book or self.book.version
        session = replace(self.session, book=book, seen=self.event.at, last=last)
        return Turn(session, tuple(self.replies), tuple(self.effects))


def enter(draft: Draft, name: str) -> None:
    """Goes to the state of this name, or to a Place, and on until a question is asked or all is said."""
    for _ in range(MAX_STATES):
        if name == Place.STAY:
            return
        if name == Place.REST:
            draft.session = replace(draft.session, state=Place.REST)
            return
        match _known(draft, _destination(draft, name)):
            case Question() as question if _opted_out_of(draft, question):
                name = question.choice(question.unsure).go
            case Question() as question:
                _ask(draft, question)
                return
            case Statement() as statement:
                name = _tell(draft, statement)
            case Fork(cases=cases):
                name = next(case.go for case in cases if _applies(draft, case))


def _destination(draft: Draft, name: str) -> str:
    """The state that a place stands for, just now; any other name is a state's already."""
    if name == Place.SKIP:
        return _destination(draft, _skip(draft))
    if name == Place.RETRY and isinstance(draft.book.states.get(draft.session.stuck_at), Question):
        return draft.session.stuck_at
    if name not in (Place.RETURN, Place.RETRY):
        return name
    paused = draft.session.paused
    draft.session = _without_aside(draft.book, draft.session)
    if not paused or isinstance(draft.book.states.get(paused), Statement | Fork):
        return Role.ANYTHING_ELSE  # a question that an edit turned into something else
    return paused


def ask_again(draft: Draft) -> None:
    """Asks the question where the person is, or was before an aside; else what else they need."""
    session = draft.session
    name = session.state if draft.question() else session.paused
    question = draft.book.states.get(name)
    if isinstance(question, Question) and _opted_out_of(draft, question):
        enter(draft, name)
    elif isinstance(question, Question):
        draft.session = replace(session, state=name, paused="" if name == session.paused else session.paused)
        draft.replies.append(Ask(name))
    else:
        enter(draft, Role.ANYTHING_ELSE if session.state else Role.MENU)


def repeat(draft: Draft) -> None:
    """Says all of the last turn again: what was told, and the question."""
    draft.replies.extend(draft.session.last)
    ask_again(draft)


def put_aside(draft: Draft) -> None:
    """Marks the question that the person is leaving, so that an aside can lead back to it."""
    if holds(draft.book, draft.session.state):
        draft.session = replace(draft.session, paused=draft.session.state, misses=0, silences=0)


def holds(book: Book, name: str) -> bool:
    """Whether `name` is a question that an aside leads back to; a reminder's always is."""
    state = book.states.get(name)
    return isinstance(state, Question) and (state.holds or state.reminder is not None)


def _ask(draft: Draft, question: Question) -> None:
    session = draft.session
    if session.state != question.name:
        session = replace(session, misses=0)
    if question.fresh:
        session = replace(session, answers=(), paused="")
    if question.holds:
        session = replace(session, paused="")
    draft.session = replace(session, state=question.name)
    _reached(draft, question)
    draft.replies.append(Ask(question.name))


def _tell(draft: Draft, statement: Statement) -> str:
    """Says a statement, unless it was said once already; returns where it goes on."""
    session = draft.session
    if not (statement.once and statement.name in session.told):
        draft.replies.append(_words(draft, statement))
    if statement.once and statement.name not in session.told:
        session = replace(session, told=(*session.told, statement.name))
    if statement.outcome:
        session = session.with_answer(statement.name, REACHED)
        draft.count(f"outcome.{statement.outcome}")
    if statement.consent and session.texting is not Texting.STOPPED:
        session = replace(session, texting=Texting.YES)
        draft.effects.append(Consent(text_id(draft.book.question(statement.consent))))
    if statement.refuses and session.texting is not Texting.STOPPED:
        session = replace(session, texting=Texting.NO)
        draft.effects.append(Refuse())
    draft.session = session
    _reached(draft, statement)
    if statement.ends:
        draft.session = replace(session, state=session.paused or Place.REST)
        draft.replies.append(HangUp())
        return Place.STAY
    return statement.go


def _reached(draft: Draft, state: Question | Statement) -> None:
    """Cancels the follow-ups that this state ends, and starts those that wait for it.

    Before consent nothing starts; the state that takes it starts all that was reached until then.
    """
    book, session = draft.book, draft.session
    if ended := tuple(name for name, r in book.reminders.items() if state.name in r.cancelled_by):
        draft.effects.append(Cancel(ended))
    if session.texting is not Texting.YES:
        return
    takes_consent = isinstance(state, Statement) and bool(state.consent)
    reached = {*session.outcomes} if takes_consent else {state.name}
    for name, reminder in book.reminders.items():
        if reached.intersection(reminder.starts_on) and (after := _after(draft, reminder)) is not None:
            draft.effects.append(FollowUp(name, after))


def _after(draft: Draft, reminder: Reminder) -> timedelta | None:
    """How long from now the reminder is due; None when the day it counts from is not known or too old."""
    if not reminder.counts_from:
        return reminder.after
    start = _day_told(draft.session, reminder.counts_from)
    if start is None:
        return None
    if reminder.to_limit:
        start = limit(draft.book, draft.session).until(start)
    after = start - draft.event.at.date() + reminder.after
    return after if after > timedelta() else None


def _words(draft: Draft, statement: Statement) -> Tell:
    """What a statement says to this person: its own words for their state, if it has any, and the day
    that the state's limit ends on.
    """
    book, session = draft.book, draft.session
    text = text_id(statement)
    if statement.by_state and (state := home_state(book, session)):
        by_state = text_id(statement, state)
        text = by_state if by_state in book.texts[book.languages[0]] else text
    start = _day_told(session, statement.counts_from)
    if start is None:
        return Tell(text)
    return Tell(text, (("deadline", limit(book, session).until(start).isoformat()),))


def home_state(book: Book, session: Session) -> str | None:
    """The US state that the person named, as its code."""
    asked = (name for name, _ in session.known if _takes(book, name, Takes.STATE))
    return next((session.told_to(name) for name in asked), None)


def limit(book: Book, session: Session) -> Limit:
    """How long the person's school has to test, as far as we know."""
    return book.places.limit(home_state(book, session) or "")


def _takes(book: Book, name: str, takes: Takes) -> bool:
    question = book.states.get(name)
    return isinstance(question, Question) and question.takes is takes


def _day_told(session: Session, question: str) -> date | None:
    told = session.told_to(question)
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        return None  # told to a question of that name in an older book


def _opted_out_of(draft: Draft, question: Question) -> bool:
    """Whether this asks for consent from somebody who said STOP: nobody does, before START."""
    return draft.session.texting is Texting.STOPPED and draft.book.asks_consent(question.name)


def _skip(draft: Draft) -> str:
    """Answers the question that the person was stuck at with "not sure"; returns where that leads. A
    question of an aside is left without an answer.
    """
    state = draft.book.states.get(draft.session.stuck_at)
    if not isinstance(state, Question) or not holds(draft.book, state.name):
        return Place.RETURN
    draft.session = replace(_without_aside(draft.book, draft.session), paused="")
    if state.remembers:
        draft.session = draft.session.with_answer(state.name, state.unsure)
    return state.choice(state.unsure).go


def _known(draft: Draft, name: str) -> State:
    """The state of this name. One that an edit took away gives words and the menu instead."""
    state = draft.book.states.get(name)
    if state is None:
        draft.session = replace(draft.session, paused="", answers=())
        return draft.book.states[Role.MOVED_ON]
    return state


def _without_aside(book: Book, session: Session) -> Session:
    """The session without the answers given in an aside, which BACK should not walk into."""
    answers = session.answers
    while answers and answers[-1].choice != REACHED and not holds(book, answers[-1].state):
        answers = answers[:-1]
    return replace(session, answers=answers)


def _applies(draft: Draft, case: Case) -> bool:
    return all(_recall(draft, question) == answer for question, answer in case.conditions)


def _recall(draft: Draft, question: str) -> str | None:
    match question:
        case "texting":
            return draft.session.texting
        case "caller":
            return "known" if draft.event.reachable else "hidden"
        case "channel":
            return draft.event.channel
        case _ if draft.session.told_to(question):
            return "known"
        case _ if _asks_for_a_value(draft.book, question):
            return draft.session.answer_to(question) or "unknown"
        case _:
            return draft.session.answer_to(question)


def _asks_for_a_value(book: Book, name: str) -> bool:
    return any(_takes(book, name, takes) for takes in (Takes.STATE, Takes.DAY))
