"""Who comes back after long: what is still kept of where they were, and the reminder that they may answer yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hotline.conversation.book.states import Book, Role
from hotline.conversation.engine.conditions import last_reminded
from hotline.conversation.engine.interpret import NO_TOPIC, chosen
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import Channel, Event, Kind, Texting
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.reader import Reading

KEPT = timedelta(days=7)
"""How long a person's place is kept. Who comes later begins anew; a yes to texts, or a no, stays."""

ANSWERED_FOR = timedelta(days=30)
"""How long the question of a reminder can be answered. Only its name is kept for that; no answers."""


def still_kept(book: Book, session: Session, event: Event) -> Session:
    """The session; a new one, with what outlives it, when its time is over. It is at the question of a reminder
    that the person may answer yet.
    """
    if event.channel is Channel.SMS and session.more:
        session = replace(session, more=())  # what a call had still to say is no answer to a text
    long_ago = session.seen is not None and event.at - session.seen > KEPT
    gone = session.seen is None and not session.state and bool(session.reminded)
    if not (long_ago or gone):
        return session
    return _new(book, session, event)


def _new(book: Book, session: Session, event: Event) -> Session:
    """A session of somebody who was away for long."""
    new = Session(
        language=session.language,
        texting=session.texting,
        line=session.line,
        known=session.known,
        reminded=session.reminded,
    )
    question = last_reminded(book, session)
    if question is None or event.kind is not Kind.SAID or session.texting is not Texting.YES:
        return new
    name, at = question
    return replace(new, state=name) if event.at - at <= ANSWERED_FOR else new


def as_new_unless_answered(draft: Draft, reading: Reading) -> None:
    """Whoever comes back after long and neither answers the reminder nor asks for something is somebody new."""
    question = draft.question()
    if draft.start.seen is not None or question is None or not draft.start.reminded:
        return
    meaning = reading.intent
    if chosen(draft, question, reading) is None and (meaning is None or meaning in NO_TOPIC):
        draft.session = draft.start = replace(draft.start, state="")


def reminded(session: Session, event: Event) -> Session:
    """The session of somebody whom this reminder asks; but for a dropped call's, which is about a place alone."""
    if event.text == Role.CALL_DROPPED:
        return session
    return replace(session, reminded=((event.text, event.at),))
