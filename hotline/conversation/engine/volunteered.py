"""Finds the answers that a story gives before their questions are asked: "my son is 8 and cannot read"."""

from __future__ import annotations

from collections.abc import Mapping

from hotline.conversation.book.states import Question, Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.learned_answer import SURE_TOPIC
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Choice, Tell
from hotline.conversation.nlu.choices import asks, names, of_age
from hotline.conversation.nlu.classifier import Scores
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import YES_AND_NO
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.said import has_entry
from hotline.conversation.nlu.stated_facts import SHORTEST_OPENER, age_stated, tells_of_two

SURE_GIVEN = 0.9
"""The probability that a choice needs before its question was asked."""

SHORTEST_STORY = 4
"""The words from which a text may answer questions that were not asked."""


def volunteered(builder: TurnBuilder, reading: Reading) -> tuple[tuple[str, str], ...]:
    """Return pairs of screening question and choice that a story answers before they are asked."""
    words = reading.cleaned.text.split()
    unclear = reading.intent in (None, Known.STOP_UNCLEAR)
    likely = reading.ranked[0][0] if unclear and reading.ranked else reading.intent
    if (
        len(words) < SHORTEST_STORY
        or likely not in builder.book.roles.tells_of_a_child
        or reading.danger is Danger.ALARM
        or tells_of_two(reading.cleaned.text, builder.book.reader.lexicon)
        or has_entry(normalize(reading.cleaned.text), builder.book.reader.lexicon.another)
    ):
        return ()
    held = builder.book.held_questions
    classifier = builder.book.reader.classifier
    heads = [head for question in held if (head := f"answer.{question.name}") in classifier.heads]
    scores = classifier.all_scores(normalize(reading.cleaned.text), heads)
    found = ((question.name, _volunteered_at(builder, question, reading, scores)) for question in held)
    named = {name: choice for name, choice in found if choice is not None}
    implied = (pair for choice in named.values() for pair in choice.gives if pair[0] not in named)
    return (*((name, choice.name) for name, choice in named.items()), *implied)


def _volunteered_at(
    builder: TurnBuilder, question: Question, reading: Reading, scores: Mapping[str, Scores]
) -> Choice | None:
    """Return the choice at a question that a story gives by age, wording, topic or a sure classifier."""
    reader, said = builder.book.reader, normalize(reading.cleaned.text)
    choices = builder.offered(question)
    choices = tuple(choice for choice in choices if not choice.whole)
    if any(choice.ages for choice in choices):
        return of_age(choices, age_stated(reading.cleaned.text, reader.lexicon))
    head = f"answer.{question.name}"
    if builder.book.binds(question.name) or asks(reading.cleaned.text, reader.lexicon):
        return None
    if reading.sure >= SURE_TOPIC:
        meant = next((c for c in choices if reading.intent in c.means), None)
        # "no se leer" is not "no sé", and "todavía no va a la escuela" is not "todavía no": neither was asked.
        certain = [
            choice
            for choice in choices
            if normalize(choice.text) not in reader.lexicon.unsure and choice.name not in YES_AND_NO
        ]
        if named := names(certain, said, reader.lexicon) or meant:
            return named
    if head not in scores:
        return None
    name, sure = scores[head].best
    if sure < SURE_GIVEN or name == question.unsure:
        return None
    return next((choice for choice in choices if choice.name == name), None)


def say_what_was_noted(builder: TurnBuilder) -> None:
    """Insert a short confirmation of the answers given before their questions."""
    if builder.noted:
        noted = Tell(
            text_id(builder.book.statement(Role.NOTED)), (("facts", " ".join(dict.fromkeys(builder.noted))),)
        )
        first = builder.replies[0] if builder.replies else None
        greets = isinstance(first, Tell) and (builder.start.state == "" or bool(first.language))
        other = text_id(builder.book.statement(Role.ANOTHER_CHILD))
        after = (
            at
            for at, reply in enumerate(builder.replies, 1)
            if isinstance(reply, Tell) and reply.text == other
        )
        at = next(after, 1 if greets else 0)
        builder.replies.insert(at, noted)
        builder.noted.clear()


def begins_screening(builder: TurnBuilder, intent: str | None) -> bool:
    """Return whether a first text that answers a question asks for nothing that has an answer of its own."""
    roles, words = builder.book.roles, len(builder.event.text.split())
    story = words >= SHORTEST_OPENER and intent in roles.story_begins_screening  # "preschool" names a topic
    return intent is None or intent in roles.asks_for_nothing or story
