"""Reads news of what the school answered at another question: "nvm they said yes now", after "they refused to test him".

Rule 1: only what the classifier of the question for it is sure of, in a short text that is about nothing else.
Rule 2: at no question, the last reminder's is open again for what surely answers it, for 30 days (`resume`).
Rule 3: an answer recorded before is corrected; one to a question not asked yet is noted and said back, and the open question asked again.
"""

from __future__ import annotations

from collections.abc import Iterable

from hotline.conversation.book.states import Question, Role, Takes
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.asides import BEGINS_FROM, WAYPOINTS
from hotline.conversation.engine.interpret import read_choice
from hotline.conversation.engine.learned_answer import contradicts, head_of
from hotline.conversation.engine.transitions import ask_again, enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.engine.volunteered import SURE_GIVEN
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Choice
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.choices import is_conditional, is_question
from hotline.conversation.nlu.fronts import without_lead_in
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known

SHORTEST, LONGEST = 2, 14
"""Words of a text that only tells what the school answered."""

SURE_ALONE = 0.97
"""The probability of an answer to a question that is not open, in a text that no topic fits."""

FEWEST_ANSWERS = 2
"""The choices with a topic that a school's answer is, at a question for it."""


def news(
    builder: TurnBuilder, reading: Reading, answered: Iterable[tuple[Session, Question]]
) -> tuple[Session, Question, Choice] | None:
    """Return the answered question that a text has news for, with the session before it and the answer that is right now."""
    asked = builder.question()
    if asked is None or asked.reminder or not _may_be_news(builder, reading):
        return None
    for before, question in answered:
        if question is not asked and (answer := _news_for(builder, asked, question, reading)):
            return before, question, answer
    return None


def keeps_news(builder: TurnBuilder, reading: Reading) -> bool:
    """Keep the news in a text for a question that was not asked yet, and return whether there was any."""
    asked = builder.question()
    if asked is None or not (asked.holds or asked.name in BEGINS_FROM) or not _may_be_news(builder, reading):
        return False
    for question in builder.book.held_questions:
        if question is asked or builder.session.answer_to(question.name):
            continue
        if answer := _news_for(builder, asked, question, reading):
            _keep(builder, asked, question, answer)
            return True
    return False


def sure_answer(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the answer that a short text surely gives to a question that is not open, if it is about nothing else."""
    said, head = reading.cleaned.said, head_of(builder, question)
    if head is None or not _is_short_statement(builder, reading):
        return None
    name, sure = builder.scores(head, said).best
    choice = next((each for each in question.choices if each.name == name), None)
    if (
        choice is None
        or name == question.unsure
        or contradicts(builder, question, choice, reading.cleaned.text)
    ):
        return None
    if _is_topic_of(builder, choice, reading):
        return choice if sure >= SURE_GIVEN else None
    return choice if sure >= SURE_ALONE and _leads_nowhere_else(builder, reading) else None


def _is_topic_of(builder: TurnBuilder, choice: Choice, reading: Reading) -> bool:
    """Return whether a text's topic is one of the choice's."""
    topics = builder.book.roles.special_cases.of(reading.intent or "")
    return not {*topics}.isdisjoint(choice.means)


def _leads_nowhere_else(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text has no topic of its own, or only explains a plan: "he got his iep"."""
    likeliest = reading.ranked[0][0] if reading.ranked and reading.by == "model" else Known.OTHER
    explains = likeliest in builder.book.roles.explains_a_plan
    return explains or (reading.intent is None and likeliest != Known.OTHER)


def _may_be_news(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text is short, asks nothing, and means neither danger nor what a rule finds."""
    return reading.by != "rule" and _is_short_statement(builder, reading)


def _is_short_statement(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text is short, asks nothing, and means neither danger nor a STOP."""
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    words = reading.cleaned.said.split()
    if (
        reading.danger is not Danger.NONE
        or reading.intent == Known.STOP_UNCLEAR
        or not SHORTEST <= len(words) <= LONGEST
    ):
        return False
    return not is_question(text, lexicon) and not is_conditional(words, lexicon)


def _keep(builder: TurnBuilder, asked: Question, question: Question, answer: Choice) -> None:
    """Keep an answer for its question, say it back and ask the open one again; from a menu, begin the screening."""
    given = {**dict(builder.session.given), question.name: answer.name}
    builder.session = replace(builder.session, given=tuple(given.items()))
    if asked.holds:
        builder.noted.append(text_id(question, f"choice.{answer.name}"))
        ask_again(builder)
    else:
        builder.session = replace(builder.session, between=())
        enter(builder, Role.SCREENING)


def _news_for(builder: TurnBuilder, asked: Question, question: Question, reading: Reading) -> Choice | None:
    """Return the answer of the school that a text surely gives and that is not recorded, or None."""
    roles, reader, said = builder.book.roles, builder.book.reader, reading.cleaned.said.split()
    answers = [choice for choice in question.choices if roles.then_screening & {*choice.means}]
    words = without_lead_in(said, reader.lexicon.taken_back)
    late = question.reminder is not None and asked.name in WAYPOINTS  # "they emailed said theyll test him"
    turned = late or len(words) < len(said) or not reader.lexicon.turns.isdisjoint(words)
    if len(answers) < FEWEST_ANSWERS or not words or not turned:
        return None
    recorded = dict(builder.start.given).get(question.name) or builder.session.answer_to(question.name)
    name, sure = builder.scores(head_of(builder, question) or "", " ".join(words)).best
    choice = next((each for each in question.choices if each.name == name), None)
    if choice is None or name in (recorded, question.unsure) or sure < SURE_GIVEN:
        return None
    meant = {name for each in question.choices if each.name == recorded for name in each.means}
    day = {*choice.means} if asked.takes is Takes.DAY else set()  # "they said no" tells no day
    if late and len(words) < len(said):
        meant |= {name for each in answers for name in each.means}  # a yes that is read as a refusal
    topics = {*roles.special_cases.of(reading.intent or "")}
    if late and sure < SURE_ALONE and not _is_topic_of(builder, choice, reading):
        return None  # "the testing is done"
    if reading.intent and not topics & {*roles.part_of_an_answer, *meant, *day}:
        return None
    if not recorded and not question.reminder and read_choice(builder, asked, reading):
        return None
    return None if contradicts(builder, question, choice, " ".join(words)) else choice
