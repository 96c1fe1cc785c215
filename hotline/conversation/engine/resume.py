"""Expires a session after a long absence, while a texted reminder can still be answered."""

from __future__ import annotations

from datetime import timedelta

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Role
from hotline.conversation.engine.conditions import last_reminded
from hotline.conversation.engine.interpret import read_choice
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel, Event, EventKind, Texting
from hotline.conversation.model.session import Session
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
    long_ago = session.seen is not None and event.at - session.seen > RETENTION
    gone = session.seen is None and not session.state and bool(session.reminded)
    if not (long_ago or gone):
        return session
    return _new(book, session, event)


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


def with_reminder(session: Session, event: Event) -> Session:
    """Return the session with this reminder recorded, except the one after a dropped call."""
    if event.text == Role.CALL_DROPPED:
        return session
    return replace(session, reminded=((event.text, event.at),), reminders_answered=())
