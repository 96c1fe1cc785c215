"""Evaluates fork conditions: remembered answers, and facts about the caller and the line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Case, Fork, Question, Takes
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.session import Session


def case_target(builder: TurnBuilder, fork: Fork) -> str:
    """Return the target of the first case that applies. The last case always does."""
    return next(case.go for case in fork.cases if _applies(builder, case))


def state_after_forks(builder: TurnBuilder, name: str) -> str:
    """Return the state that this one leads to for this person, if it is a fork; else itself."""
    while isinstance(fork := builder.book.states.get(name), Fork):
        name = case_target(builder, fork)
    return name


def _applies(builder: TurnBuilder, case: Case) -> bool:
    return all(_value_of(builder, question) == answer for question, answer in case.conditions)


def _value_of(builder: TurnBuilder, question: str) -> str | None:
    known = VALUES.get(question)
    return known(builder) if known else _answered(builder, question)


def last_reminded(book: Book, session: Session) -> tuple[str, datetime] | None:
    """Return the last question that a reminder asked and when, or None."""
    asked = ((name, at) for name, at in session.reminded if isinstance(book.states.get(name), Question))
    return next(asked, None)


VALUES: Mapping[str, Callable[[TurnBuilder], str]] = {
    "texting": lambda builder: builder.session.texting,
    "caller": lambda builder: "known" if builder.event.reachable else "hidden",
    "channel": lambda builder: builder.event.channel,
    "line": lambda builder: builder.session.line,
    "nudge": lambda builder: builder.session.nudge,
    "outcome": lambda builder: "known" if builder.session.outcomes else "none",
    "reminded": lambda builder: (last_reminded(builder.book, builder.session) or ("",))[0],
    "staff": lambda builder: "open" if builder.event.staffed else "closed",
    "requests": lambda builder: "seen" if builder.event.requests_seen else "unseen",
}
"""Values of fork conditions other than answers to questions."""


def _answered(builder: TurnBuilder, question: str) -> str | None:
    if builder.session.slot(question):
        return "known"
    if answer := builder.session.answer_to(question):
        return answer
    state = builder.book.states.get(question)
    takes_value = isinstance(state, Question) and state.takes in (Takes.STATE, Takes.DAY, Takes.COMING_DAY)
    return "unknown" if takes_value else None
