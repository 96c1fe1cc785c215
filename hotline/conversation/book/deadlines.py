"""Computes the last days that statements tell, and when a reminder about one is due.

A last day counts from a day that the person gave: by the state's limit for an evaluation, by its limit for
an answer to a request, or by a number of days.

Rule: a school is never called late where the last day is inexact, because school days or breaks are not
      known. There a reminder waits MORE_IF_INEXACT, and its text says "may".
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Reminder, Statement
from hotline.conversation.book.texts import ABOUT, text_id, values_for
from hotline.conversation.model.events import Blanks, Event, Tell
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.us_states import Limit

MORE_IF_INEXACT = timedelta(days=21)
"""How much later than its inexact last day a school may still be on time."""

EVENING = time(18)
"""When a reminder for the evening is due, in the center's time zone; quiet hours begin at 20:00."""

ANSWERS = "answers"
"""The reference of the time that each state gives a school to answer a request."""


def day_given(session: Session, question: str) -> date | None:
    """Return the day given to a question, or None."""
    given = session.slot(question)
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        return None  # from a question of that name in an older book


def with_deadline(book: Book, session: Session, statement: Statement, today: date) -> Tell:
    """Return a statement's text for this person's state and the days that they gave."""
    deadline, answer = statement.deadline, _answer_limit(book, session)
    start = day_given(session, deadline.counts_from) if deadline else None
    text = text_id(statement, _part(book, session, statement, answer, start))
    if start is None or deadline is None:
        return Tell(text)
    last = _last_day(book, session, statement, answer, start)
    blanks: Blanks = (("day", start.isoformat()),)
    if last is not None:
        blanks = (*((name, last.isoformat()) for name in ("deadline", "last_day", "full_day")), *blanks)
    if deadline.passed and last is not None and last < today:
        text = text_id(statement, "passed")
    return Tell(text, values_for(book, text, blanks))


def due_in(book: Book, session: Session, event: Event, reminder: Reminder) -> timedelta | None:
    """Return how long from now a reminder is due, or None if its start day is unknown or too old."""
    answer = _answer_limit(book, session)
    if (reminder.no_answer_limit and answer) or (reminder.to_answer and not answer):
        return None
    if not reminder.counts_from:
        return reminder.after
    own = book.places.limit(book.home(session))
    by_request = reminder.to_limit and own.starts == "request"
    start = day_given(session, reminder.counts_from_request if by_request else reminder.counts_from)
    if start is None:
        return None
    if reminder.to_limit:
        start = own.until(start)
    elif reminder.to_answer and answer:
        start = answer.until(start) + (timedelta() if answer.is_exact(start) else MORE_IF_INEXACT)
    after = _until(event.at, start + reminder.after) if reminder.evening else _days(event, start, reminder)
    return after if after > timedelta() else None


def _days(event: Event, start: date, reminder: Reminder) -> timedelta:
    """Return the time to the day that a reminder is due, at this event's hour."""
    return start - event.at.date() + reminder.after


def _until(now: datetime, day: date) -> timedelta:
    """Return the time to the evening of a day, where the clocks may change before it."""
    return datetime.combine(day, EVENING, now.tzinfo).astimezone(UTC) - now.astimezone(UTC)


def _answer_limit(book: Book, session: Session) -> Limit | None:
    return book.places.answer(book.home(session))


def _part(
    book: Book, session: Session, statement: Statement, answer: Limit | None, start: date | None
) -> str:
    """Return which of a statement's texts is for this person's state: its own one, or the one for all."""
    state = book.home(session) if statement.variants.by_state else ""
    if not state:
        return "text"
    known = book.texts[book.languages[0]]
    inexact = answer is not None and start is not None and not answer.is_exact(start)
    for part in (f"{state}{ABOUT}" if inexact else state, state):
        if text_id(statement, part) in known:
            return part
    return "text"


def _last_day(
    book: Book, session: Session, statement: Statement, answer: Limit | None, start: date
) -> date | None:
    if statement.deadline and statement.deadline.days is not None:
        return start + timedelta(days=statement.deadline.days)
    if statement.variants.by_state == ANSWERS:
        return answer.until(start) if answer else None
    return book.places.limit(book.home(session)).until(start)
