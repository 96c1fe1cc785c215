"""Expires a session after a long absence, while a texted reminder can still be answered."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Place, Question, Role, Statement, Takes
from hotline.conversation.engine.asides import IN_DANGER, must_return_to
from hotline.conversation.engine.conditions import last_reminded
from hotline.conversation.engine.interpret import read_choice
from hotline.conversation.engine.news import sure_answer
from hotline.conversation.engine.reminders import started_by
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel, Event, EventKind, Texting
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.choices import exact_choice
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.reader import Reading

RETENTION = timedelta(days=7)
"""How long a person's place is stored. After that they start over; consent or refusal stays."""

ANSWERED_FOR = timedelta(days=30)
"""How long a reminder's question can be answered. Only its name is stored for that, no answers."""


def unexpired(book: Book, session: Session, event: Event) -> Session:
    """Return the session, or a new one with the lasting fields if it has expired.

    The new one is at the question of the last reminder, if the person has not answered it and still can.
    """
    if event.channel is Channel.SMS and session.more:
        session = replace(session, more=())  # the rest of a call's speech does not answer a text
    if event.kind is EventKind.SAID and session.called:
        session = _at_stop_question(book, session)
    long_ago = session.seen is not None and event.at - session.seen > RETENTION
    gone = session.seen is None and not session.state and bool(session.reminded)
    if not (long_ago or gone):
        return session
    return _new(book, session, event)


def _at_stop_question(book: Book, session: Session) -> Session:
    """Return the session at a "shall we stop?" that a call left unanswered: in the texts it is the last question asked.

    In danger that is whether anyone is, and the STOP is asked about after it (`opt_outs`, Rule 5).
    """
    waits = session.texting is Texting.STOPPED and Role.STOP_OR_NOT in session.stack
    if not waits or session.state in IN_DANGER:
        return session
    left = session.with_aside(session.state) if must_return_to(book, session.state) else session
    left, asked = left.without_aside(Role.STOP_OR_NOT), Role.STOP_OR_NOT
    if session.in_danger:
        left, asked = left.with_aside(Role.STOP_OR_NOT), Role.SAFETY_CHECK
    return replace(left, state=asked, aside=False, part=0, misses=0)


def _new(book: Book, session: Session, event: Event) -> Session:
    """Return a new session for someone who was away for long."""
    new = Session(
        language=session.language,
        texting=session.texting,
        line=session.line,
        known=session.known,
        days_out=session.days_out,
        reminded=session.reminded,
        reminders_answered=session.reminders_answered,
    )
    if session.texting is Texting.STOPPED and session.waits_at(Role.STOP_OR_NOT):
        return replace(new, state=Role.STOP_OR_NOT, reminded=())  # see `opt_outs`, Rule 3
    question = last_reminded(book, session)
    if question is None or event.kind is not EventKind.SAID or session.texting is not Texting.YES:
        return new
    name, at = question
    is_open = name not in session.reminders_answered and event.at - at <= ANSWERED_FOR
    return replace(new, state=name) if is_open else new


def as_new_unless_answered(builder: TurnBuilder, reading: Reading) -> None:
    """Treat a long-absent person as new unless they answer the reminder or ask for something."""
    question = builder.question()
    if builder.start.seen is not None or question is None or not builder.start.reminded:
        return
    intent = reading.intent
    if read_choice(builder, question, reading) is None and (
        intent is None or intent in builder.book.roles.asks_for_nothing
    ):
        builder.session = builder.start = replace(builder.start, state="")


def reopen_reminder(builder: TurnBuilder, reading: Reading) -> bool:
    """Return to a reminder's question for a text that answers it where none waits, and return whether to ask it again.

    It is the last one asked, or one that its answers lead to: a text may bring the school's answer before we ask for it,
    and where we ask for a day: "they said no", after "they will test". Only a choice's own words are recorded; what is
    likely an answer may be about something else ("they said no to the bus"), so the question is asked again.
    """
    session, asked, at = builder.session, builder.question(), builder.event.at
    last = last_reminded(builder.book, session)
    no_question = session.state in ("", Place.REST, Role.MENU, Role.ANYTHING_ELSE)
    anywhere = no_question or (asked is not None and asked.takes is Takes.DAY)
    if last is None or not anywhere or session.texting is not Texting.YES or at - last[1] > ANSWERED_FOR:
        return False
    said, lexicon = normalize(reading.cleaned.core), builder.book.reader.lexicon
    plain = lexicon.sending.is_all(reading.cleaned.said.split())
    leads = builder.book.topics.get(reading.intent or "") if plain else None
    for question in _answered_late(builder.book, last[0]):
        choice = sure_answer(builder, question, reading)
        if choice and leads in _led_to(builder.book, choice.go):
            return False  # "just signed it" leads there too, and says nothing else
        if choice and (no_question or session.state not in _led_to(builder.book, choice.go)):
            builder.session = replace(session, state=question.name)
            builder.start = replace(builder.start, state=question.name)
            return no_question and exact_choice(question.choices, said, lexicon) is None
    return False


def _led_to(book: Book, name: str) -> tuple[str, ...]:
    """Return a state and, if it is a statement, the one that follows it."""
    state = book.states.get(name)
    return (name, state.go) if isinstance(state, Statement) else (name,)


@lru_cache(maxsize=64)
def _answered_late(book: Book, name: str) -> tuple[Question, ...]:
    """Return the question of a reminder, and those of the reminders that its answers start."""
    question = book.question(name)
    led = (each for choice in question.choices for each in started_by(book, choice.go))
    states = (book.states.get(each) for each in (name, *led))
    return tuple(dict.fromkeys(state for state in states if isinstance(state, Question)))


def with_reminder(session: Session, event: Event) -> Session:
    """Return the session with this reminder recorded, except the one after a dropped call."""
    if event.text == Role.CALL_DROPPED:
        return session
    return replace(session, reminded=((event.text, event.at),), reminders_answered=())
