"""Reads what a text says about a day: it is still to come, something was done on it, or a meeting was moved to it."""

from __future__ import annotations

from functools import lru_cache

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Takes
from hotline.conversation.engine.asides import WAYPOINTS
from hotline.conversation.engine.interpret import offered_now, value_of
from hotline.conversation.engine.tenses import may_answer
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.choices import asks, of_kind
from hotline.conversation.nlu.dates import (
    denies_day,
    opens_with_day,
    read_coming_day,
    read_day_to_come,
    read_day_too,
    tells_day,
)
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import opening, settled
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.topics import learned as learned_topic

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
        topics = {intent for intent in builder.book.topics if choice.go in builder.book.led_to_by(intent)}
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


def read_meeting_off(builder: TurnBuilder, reading: Reading) -> Reading:
    """Drop "they cancelled it" or "they moved it" from the reading unless a meeting is known or asked about."""
    if reading.intent not in (Known.MEETING_OFF, Known.MEETING_MOVED):
        return reading
    question = builder.question()
    asked = question is not None and (bool(question.coming) or question.takes is Takes.COMING_DAY)
    said = normalize(reading.cleaned.text)
    if asked or builder.book.reader.lexicon.tense.meeting.search(said) or meeting_noted(builder):
        return reading
    scores = builder.book.reader.classifier.scores("intent", said)
    found = learned_topic(scores.ranked, builder.book.roles)
    return replace(
        reading, intent=found.intent, sure=found.sure, asks=found.asks, together=found.together, by="model"
    )


def day_out_too(builder: TurnBuilder, reading: Reading) -> tuple[Question, str] | None:
    """Return the question about days out and the day that a text adds right after one was counted: "yesterday too"."""
    steps, lexicon = builder.session.steps, builder.book.reader.lexicon
    if not steps or steps[-1].days_out is None:
        return None
    day = read_day_too(reading.cleaned.text, builder.event.at.date(), lexicon)
    asked = _collecting(builder.book)
    return (asked, day.isoformat()) if day and asked else None


@lru_cache(maxsize=8)
def _collecting(book: Book) -> Question | None:
    """Return the question that collects the days out of school."""
    questions = (state for state in book.states.values() if isinstance(state, Question))
    return next((question for question in questions if question.collects), None)


def meeting_noted(builder: TurnBuilder) -> Question | None:
    """Return the question whose recorded answer is a meeting day that has not passed, or None."""
    today = builder.event.at.date().isoformat()
    for name, day in builder.session.known:
        asked = builder.book.states.get(name)
        if isinstance(asked, Question) and asked.takes is Takes.COMING_DAY and day >= today:
            return asked
    return None


def elsewhere(
    builder: TurnBuilder, question: Question, reading: Reading
) -> tuple[Question, str | None, Choice | None] | None:
    """Return the other question that a text answers: the meeting's day when we ask whether it happened, or the reverse.

    After "anything else?", it may also be the new day of a recorded meeting: "they moved it to friday".
    """
    if too := day_out_too(builder, reading):
        return (*too, None)
    noted = meeting_noted(builder) if question.name in WAYPOINTS else None
    if (
        noted is not None
        and not asks(reading.cleaned.text, builder.book.reader.lexicon)
        and may_answer(reading)
    ):
        day = tells_day(reading.cleaned.text, builder.event.at.date(), builder.book.reader.lexicon)
        return (noted, day.isoformat(), None) if day else None
    if not (question.coming or question.over) or reading.cleaned.core.isdecimal() or not may_answer(reading):
        return None
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    if asks(text, lexicon):
        return None
    if question.over and lexicon.tense.is_over(text, lexicon.negation):
        held = builder.book.question(question.over)
        choice = of_kind(held.choices, "yes", lexicon)
        return (held, None, choice) if choice else None
    if not question.coming or opening(text, lexicon) == "yes":
        return None
    today = builder.event.at.date()
    day = read_day_to_come(text, today, lexicon)
    if day is None and question.over != question.name and opens_with_day(text, lexicon):
        # Only where the meeting can't be over: there "friday" may be a day that has passed.
        day = read_coming_day(text, today, lexicon)
    return (builder.book.question(question.coming), day.isoformat(), None) if day else None
