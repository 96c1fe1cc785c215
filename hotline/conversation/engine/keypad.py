"""Responds to a caller's keys: an age, a command, a choice's number, or the next part of a list.

A number said aloud is that key: callers who are blind, or hold a child, hear "press 4" and say "four".
"""

from __future__ import annotations

from hotline.conversation.book.states import Question, Role, Takes
from hotline.conversation.engine.answers import take_value
from hotline.conversation.engine.commands import answer, run_command
from hotline.conversation.engine.interpret import value_of
from hotline.conversation.engine.misses import miss
from hotline.conversation.engine.question_parts import next_part
from hotline.conversation.engine.safety import answer_about_safety
from hotline.conversation.engine.speech import MOST_BY_EAR, choices_asked, has_more
from hotline.conversation.engine.transitions import ask_again
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.choices import choice_for_age, number_said
from hotline.conversation.nlu.hours import of_hours
from hotline.conversation.nlu.reader import Reading

AGES = "45679"
"""Keys that stand for the child's age where choices stand for ages: 9 for a child of nine.

8 does not: a caller who does not understand the question presses it for the other language.
"""

HIGHEST = 9
"""The highest number that is one key."""


def press(builder: TurnBuilder) -> None:
    """Handle keys pressed in a call."""
    take_keys(builder, builder.event.text)


def take_keys(builder: TurnBuilder, keys: str) -> None:
    """Handle keys that a caller pressed or said."""
    question = builder.question()
    aged = _choice_of_age_key(builder, question, keys) if question else None
    if question and aged:
        answer(builder, question, aged)
    elif question and question.takes is Takes.AGE and (age := value_of(builder, question, keys)):
        take_value(builder, question, age)
    elif word := builder.book.roles.keys.get(keys):
        run_command(builder, word)
    elif question and (picked := _choice_of_key(builder, question, keys)):
        if question.name == Role.SAFETY_CHECK:
            answer_about_safety(builder, None, picked, None)
        else:
            answer(builder, question, picked)
    elif question and keys == str(MOST_BY_EAR) and next_part(builder, question):
        ask_again(builder)
    else:
        miss(builder)


def key_said(builder: TurnBuilder, reading: Reading) -> str:
    """Return the key that a caller said, such as "4", or "" if the speech is not just a number or answers a question for one."""
    question = builder.question()
    choices = builder.offered(question) if question else ()
    if question and (any(c.ages for c in choices) or value_of(builder, question, reading.cleaned.text)):
        return ""
    last = 0
    if question:
        names = _names_offered(builder, question)
        last = len(names) + has_more(question, names)
    number = number_said(choices, last, reading.cleaned.core, builder.book.reader.lexicon)
    if (
        number is not None
        and number > last
        and of_hours(choices, str(number), builder.book.reader.lexicon.hours)
    ):
        return ""  # "seven" at "when is a good time?"
    return str(number) if number is not None and number <= HIGHEST else ""


def _names_offered(builder: TurnBuilder, question: Question) -> tuple[str, ...]:
    """Return the names of the choices that a call has offered, in the order of their keys."""
    names = choices_asked(builder.event.channel, question, builder.session, texts=builder.takes_texts())
    return names or tuple(choice.name for choice in builder.offered(question))


def _choice_of_key(builder: TurnBuilder, question: Question, key: str) -> Choice | None:
    """Return the choice that a key stands for, among those that a call has offered."""
    names = _names_offered(builder, question)
    return question.choice(names[int(key) - 1]) if len(key) == 1 and key in "12345"[: len(names)] else None


def _choice_of_age_key(builder: TurnBuilder, question: Question, key: str) -> Choice | None:
    """Return the choice that a key stands for as an age, if the key is not a choice's own number."""
    choices = builder.offered(question)
    is_age = len(key) == 1 and key in AGES and int(key) > len(choices)
    return choice_for_age(choices, float(key)) if is_age else None
