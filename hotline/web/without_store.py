"""What a person is told whose turn cannot be taken, because Redis is away: who to call, before anything else.

Rule 1: words that mean danger get 911 and 988 alone, and STOP that it counts: neither needs to know where the person
        was. A STOP that comes now is found at the carrier and obeyed before the next text leaves (`workers.reconcile`).
        In a call it would not be, so there it is not promised.
Rule 2: nothing is asked: the answer would count for the question that the person was at, which they did not see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from hotline.channels import sms, voice
from hotline.channels.twiml import EMPTY
from hotline.conversation.book.states import Book, Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import Channel, Count, Event, HangUp, Kind, Reply, Tell
from hotline.conversation.model.session import Session, Turn

DANGER: Final = frozenset({Count("word.crisis"), Count("word.abuse")})
ASKED: Final = Count("danger.asked")
STOP: Final = Count("stop")

WORDS: Final = (Kind.SAID, Kind.HEARD)


def words_without_store(book: Book, event: Event, render: Callable[..., str], safe_words: str) -> str:
    """The document that answers `event`; `render` gives EMPTY for what the carrier has answered by itself."""
    if event.kind not in WORDS:
        return safe_words
    turn = step(book, Session(language=book.languages[0]), event)
    stops = STOP in turn.effects and event.channel is Channel.SMS
    if stops and render(book, turn.session, turn.replies) == EMPTY:
        return EMPTY
    if ASKED in turn.effects:  # no answer could be read, so the full words are said
        danger = Tell(text_id(book.statement(Role.DANGER)))
        return _told(book, replace(turn, replies=(danger,)), event)
    if stops or DANGER.intersection(turn.effects):
        return _told(book, turn, event)
    return safe_words


def _told(book: Book, turn: Turn, event: Event) -> str:
    """What the turn tells, without what it asks."""
    tells: tuple[Reply, ...] = tuple(reply for reply in turn.replies if isinstance(reply, Tell))
    if event.channel is Channel.SMS:
        return sms.render_unwatched(book, turn.session, tells)
    return voice.render(book, turn.session, (*tells, HangUp()), 0)
