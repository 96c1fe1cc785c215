"""Repeat the last answer to a person who may not have received it, before anything counts as a reply to it.

Rule 1: danger and STOP are handled as usual, and after a STOP so are START and DELETE: they answer no question.
Rule 2: a text is repeated verbatim. An answer spoken in a call, or sent on the other channel, is repeated as
        REPEAT would.
Rule 3: the start of a call, silence and the result of ringing the staff are handled as usual: they answer nothing,
        and the question is repeated anyway.
"""

from __future__ import annotations

from typing import Final

from hotline.channels import sms
from hotline.channels.twiml import EMPTY
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Role
from hotline.conversation.engine.interpret import intent_of
from hotline.conversation.engine.opt_outs import opts_in
from hotline.conversation.engine.step import step
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel, Count, Event, EventKind, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.conversation.nlu.roles import SAFETY, Known
from hotline.web.reply_guard import Outgoing, Render

ANSWERS: Final = (EventKind.SAID, EventKind.SPOKEN, EventKind.PRESSED)
"""Kinds of event that may answer a question."""

REPEAT_KEY: Final = "*"

RETOLD: Final = Count("retold")


def repeat_of_unseen_answer(
    book: Book, session: Session, event: Event, unseen: str, render: Render
) -> Outgoing | None:
    """Return what to send instead of an answer to `event`, or None to handle `event` as usual.

    `unseen` is the answer that the person may not have seen.
    """
    if event.kind not in ANSWERS or unseen == EMPTY:
        return None
    intent = None if event.kind is EventKind.PRESSED else intent_of(book, event.text.strip())
    if intent in SAFETY or intent == Known.STOP:
        return None
    texts = event.channel is Channel.SMS
    if texts and _is_stopped(session) and _ends_silence(book, event, intent):  # Rule 1
        return None
    if texts and sms.cost(unseen)[0]:
        return Outgoing(Turn(replace(session, seen=event.at), effects=(RETOLD,)), unseen)
    if texts and session.texting is Texting.STOPPED:
        return None  # no question reaches them, so they can answer none
    turn = step(book, session, replace(event, kind=EventKind.PRESSED, text=REPEAT_KEY))
    return Outgoing(replace(turn, effects=(*turn.effects, RETOLD)), render(book, turn.session, turn.replies))


def _ends_silence(book: Book, event: Event, intent: str | None) -> bool:
    """Check whether a text after a STOP is one that gets an answer."""
    return intent == Known.DELETE_DATA or opts_in(book, book.reader.read(event.text.strip()), intent)


def _is_stopped(session: Session) -> bool:
    """Check whether texts are stopped, and not just until the person confirms that they meant to stop them."""
    return session.texting is Texting.STOPPED and session.state != Role.STOP_OR_NOT
