"""Responds to input that is neither an answer nor a command: ask again, then offer a way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Place, Question, Role, Statement
from hotline.conversation.engine.asides import put_aside
from hotline.conversation.engine.transitions import ask_again, enter
from hotline.conversation.engine.turn_builder import Draft

TRIES = 2
"""Misses at one question before the way out is offered."""

AWAY_AFTER = timedelta(hours=12)
"""Someone who returns after this long with a text we do not understand is asked whether to go on."""


def miss(draft: Draft) -> None:
    """Respond to input that is neither an answer nor a command."""
    draft.count("miss")
    session = draft.session
    if draft.start.more:
        enter(draft, Role.UNCLEAR)
        ask_again(draft)
    elif draft.question() is None:
        enter(draft, _after_rest(draft.book, session.state))
    elif _was_away(draft):
        put_aside(draft)
        enter(draft, Role.WELCOME_BACK)
    elif session.misses + 1 >= TRIES:
        stuck(draft)
    else:
        draft.session = replace(session, misses=session.misses + 1)
        enter(draft, Role.UNCLEAR)
        ask_again(draft, brief=True)


def _was_away(draft: Draft) -> bool:
    seen = draft.start.seen
    question = draft.state()
    screening = isinstance(question, Question) and question.holds
    return screening and seen is not None and draft.event.at - seen > AWAY_AFTER


def _after_rest(book: Book, state: str) -> str:
    """Return the state for input we do not understand, if no question is open."""
    if isinstance(book.states.get(state), Statement):
        return state
    return Role.ANYTHING_ELSE if state == Place.REST else Role.MOVED_ON


def stuck(draft: Draft) -> None:
    """Offer the way out after two tries, or only a person if that question failed too."""
    session = replace(draft.session, misses=0)
    if session.state in draft.book.after_fork(Role.STUCK):
        draft.session = session
        enter(draft, Role.PERSON)
    else:
        draft.session = replace(session, stuck_at=session.state)
        put_aside(draft)
        draft.session = replace(draft.session, aside=True)
        enter(draft, Role.STUCK)
