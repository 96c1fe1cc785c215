"""Reads at a reminder's question whether what it asks about was done, is still to come, or turned since."""

from __future__ import annotations

from hotline.conversation.book.states import Question
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.choices import asks
from hotline.conversation.nlu.classifier import Scores
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import turned
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.tense import Tense

OTHER_ANSWER, SURER_ANSWER = 0.5, 0.8
"""The probabilities from which another answer stands, against what is to come and what was done: "he will get an iep"."""

SURE_TURN = 0.7
"""The chance of another choice, where news turned, from which it is asked again: "we got denied. then they said ok"."""


def tense_of(builder: TurnBuilder, question: Question, reading: Reading) -> Tense | None:
    """Return whether the text says that it was done or is still to come, or None where that is not asked or said."""
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    if not question.to_come or reading.cleaned.core.isdecimal() or not may_answer(reading):
        return None
    if asks(text, lexicon):
        return None
    return lexicon.tense.read(text, lexicon.negation, lexicon.no.opens, lexicon.yes)


def by_tense(
    question: Question, tense: Tense, choices: tuple[Choice, ...], likely: Scores, done: Choice | None
) -> Choice | None:
    """Return the choice for what was done or is to come, unless the question's classifier finds another one."""
    meant = {question.to_come, done.name if done else ""}
    name, sure = likely.best
    needed = SURER_ANSWER if tense is Tense.DONE else OTHER_ANSWER
    if sure >= needed and name not in meant and any(choice.name == name for choice in choices):
        return None
    if tense is Tense.TO_COME:
        return next((choice for choice in choices if choice.name == question.to_come), None)
    return done if tense is Tense.DONE else None


def may_answer(reading: Reading) -> bool:
    """Return whether a text is neither a possible danger nor a possible opt-out."""
    may_stop = reading.intent in (Known.STOP, Known.STOP_UNCLEAR)
    return not may_stop and reading.danger not in (Danger.ASK, Danger.ALARM)


def turns_away(builder: TurnBuilder, question: Question, head: str | None, choice: Choice, text: str) -> bool:
    """Return whether news turned to another answer: "we got denied. then they called and said ok", "they said so no"."""
    reader, words = builder.book.reader, normalize(text).split()
    later = turned(words, reader.lexicon)
    if question.reminder is None or not later or head is None:
        return False
    name, sure = reader.classifier.scores(head, " ".join(later)).best
    others = {each.name for each in question.choices} - {choice.name}
    return name in others and sure >= SURE_TURN
