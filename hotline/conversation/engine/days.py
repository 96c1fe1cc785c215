"""Reads what an answer says of a day: that it has not come, or what was done on it."""

from __future__ import annotations

from hotline.conversation.book.states import Question, Takes
from hotline.conversation.engine.interpret import offered_now, value_of
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.choices import asks, of_kind
from hotline.conversation.nlu.dates import denies_day
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import opening, settled
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known

DONE_TOO = 0.1
"""The probability from which a text that names a day may be about what was done on it, besides its topic."""


def done_on_a_day(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the choice of a reminder that leads to the question for a day, if a text names that day and what was done.

    "Thanks for the reminder, sent it this morning" is about reminders too, but it answers "did you send it?".
    """
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    may_stop = reading.intent in (Known.STOP, Known.STOP_UNCLEAR)
    if not question.reminder or may_stop or reading.danger is not Danger.NONE or asks(text, lexicon):
        return None
    if lexicon.negation.intersection(normalize(text).split()):
        return None
    likely = {name for name, chance in reading.ranked if chance >= DONE_TOO} | {reading.intent}
    agrees = opening(text, lexicon) == "yes"
    for choice in offered_now(builder, question):
        day = builder.book.states.get(choice.go)
        topics = {intent for intent, state in builder.book.topics.items() if state == choice.go}
        if isinstance(day, Question) and (agrees or likely & topics) and value_of(builder, day, text):
            return choice
    return None


def not_yet(builder: TurnBuilder, question: Question, text: str) -> Choice | None:
    """Return the choice that says no at a question for a day of the past, if the text does: "I have not sent it"."""
    lexicon = builder.book.reader.lexicon
    words = settled(normalize(text).split(), lexicon)
    if question.takes is not Takes.DAY or asks(text, lexicon) or not denies_day(" ".join(words), lexicon):
        return None
    if lexicon.tense.affirms(text, lexicon.negation, lexicon.no.opens, lexicon.yes):
        return None  # "i sent it but didnt keep a copy"
    return of_kind(offered_now(builder, question), "no", lexicon)
