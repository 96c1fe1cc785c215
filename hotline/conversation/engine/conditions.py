"""Evaluates fork conditions: remembered answers, and facts about the caller and the line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Case, Fork, Question, Takes
from hotline.conversation.engine.reminders import last_reminded
from hotline.conversation.engine.turn_builder import Draft


def case_target(draft: Draft, fork: Fork) -> str:
    """Return the target of the first case that applies. The last case always does."""
    return next(case.go for case in fork.cases if _applies(draft, case))


def _applies(draft: Draft, case: Case) -> bool:
    return all(_recall(draft, question) == answer for question, answer in case.conditions)


def _recall(draft: Draft, question: str) -> str | None:
    known = RECALLED.get(question)
    return known(draft) if known else _answered(draft, question)


RECALLED: Mapping[str, Callable[[Draft], str]] = {
    "texting": lambda draft: draft.session.texting,
    "caller": lambda draft: "known" if draft.event.reachable else "hidden",
    "channel": lambda draft: draft.event.channel,
    "line": lambda draft: draft.session.line,
    "nudge": lambda draft: draft.session.nudge,
    "outcome": lambda draft: "known" if draft.session.outcomes else "none",
    "reminded": lambda draft: (last_reminded(draft.book, draft.session) or ("",))[0],
    "staff": lambda draft: "open" if draft.event.staffed else "closed",
    "requests": lambda draft: "seen" if draft.event.requests_seen else "unseen",
}
"""Values of fork conditions other than answers to questions."""


def _answered(draft: Draft, question: str) -> str | None:
    if draft.session.slot(question):
        return "known"
    takes_value = any(
        _takes(draft.book, question, takes) for takes in (Takes.STATE, Takes.DAY, Takes.COMING_DAY)
    )
    return draft.session.answer_to(question) or ("unknown" if takes_value else None)


def _takes(book: Book, name: str, takes: Takes) -> bool:
    question = book.states.get(name)
    return isinstance(question, Question) and question.takes is takes
