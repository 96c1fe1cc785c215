"""Recognizes an answer that is repeated at a later question: "tiene 8 años" after the age was asked.

Rule 1: it is confirmed, and the open question is asked again; it is not a miss. Nothing is recorded: BACK changes an answer.
Rule 2: only a short text that names the same choice as before. Another choice may be a slip, and is asked about.
"""

from __future__ import annotations

from hotline.conversation.book.states import Question
from hotline.conversation.book.texts import offered, text_id
from hotline.conversation.engine.transitions import SAY_NOTHING_ALONE, ask_again
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.ages import age_in_years
from hotline.conversation.nlu.choices import choice_for_age, contained_choice, exact_choice
from hotline.conversation.nlu.reader import Reading

LONGEST = 6
"""The most words of a text that only repeats an answer."""


def confirm_repeated_answer(builder: TurnBuilder, reading: Reading, question: Question | None) -> bool:
    """Confirm an answer that a text repeats, or gives only to later questions, ask again, and return whether it does either."""
    new = [pair for pair in builder.session.given if pair not in builder.start.given]
    asked, roles = builder.book.question, builder.book.roles
    holds = question is not None and (question.holds or reading.intent in roles.part_of_an_answer)
    notes = [
        text_id(asked(name), f"choice.{choice}") for name, choice in new if choice not in SAY_NOTHING_ALONE
    ]
    again = repeated_answer(builder, reading)
    if not again and not (holds and notes):
        return False
    builder.noted.extend([again] if again else notes)
    ask_again(builder)
    return True


def names_earlier_answer(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text is exactly a choice of a question that was answered before: "teaching", at "what kind of school?"."""
    book, said = builder.book, reading.cleaned.core
    names = (given.state for given in builder.session.answers if given.state != builder.session.state)
    asked = (book.states[name] for name in names if name in book.states)
    questions = (each for each in asked if isinstance(each, Question) and each.holds)
    return any(
        exact_choice(offered(book, builder.session.language, each.name), said, book.reader.lexicon)
        for each in questions
    )


def repeated_answer(builder: TurnBuilder, reading: Reading) -> str | None:
    """Return the text id of the earlier choice that a text repeats, or None."""
    said = reading.cleaned.said
    if len(said.split()) > LONGEST or builder.question() is None:
        return None
    for given in reversed(builder.session.answers):
        question = builder.book.states.get(given.state)
        if not isinstance(question, Question) or not question.holds or given.state == builder.session.state:
            continue
        choice = _named(builder, question, said)
        if choice is not None and choice.name == given.choice and choice.name not in SAY_NOTHING_ALONE:
            return text_id(question, f"choice.{choice.name}")
    return None


def _named(builder: TurnBuilder, question: Question, said: str) -> Choice | None:
    lexicon = builder.book.reader.lexicon
    choices = offered(builder.book, builder.session.language, question.name)
    if any(choice.ages for choice in choices):
        return choice_for_age(choices, age_in_years(said, lexicon))
    return contained_choice(choices, said, lexicon)
