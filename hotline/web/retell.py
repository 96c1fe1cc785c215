"""What a person is told whose last answer may not have arrived: that answer again, before anything counts as one to it.

Rule 1: danger and STOP are taken as ever: they answer no question.
Rule 2: what was texted is texted again, word for word. What was said in a call, or asked on the other channel, is what
        REPEAT gives.
Rule 3: a call that begins, silence and the staff's phone ask again by themselves, and answer nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hotline.channels import sms
from hotline.channels.twiml import EMPTY
from hotline.conversation.book.states import Book
from hotline.conversation.engine.interpret import meaning_of
from hotline.conversation.engine.safety import SAFETY
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Channel, Count, Event, Kind, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.web.reply_guard import Leaves, Render

ANSWERS: Final = (Kind.SAID, Kind.HEARD, Kind.PRESSED)
"""The kinds of event that may answer a question."""

REPEAT_KEY: Final = "*"

RETOLD: Final = Count("retold")


def retold(book: Book, session: Session, event: Event, unseen: str, render: Render) -> Leaves | None:
    """Return what leaves in place of an answer to `event`, given the answer that the person may not have seen. None when
    the event is to be taken as ever.
    """
    if event.kind not in ANSWERS or unseen == EMPTY:
        return None
    meaning = None if event.kind is Kind.PRESSED else meaning_of(book, event.text.strip())
    if meaning in SAFETY or meaning == "stop":
        return None
    texts = event.channel is Channel.SMS
    if texts and sms.cost(unseen)[0]:
        return Leaves(Turn(replace(session, seen=event.at), effects=(RETOLD,)), unseen)
    if texts and session.texting is Texting.STOPPED:
        return None  # they get no word, so they can answer nothing
    turn = step(book, session, replace(event, kind=Kind.PRESSED, text=REPEAT_KEY))
    return Leaves(replace(turn, effects=(*turn.effects, RETOLD)), render(book, turn.session, turn.replies))
