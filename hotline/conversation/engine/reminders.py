"""Decides which follow-ups a state starts and which it cancels."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from hotline.conversation.book.actions import consents
from hotline.conversation.book.book import Book
from hotline.conversation.book.deadlines import due_in
from hotline.conversation.book.states import Question, Role, Statement, Takes
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Cancel, FollowUp, Nudge, Tell, Texting
from hotline.conversation.model.session import Session

FIRST, OTHER = "first", "second"
"""Values of ANOTHER_CHILD: which of two children a conversation or a reminder is about."""


def update_reminders(builder: TurnBuilder, state: Question | Statement) -> None:
    """Cancel the follow-ups that reaching this state ends, and start those that wait for it.

    Nothing starts before consent; the state that records it starts all that were due by then. A question that it
    ends is not asked again, if it was put aside.
    """
    if ended := ended_by(builder.book, state.name):
        builder.effects.append(Cancel(ended))
        for name in ended:
            builder.session = builder.session.without_aside(name)
            close_reminder_question(builder, name)
    session = builder.session
    if session.texting is not Texting.YES:
        return
    takes_consent = isinstance(state, Statement) and any(consents(state.does))
    known = _known_by_now(builder.book, session)
    met = (*session.outcomes, *known) if takes_consent else (state.name,)
    may_be_done = takes_consent or (isinstance(state, Statement) and bool(state.outcome))
    for name in _started_by_any(builder.book, met):
        if may_be_done and set(known).intersection(builder.book.reminders[name].cancelled_by):
            continue  # what it asks for is done
        _start(builder, name)


def _start(builder: TurnBuilder, name: str) -> None:
    """Start a reminder, unless its day is unknown or over."""
    session = builder.session
    after = due_in(builder.book, session, builder.event, builder.book.reminders[name])
    if after is not None:
        days = (*_days_of(builder.book, session, name), *_child_of(builder.book, session, name))
        builder.effects.append(FollowUp(name, after, keep=session.another, days=days))


def _child_of(book: Book, session: Session, name: str) -> tuple[tuple[str, str], ...]:
    """Return the mark of a reminder about the second child, if the conversation or the screening is about that child."""
    other = session.slot(Role.ANOTHER_CHILD) == OTHER
    screened = session.another and name in _started_by_any(book, session.outcomes)
    return ((Role.ANOTHER_CHILD, OTHER),) if other or screened else ()


def say_which_child(builder: TurnBuilder) -> None:
    """If the person asked about two children, say which one a reminder is about, and continue with that child."""
    reminder = builder.book.reminders.get(builder.event.text)
    if reminder is None or not reminder.starts_on:
        return  # it is about a call, not about a child
    other = dict(builder.event.days).get(Role.ANOTHER_CHILD) == OTHER
    if other or builder.session.slot(Role.ANOTHER_CHILD):
        builder.session = builder.session.with_slot(Role.ANOTHER_CHILD, OTHER if other else FIRST)
        said = builder.book.statement(Role.ABOUT_OTHER if other else Role.ABOUT_FIRST)
        builder.replies.append(Tell(text_id(said)))


def close_reminder_question(builder: TurnBuilder, name: str) -> None:
    """Mark the question of a texted reminder as answered: by the person, or because what it asks for is done."""
    session = builder.session
    if session.reminded and name not in session.reminders_answered and name in dict(session.reminded):
        builder.session = replace(session, reminders_answered=(*session.reminders_answered, name))


def _known_by_now(book: Book, session: Session) -> tuple[str, ...]:
    """Return the questions whose day the person has given, and the states that those led to: they may come before consent."""
    asked = (book.states.get(name) for name, _ in session.known)
    days = [q for q in asked if isinstance(q, Question) and q.takes is Takes.DAY]
    return tuple(name for question in days for name in (question.name, question.go))


@lru_cache(maxsize=2048)
def started_by(book: Book, state: str) -> tuple[str, ...]:
    """Return the reminders that start at this state."""
    return tuple(name for name, reminder in book.reminders.items() if state in reminder.starts_on)


@lru_cache(maxsize=2048)
def ended_by(book: Book, state: str) -> tuple[str, ...]:
    """Return the reminders that this state cancels."""
    return tuple(name for name, reminder in book.reminders.items() if state in reminder.cancelled_by)


def forget_days(builder: TurnBuilder, known: tuple[tuple[str, str], ...]) -> None:
    """Forget the values that are not in `known`, and cancel the reminders that count from one of these days."""
    lost = {name for name, _ in builder.session.known} - {name for name, _ in known}
    builder.session = replace(builder.session, known=known)
    counting = (
        name for name in builder.book.reminders if lost.intersection(counted_from(builder.book, name))
    )
    if names := tuple(counting):
        builder.effects.append(Cancel(names))


def counted_from(book: Book, name: str) -> tuple[str, ...]:
    """Return the questions from whose day a reminder counts, or whose day it tells."""
    reminder, state = book.reminders[name], book.states.get(name)
    deadline = state.deadline if isinstance(state, Statement) else None
    shown = (deadline.counts_from,) if deadline else ()
    return tuple(filter(None, (reminder.counts_from, reminder.counts_from_request, *shown)))


def _days_of(book: Book, session: Session, name: str) -> tuple[tuple[str, str], ...]:
    """Return the days that a reminder counts from and tells, each with its question."""
    return tuple(pair for pair in session.known if pair[0] in counted_from(book, name))


def drop_earlier(builder: TurnBuilder) -> None:
    """Cancel the follow-ups of the previous screening, which a new outcome replaces."""
    cancel_reminders_of(builder, set(builder.session.earlier))
    builder.session = replace(builder.session, earlier=())


def cancel_reminders_of(builder: TurnBuilder, outcomes: set[str]) -> None:
    """Cancel the follow-ups of outcomes that no longer apply."""
    if started := _started_by_any(builder.book, sorted(outcomes)):
        builder.effects.append(Cancel(started))


def reminders_changed(builder: TurnBuilder) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which reminders this turn started, besides those of outcomes, and which of those counted from a day it canceled."""
    if not builder.effects:
        return (), ()
    book = builder.book
    started = dict.fromkeys(each.reminder for each in builder.effects if isinstance(each, FollowUp))
    ended = dict.fromkeys(
        name for each in builder.effects if isinstance(each, Cancel) for name in each.reminders
    )
    if started:
        of_outcomes = _started_by_any(book, builder.session.outcomes)
        started = dict.fromkeys(name for name in started if name not in of_outcomes)
    counted = (name for name in ended if name in book.reminders and book.reminders[name].counts_from)
    return tuple(started), tuple(counted)


def go_back(builder: TurnBuilder, before: Session) -> None:
    """Return to the session before an answer, and undo what the answers since did to reminders."""
    _undo(builder, before)
    answered = builder.session.reminders_answered
    builder.session = replace(before, misses=0, silences=0, reminders_answered=answered)


def _undo(builder: TurnBuilder, before: Session) -> None:
    """Undo what the answers since `before` did to reminders: cancel what they started, and start what they canceled.

    A reminder that counts from no day is not started again, because we no longer know when it was due.
    """
    steps = builder.start.steps[len(before.steps) :]
    cancel_reminders_of(builder, set(builder.start.outcomes) - set(before.outcomes))
    started = dict.fromkeys(name for step in steps for name in step.started)
    if started:
        builder.effects.append(Cancel(tuple(started)))
    forget_days(builder, before.known)
    if before.state in builder.session.reminders_answered:
        others = tuple(each for each in builder.session.reminders_answered if each != before.state)
        builder.session = replace(builder.session, reminders_answered=others)
    ended = dict.fromkeys(name for step in steps for name in step.ended)
    if builder.session.texting is not Texting.YES or not (started or ended):
        return
    known = _known_by_now(builder.book, builder.session)
    for name in _started_by_any(builder.book, known):
        reminder = builder.book.reminders[name]
        was_changed = reminder.counts_from and (name in started or name in ended)
        if was_changed and not set(known).intersection(reminder.cancelled_by):
            _start(builder, name)


def _started_by_any(book: Book, states: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for state in states for name in started_by(book, state)))


def cancel_dropped_call_text(builder: TurnBuilder) -> None:
    """Cancel the text to a person whose call dropped, because they are back."""
    if builder.session.nudge is Nudge.USED and builder.session.called:
        builder.effects.append(Cancel((Role.CALL_DROPPED,)))
