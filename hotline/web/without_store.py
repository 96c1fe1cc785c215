"""Answers while Redis is down and no turn can be taken: above all, whom to call.

Rule 1: a sign of danger gets only 911 and 988, and STOP gets a confirmation: neither needs the session. A STOP
        texted now is later found at the carrier and applied before the next text is sent (`workers.reconcile`).
        One said in a call would not be found, so it is not confirmed.
Rule 2: no question is asked: the answer would count toward the person's stored question, which is a different one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hotline.channels import sms, voice
from hotline.channels.twiml import EMPTY
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.step import step
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel, Count, Event, EventKind, HangUp, Reply, Tell
from hotline.conversation.model.session import Session, Turn

DANGER: Final = frozenset({Count("word.crisis"), Count("word.abuse")})
ASKED: Final = Count("danger.asked")
STOP: Final = Count("stop")

WORDS: Final = (EventKind.SAID, EventKind.SPOKEN)


def words_without_store(book: Book, event: Event, render: Callable[..., str], safe_words: str) -> str:
    """Return the document that answers `event` without a session.

    `render` returns EMPTY for what the carrier has already answered.
    """
    if event.kind not in WORDS:
        return safe_words
    turn = step(book, Session(language=book.languages[0]), event)
    stops = STOP in turn.effects and event.channel is Channel.SMS
    if stops and render(book, turn.session, turn.replies) == EMPTY:
        return EMPTY
    if ASKED in turn.effects:  # no reply to the safety question could be read, so give the full text
        danger = Tell(text_id(book.statement(Role.DANGER)))
        return _answer(book, replace(turn, replies=(danger,)), event)
    if stops or DANGER.intersection(turn.effects):
        return _answer(book, turn, event)
    return safe_words


def _answer(book: Book, turn: Turn, event: Event) -> str:
    """Render the statements of the turn, without its questions."""
    tells: tuple[Reply, ...] = tuple(reply for reply in turn.replies if isinstance(reply, Tell))
    if event.channel is Channel.SMS:
        return sms.render_unwatched(book, turn.session, tells)
    return voice.render(book, turn.session, (*tells, HangUp()), 0)
