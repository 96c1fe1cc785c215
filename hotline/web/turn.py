"""One turn, from Event to document: load, step, commit, and again on a conflict.

1. load the session and the earlier answer to this event (one round trip)
2. an event answered already gets that answer
3. step, in the book that the person is half way through, else in the current one
4. render; the document is the answer that is kept
5. commit if nothing changed meanwhile (one round trip); else from 1
"""

from __future__ import annotations

from collections.abc import Callable

from hotline.conversation.book import Book
from hotline.conversation.engine import step
from hotline.conversation.model import Event, Reply
from hotline.conversation.session import Session, Turn
from hotline.log import log
from hotline.publishing.shelf import Shelf
from hotline.store.connection import StoreBusy
from hotline.store.turns import Turns

TRIES = 8
"""Commits tried before a turn gives up. Each conflict means that another turn of the same person
went through, so eight texts at once from one number are all taken."""

Render = Callable[[Book, Session, tuple[Reply, ...]], str]


def take_turn(shelf: Shelf, turns: Turns, who: str, number: str, event: Event, render: Render) -> str:
    """The document that answers `event`, after its effects are committed. Raises StoreBusy."""
    for _ in range(TRIES):
        loaded = turns.load(who, event.id, event.at)
        if loaded.answer is not None:
            log.info("turn_repeated", channel=event.channel, kind=event.kind)
            return loaded.answer
        book, session = shelf.place(loaded.session)
        turn = step(book, session, event)
        if turn == Turn(session):
            return render(book, session, ())  # nothing was said, and nothing is to be kept
        answer = render(book, turn.session, turn.replies)
        committed = turns.commit(who, event, loaded, turn, answer, number)
        if committed is not None:
            log.debug("turn_taken", channel=event.channel, kind=event.kind, state=turn.session.state)
            return committed
    raise StoreBusy("conflicts")
