"""Records the answer to a question, a choice or a value, and enters the next state."""

from __future__ import annotations

from datetime import date, timedelta

from hotline.conversation.book.states import Question, Takes
from hotline.conversation.engine.conditions import state_after_forks
from hotline.conversation.engine.days import not_yet
from hotline.conversation.engine.interpret import value_of
from hotline.conversation.engine.reminders import close_reminder_question, forget_days
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.days_out import is_school_day, with_day
from hotline.conversation.model.events import Ask, Choice
from hotline.conversation.nlu.choices import exact_choice, number_said
from hotline.conversation.nlu.normalize import normalize


def take_choice(builder: TurnBuilder, question: Question, choice: Choice) -> None:
    """Record a choice as the answer to the open question, and enter the next state."""
    if choice.days_ago is not None:
        day = builder.event.at.date() - timedelta(days=choice.days_ago)
        take_value(builder, question, day.isoformat())
        return
    _mark_answered(builder, question)
    if question.assumed and choice.name != question.unsure:
        forget_days(builder, builder.session.without_slot(question.name).known)
    if question.holds:
        builder.session = builder.session.with_answer(question.name, choice.name)
    for name, given in choice.gives:
        if builder.session.answer_to(name) is None:
            builder.session = builder.session.with_answer(name, given)
    if question.reach:
        builder.ask_person(question.reach, when=choice.name, with_words=_in_own_words(builder, question))
    builder.count(f"answer.{question.name}.{choice.name}")
    enter_with_day(builder, choice.go)


def _in_own_words(builder: TurnBuilder, question: Question) -> bool:
    """Return whether the event's text says more than the name or number of a choice."""
    said, lexicon = normalize(builder.event.text), builder.book.reader.lexicon
    choices = builder.offered(question)
    number = number_said(choices, 0, said, lexicon)
    return exact_choice(choices, said, lexicon) is None and (number is None or number > len(choices))


def enter_with_day(builder: TurnBuilder, name: str) -> None:
    """Enter a state, or take the day that it asks for if the text names it: "yes i sent it friday"."""
    name = state_after_forks(builder, name)
    state = builder.book.states.get(name)
    if isinstance(state, Question) and state.takes in (Takes.DAY, Takes.COMING_DAY):
        if no := not_yet(builder, state, builder.event.text):
            take_choice(builder, state, no)
            return
        if day := value_of(builder, state, builder.event.text):
            take_value(builder, state, day)
            return
    enter(builder, name)


def take_day_too(builder: TurnBuilder, asked_before: str, intent: str | None) -> None:
    """Take the day that an answer leads to a question for, if the text is about that and names it: "signed it today"."""
    question = builder.question()
    if question is None or question.name == asked_before or question.takes is not Takes.DAY:
        return
    day = value_of(builder, question, builder.event.text)
    if day and question.name in builder.book.led_to_by(intent):
        builder.replies = [reply for reply in builder.replies if not isinstance(reply, Ask)]
        take_value(builder, question, day)


def take_value(builder: TurnBuilder, question: Question, value: str) -> None:
    """Process a value, a state or a day, given to a question that takes one."""
    if question.collects:
        _mark_answered(builder, question)
        builder.session = replace(builder.session, days_out=with_day(builder.session.days_out, value))
        builder.count("day_out")  # also for a weekend day, which counts for nothing else
        enter(builder, question.go if is_school_day(date.fromisoformat(value)) else question.weekend)
        return
    _mark_answered(builder, question)
    if question.takes is Takes.AGE:
        builder.count(f"told.{question.name}")  # the next question asks what decides
        enter(builder, question.go)
        return
    if question.takes is Takes.GRADE:
        builder.session = builder.session.with_answer(question.name, value)  # expires with the answers
    else:
        builder.session = builder.session.with_slot(question.name, value)
    builder.count(f"told.{question.name}")
    enter(builder, question.go)


def _mark_answered(builder: TurnBuilder, question: Question) -> None:
    """Mark the question as answered: unpause it and reset misses and silences."""
    session = builder.session.without_aside(question.name)
    builder.session = replace(session, misses=0, silences=0)
    close_reminder_question(builder, question.name)
    builder.answered = True
