"""Reads the yes, the thanks or the "they answered" that comes with an answer, and is not one where no yes is offered."""

from __future__ import annotations

from hotline.conversation.book.states import Question
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.nlu.choices import choice_of_kind
from hotline.conversation.nlu.danger_scores import text_after_no
from hotline.conversation.nlu.fronts import without_lead_in
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.polarity import YES_AND_NO
from hotline.conversation.nlu.reader import Reading


def reports_unnamed_answer(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a text says that an answer came but not which, at a question whose choices are answers: "they answered"."""
    lexicon, words = builder.book.reader.lexicon, reading.cleaned.said.split()
    if not words or without_lead_in(words, lexicon.fronts) or not _offers_no_yes(question, lexicon):
        return False
    return any(entry in " ".join(words) for entry in lexicon.answered)


def only_agrees(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a text only agrees where a fact is asked for: "ok" does not mean "sent"."""
    said = (reading.cleaned.core, reading.cleaned.said)
    if builder.book.reader.lexicon.agrees.isdisjoint(said) or builder.book.binds(question.name):
        return False
    if any(word in said for choice in question.choices for word in choice.words):
        return False
    named_yes = any(choice.name == "yes" for choice in question.choices)
    return question.reminder is not None or (question.holds and not named_yes)


def text_after_opening(builder: TurnBuilder, question: Question, reading: Reading) -> str:
    """Return the words after a yes or thanks where no yes is offered, or "": "thank you yes he qualified".

    At a question of the screening that asks which of several, the words after a no: "no, he has a 504".
    """
    lexicon, text = builder.book.reader.lexicon, reading.cleaned.text
    if question.holds and not {*YES_AND_NO} <= {choice.name for choice in question.choices}:
        return text_after_no(text, lexicon)
    words = reading.cleaned.said.split()
    rest = without_lead_in(words, lexicon.fronts) if _offers_no_yes(question, lexicon) else ()
    return " ".join(rest) if 1 < len(rest) < len(words) else ""


def _offers_no_yes(question: Question, lexicon: Lexicon) -> bool:
    """Return whether a reminder's question offers answers by name and no yes: "what did they answer?"."""
    return question.reminder is not None and choice_of_kind(question.choices, "yes", lexicon) is None
