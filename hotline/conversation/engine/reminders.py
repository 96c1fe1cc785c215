"""Decides which follow-ups a state starts and which it cancels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from hotline.conversation.book.actions import consents
from hotline.conversation.book.states import Book, Question, Reminder, Statement
from hotline.conversation.engine.conditions import limit
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import Cancel, FollowUp, Texting
from hotline.conversation.model.session import Session


def reached(draft: Draft, state: Question | Statement) -> None:
    """Cancel the follow-ups that this state ends, and start those that wait for it.

    Nothing starts before consent; the state that records it starts all that were due by then.
    """
    session = draft.session
    if ended := ended_by(draft.book, state.name):
        draft.effects.append(Cancel(ended))
    if session.texting is not Texting.YES:
        return
    takes_consent = isinstance(state, Statement) and any(consents(state.does))
    met = session.outcomes if takes_consent else (state.name,)
    for name in _started_by_any(draft.book, met):
        if (after := _after(draft, draft.book.reminders[name])) is not None:
            draft.effects.append(FollowUp(name, after, keep=session.another))


@lru_cache(maxsize=2048)
def started_by(book: Book, state: str) -> tuple[str, ...]:
    """Return the reminders that start at this state."""
    return tuple(name for name, reminder in book.reminders.items() if state in reminder.starts_on)


@lru_cache(maxsize=2048)
def ended_by(book: Book, state: str) -> tuple[str, ...]:
    """Return the reminders that this state cancels."""
    return tuple(name for name, reminder in book.reminders.items() if state in reminder.cancelled_by)


def drop_earlier(draft: Draft) -> None:
    """Cancel the follow-ups of the previous screening, which a new outcome replaces."""
    take_back(draft, set(draft.session.earlier))
    draft.session = replace(draft.session, earlier=())


def take_back(draft: Draft, outcomes: set[str]) -> None:
    """Cancel the follow-ups of outcomes that no longer apply."""
    if started := _started_by_any(draft.book, sorted(outcomes)):
        draft.effects.append(Cancel(started))


def _started_by_any(book: Book, states: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for state in states for name in started_by(book, state)))


def day_given(session: Session, question: str) -> date | None:
    """Return the day given to a question, or None."""
    given = session.slot(question)
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        return None  # from a question of that name in an older book


def _after(draft: Draft, reminder: Reminder) -> timedelta | None:
    """Return how long from now the reminder is due, or None if its start day is unknown or too old."""
    if not reminder.counts_from:
        return reminder.after
    own = limit(draft.book, draft.session)
    by_request = reminder.to_limit and own.starts == "request"
    start = day_given(draft.session, reminder.counts_from_request if by_request else reminder.counts_from)
    if start is None:
        return None
    if reminder.to_limit:
        start = own.until(start)
    after = start - draft.event.at.date() + reminder.after
    return after if after > timedelta() else None
