"""Responds to keys that a caller presses: an age, a command, a choice by its number, or the next part of a list."""

from __future__ import annotations

from hotline.conversation.book.states import Question, Role
from hotline.conversation.engine.by_ear import next_part
from hotline.conversation.engine.commands import answer, run_command
from hotline.conversation.engine.interpret import offered_now
from hotline.conversation.engine.misses import miss
from hotline.conversation.engine.safety import answer_about_safety
from hotline.conversation.engine.speech import MOST_BY_EAR, part_offered
from hotline.conversation.engine.transitions import ask_again
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.choices import of_age

AGES = "456789"
"""Keys that stand for the child's age where choices stand for ages: 9 for a child of nine."""


def press(builder: TurnBuilder) -> None:
    """Handle keys pressed in a call."""
    keys, question = builder.event.text, builder.question()
    aged = _aged(builder, question, keys) if question else None
    if question and aged:
        answer(builder, question, aged)
    elif word := builder.book.roles.key(keys):
        run_command(builder, word)
    elif question and (picked := _picked(builder, question, keys)):
        if question.name == Role.SAFETY_CHECK:
            answer_about_safety(builder, None, picked, None)
        else:
            answer(builder, question, picked)
    elif question and keys == str(MOST_BY_EAR) and next_part(builder, question):
        ask_again(builder)
    else:
        miss(builder)


def _picked(builder: TurnBuilder, question: Question, key: str) -> Choice | None:
    """Return the choice that a key stands for, among those that a call has offered."""
    names = part_offered(builder.event.channel, question, builder.session.part)
    names = names or tuple(choice.name for choice in offered_now(builder, question))
    return question.choice(names[int(key) - 1]) if len(key) == 1 and key in "12345"[: len(names)] else None


def _aged(builder: TurnBuilder, question: Question, key: str) -> Choice | None:
    """Return the choice that a key stands for as an age, if the key is not a choice's own number."""
    choices = offered_now(builder, question)
    is_age = len(key) == 1 and key in AGES and int(key) > len(choices)
    return of_age(choices, float(key)) if is_age else None
