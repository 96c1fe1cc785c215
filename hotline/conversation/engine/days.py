"""Reads what a text says about a day: which day, and whether something was done on it, is still to come, or was moved."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Takes
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.choices import choice_of_kind, is_question
from hotline.conversation.nlu.classifier import Scores
from hotline.conversation.nlu.dates import (
    LONGEST_DENIAL,
    read_added_day,
    read_coming_day,
    read_day,
    says_day_has_not_come,
)
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import opening_answer, without_retractions, words_after_turn
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.tense import Tense
from hotline.conversation.nlu.topics import decide_topic

OTHER_ANSWER = 0.8
"""The probability at which another answer outweighs "done" and "still to come": "he will get an iep"."""

SURE_TURN = 0.7
"""The probability of another choice at which news that turned is asked about again: "we got denied. then they said ok"."""

DONE_TOO = 0.1
"""The probability at which a text that names a day may say what was done then, in addition to its topic."""


def tense_of(builder: TurnBuilder, question: Question, reading: Reading) -> Tense | None:
    """Return whether the text says "done" or "still to come", or None if that is not asked or not said."""
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    if not question.to_come or reading.cleaned.core.isdecimal() or not may_answer(reading):
        return None
    if is_question(text, lexicon) or _is_special_case(builder, text):
        return None
    if _ends_on_a_day_to_come(text, builder.event.at.date(), lexicon):
        return Tense.ENDS
    return lexicon.tense.read(text, lexicon.negation, lexicon.no.opens, lexicon.yes)


def _ends_on_a_day_to_come(text: str, today: date, lexicon: Lexicon) -> bool:
    """Return whether a short text says that something will be over on a day to come: "testing ends friday"."""
    said = normalize(text)
    if len(said.split()) > LONGEST_DENIAL or not (ends := lexicon.tense.ends.search(said)):
        return False
    after = said[ends.end() :]
    return (
        read_coming_day(after, today, lexicon) is not None
        or lexicon.date_patterns.next_week.search(after) is not None
        or any(word in lexicon.months for word in after.split())
    )


def by_tense(
    question: Question, tense: Tense, choices: tuple[Choice, ...], likely: Scores, done: Choice | None
) -> Choice | None:
    """Return the choice for what was done or is to come, unless the question's classifier finds another one."""
    meant = {question.to_come, done.name if done else ""}
    name, sure = likely.best
    another = sure >= OTHER_ANSWER and name not in meant and any(choice.name == name for choice in choices)
    if another and tense is not Tense.ENDS:
        return None
    if tense in (Tense.TO_COME, Tense.ENDS):
        return next((choice for choice in choices if choice.name == question.to_come), None)
    return done if tense is Tense.DONE else None


def did_news_turn(
    builder: TurnBuilder, question: Question, head: str | None, choice: Choice, text: str
) -> bool:
    """Return whether news in a text turned to another answer than `choice`: "we got denied. then they called and said ok"."""
    reader = builder.book.reader
    if question.reminder is None or head is None:
        return False
    later = words_after_turn(normalize(text).split(), reader.lexicon)
    if not later:
        return False
    name, sure = builder.scores(head, " ".join(later)).best
    others = {each.name for each in question.choices} - {choice.name}
    return name in others and sure >= SURE_TURN


def may_answer(reading: Reading) -> bool:
    """Return whether a text may be an answer: it is neither possible danger nor a possible opt-out."""
    may_stop = reading.intent in (Known.STOP, Known.STOP_UNCLEAR)
    return not may_stop and reading.danger not in (Danger.ASK, Danger.ALARM)


def day_named(builder: TurnBuilder, question: Question, text: str) -> str | None:
    """Return the day that a text gives at a question that takes a day, in ISO format, or None."""
    lexicon, read = builder.book.reader.lexicon, read_day if question.takes is Takes.DAY else read_coming_day
    today = builder.event.at.date()
    day = read(text, today, lexicon) or (
        _day_before_plans(text, today, lexicon) if read is read_day else None
    )
    turned = lexicon.tense.begins_to_come if read is read_day else lexicon.tense.is_over
    otherwise = day and turned(text, lexicon.negation)  # "we had it monday" is not about next Monday
    if day and builder.book.reader.patterns.of(text) == Known.SIGNED_NOT_SENT:
        return None  # the clock starts when the school has it: "i signed it friday but didnt send it"
    return day.isoformat() if day and not otherwise else None


def _day_before_plans(text: str, today: date, lexicon: Lexicon) -> date | None:
    """Return the past day that the first part of a text names, if the rest is only to come: "i signed monday and ill take him"."""
    first, *rest = lexicon.tense.parts(text) or ("",)
    if not rest or lexicon.sending.words.isdisjoint(first.split()):
        return None
    plans = all(lexicon.tense.coming.search(part) for part in rest)
    denies = any(not lexicon.negation.isdisjoint(part.split()) for part in rest)
    return read_day(first, today, lexicon) if plans and not denies else None


def done_on_a_day(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the choice of a reminder that leads to the question for a day, if a text names that day and what was done.

    "Thanks for the reminder, sent it this morning" is about reminders too, but it answers "did you send it?".
    """
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    calm = may_answer(reading) and reading.danger is Danger.NONE
    if not question.reminder or not calm or is_question(text, lexicon):
        return None
    if lexicon.negation.intersection(reading.cleaned.said.split()):
        return None
    likely = {name for name, chance in reading.ranked if chance >= DONE_TOO} | {reading.intent}
    agrees = opening_answer(text, lexicon) == "yes"
    for choice in builder.offered(question):
        day = builder.book.states.get(choice.go)
        if not isinstance(day, Question) or day.takes not in (Takes.DAY, Takes.COMING_DAY):
            continue
        about_it = agrees or any(choice.go in builder.book.led_to_by(intent) for intent in likely)
        if about_it and day_named(builder, day, text):
            return choice
    return None


def not_yet(builder: TurnBuilder, question: Question, text: str) -> Choice | None:
    """Return the choice that says no at a question for a day of the past, if the text does: "I have not sent it", "i will today"."""
    lexicon = builder.book.reader.lexicon
    words = without_retractions(normalize(text).split(), lexicon)
    if question.takes is not Takes.DAY or is_question(text, lexicon) or _is_special_case(builder, text):
        return None
    if not is_to_come(builder, question, text) and not says_day_has_not_come(" ".join(words), lexicon):
        return None
    if lexicon.tense.affirms(text, lexicon.negation, lexicon.no.opens, lexicon.yes):
        return None  # "i sent it but didnt keep a copy"
    return choice_of_kind(builder.offered(question), "no", lexicon)


def is_to_come(builder: TurnBuilder, question: Question, text: str) -> bool:
    """Return whether a short text at a question for a day of the past begins with what is still to come: "ill send it today"."""
    lexicon, short = builder.book.reader.lexicon, len(text.split()) <= LONGEST_DENIAL
    return question.takes is Takes.DAY and short and lexicon.tense.begins_to_come(text, lexicon.negation)


def _is_special_case(builder: TurnBuilder, text: str) -> bool:
    """Return whether a phrase finds a special case in a text: "i took it in and they wouldnt accept it", "signed but not all"."""
    return builder.book.reader.patterns.of(text) in builder.book.roles.special_cases.topics


def without_unknown_meeting(builder: TurnBuilder, reading: Reading) -> Reading:
    """Drop "they cancelled it" or "they moved it" from the reading unless a meeting is known or asked about."""
    if reading.intent not in (Known.MEETING_OFF, Known.MEETING_MOVED):
        return reading
    question = builder.question()
    asked = question is not None and (bool(question.coming) or question.takes is Takes.COMING_DAY)
    said = reading.cleaned.said
    if asked or builder.book.reader.lexicon.tense.meeting.search(said) or upcoming_meeting(builder):
        return reading
    scores = builder.scores("intent", said)
    found = decide_topic(scores.ranked, builder.book.roles)
    return replace(
        reading, intent=found.intent, sure=found.sure, asks=found.asks, together=found.together, by="model"
    )


def added_day_out(builder: TurnBuilder, reading: Reading) -> tuple[Question, str] | None:
    """Return the question about days out and the day that a text adds right after one was counted: "yesterday too"."""
    steps, lexicon = builder.session.steps, builder.book.reader.lexicon
    if not steps or steps[-1].days_out is None:
        return None
    day = read_added_day(reading.cleaned.text, builder.event.at.date(), lexicon)
    asked = _collecting(builder.book)
    return (asked, day.isoformat()) if day and asked else None


@lru_cache(maxsize=8)
def _collecting(book: Book) -> Question | None:
    """Return the question that collects the days out of school."""
    questions = (state for state in book.states.values() if isinstance(state, Question))
    return next((question for question in questions if question.collects), None)


def upcoming_meeting(builder: TurnBuilder) -> Question | None:
    """Return the question whose recorded answer is a meeting day that has not passed, or None."""
    today = builder.event.at.date().isoformat()
    for name, day in builder.session.known:
        asked = builder.book.states.get(name)
        if isinstance(asked, Question) and asked.takes is Takes.COMING_DAY and day >= today:
            return asked
    return None
