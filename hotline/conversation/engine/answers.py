"""Records the answer to a question, a choice or a value, and enters the next state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hotline.conversation.book.states import Question, Takes
from hotline.conversation.engine.days_out import is_school_day, with_day
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import AskPerson, Choice


def take_choice(draft: Draft, question: Question, choice: Choice) -> None:
    """Record a choice as the answer to the open question, and enter the next state."""
    if choice.days_ago is not None:
        day = draft.event.at.date() - timedelta(days=choice.days_ago)
        take_value(draft, question, day.isoformat())
        return
    _mark_answered(draft, question)
    if question.assumed:
        draft.session = draft.session.unknowing(question.name)
    if question.holds:
        draft.session = draft.session.with_answer(question.name, choice.name)
    if question.calls_back:
        draft.effects.append(AskPerson(when=choice.name))
    draft.count(f"answer.{question.name}.{choice.name}")
    enter(draft, choice.go)


def take_value(draft: Draft, question: Question, value: str) -> None:
    """Process a value, a state or a day, given to a question that takes one."""
    if question.collects:
        _collect(draft, question, value)
        return
    _mark_answered(draft, question)
    if question.takes is Takes.GRADE:
        draft.session = draft.session.with_answer(question.name, value)  # expires with the answers
    else:
        draft.session = draft.session.with_slot(question.name, value)
    draft.count(f"told.{question.name}")
    enter(draft, question.go)


def _collect(draft: Draft, question: Question, day: str) -> None:
    """Add a day out of school. A weekend day does not count and goes to the `weekend` state."""
    _mark_answered(draft, question)
    draft.session = replace(draft.session, days_out=with_day(draft.session.days_out, day))
    draft.count("day_out")
    enter(draft, question.go if is_school_day(date.fromisoformat(day)) else question.weekend)


def _mark_answered(draft: Draft, question: Question) -> None:
    """Mark the question as answered: unpause it and reset misses and silences."""
    session = draft.session.without_aside(question.name)
    draft.session = replace(session, misses=0, silences=0)
    draft.answered = True
