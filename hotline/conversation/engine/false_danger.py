"""Clears the suspected danger of a text that is nothing but an answer to us, and reads what denies danger.

Rule 1: every word counts. A text that says more than its answer keeps its danger: "she is 14 and took all the pills".
Rule 2: words of certain danger (`reader`) are never cleared, unless all of the text denies them: "he isnt in danger".
Rule 3: only this module clears danger, and ANSWERS lists each way to be nothing but an answer. A test sends every
        dangerous example at every question.
"""

from __future__ import annotations

from collections.abc import Callable

from hotline.conversation.book.states import Question, Role, Takes
from hotline.conversation.engine.asides import BEGINS_FROM, WAYPOINTS
from hotline.conversation.engine.days import added_day_out
from hotline.conversation.engine.interpret import only_answers
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.nlu.ages import only_an_age
from hotline.conversation.nlu.choices import is_question
from hotline.conversation.nlu.dates import is_only_a_day
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import first_word_answer, only_asks_to_wait
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import SAFETY
from hotline.conversation.nlu.safety_words import Safety
from hotline.conversation.nlu.stated_facts import age_stated, ages_of_two, mentions_two_children

SURE_SAFE, UNSAFE, PERHAPS_UNSAFE = 0.9, 0.5, 0.3
"""Minimum probabilities at which a text says that nobody is in danger, that someone is, and that someone may be."""

MOST_AGES = 3
"""The most numbers of a text that only gives the ages of two children: "2 kids 6 and 9"."""

LONGEST_SENDING = 12
"""Longest text, in words, that only says who sends it and when."""


def without_false_danger(builder: TurnBuilder, reading: Reading) -> Reading:
    """Return the reading without danger if a text only answers us, and with a lesser one if an alarm may be an answer."""
    if reading.danger is Danger.NONE:
        return reading
    if said_about_danger(builder, reading) is Safety.UNHURT:
        return replace(reading, danger=Danger.NONE)
    if reading.danger_by in SAFETY:
        return reading
    question = builder.question()
    if any(answers(builder, question, reading) for answers in ANSWERS):
        return replace(reading, danger=Danger.NONE)
    if reading.danger is Danger.ALARM and _may_only_do(builder, question, reading):
        return replace(reading, danger=Danger.ASK)
    return reading


def _is_offered(builder: TurnBuilder, question: Question | None, reading: Reading) -> bool:
    """Return whether a text is an offered answer with at most one age, and no words next to a city: not "anda amarillo"."""
    if question is None or not only_answers(builder, question, reading):
        return False
    words = reading.cleaned.core.split()
    city, beside = builder.book.places.city_in(words) if question.takes is Takes.STATE else ((), words)
    if city and not builder.book.reader.lexicon.lives.issuperset(beside):
        return False
    return sum(word.isdecimal() for word in words) <= 1


def _is_an_age(builder: TurnBuilder, question: Question | None, reading: Reading) -> bool:
    """Return whether a text only says how old a child is, where that begins or answers the screening: "i have a 4 yr old"."""
    if not (question is None or question.holds or question.name in BEGINS_FROM):
        return False
    lexicon, text = builder.book.reader.lexicon, reading.cleaned.text
    words = reading.cleaned.said.split()
    counted = {word for entry in lexicon.stated["two"] for word in entry.split()}
    of_one = only_an_age(words, lexicon)
    of_two = only_an_age([word for word in words if word not in counted], lexicon)
    if not (of_one or of_two):
        return False
    ages = sum(word.isdecimal() for word in words)
    if ages <= MOST_AGES and mentions_two_children(text, lexicon) and ages_of_two(text, lexicon):
        return of_two
    return of_one and ages <= 1 and age_stated(text, lexicon) is not None


def _is_a_day(builder: TurnBuilder, question: Question | None, reading: Reading) -> bool:
    """Return whether a text only gives a day, where a day may answer, or one more day out of school."""
    takes_day = question is not None and bool(question.coming)
    tells = takes_day and is_only_a_day(reading.cleaned.text, builder.book.reader.lexicon)
    return tells or added_day_out(builder, reading) is not None


def _is_a_wait(builder: TurnBuilder, _: Question | None, reading: Reading) -> bool:
    return only_asks_to_wait(reading.cleaned.core, builder.book.reader.lexicon)


def _is_about_sending(builder: TurnBuilder, question: Question | None, reading: Reading) -> bool:
    """Return whether a text only says who sends what a reminder asks about, and when. A bare "do" needs a yes."""
    lexicon, words = builder.book.reader.lexicon, reading.cleaned.said.split()
    if question is None or len(words) > LONGEST_SENDING:
        return False
    idle = question.name in WAYPOINTS and reading.danger is Danger.ASK
    if (question.to_come or question.takes is Takes.DAY or idle) and lexicon.sending.is_all(words):
        return True
    if not question.to_come:
        return False
    denies = not lexicon.negation.isdisjoint(words)  # "ya no la hago"
    agrees = reading.danger is not Danger.ALARM and first_word_answer(words, lexicon) == "yes" and not denies
    return agrees and _may_only_do(builder, question, reading)


def _is_about_a_call(builder: TurnBuilder, question: Question | None, reading: Reading) -> bool:
    """Return whether a text at a reminder only says who called whom: "nobody has called"."""
    words = reading.cleaned.said.split()
    reminds = question is not None and question.reminder is not None
    return reminds and builder.book.reader.lexicon.contact.is_all(words)


def _may_only_do(builder: TurnBuilder, question: Question | None, reading: Reading) -> bool:
    """Return whether a text may only say that something will be done, and may mean anything: "i will do it tonight"."""
    lexicon, words = builder.book.reader.lexicon, reading.cleaned.said.split()
    if question is None or not question.to_come or len(words) > LONGEST_SENDING:
        return False
    return lexicon.doing.is_all([word for word in words if word not in lexicon.sending.words])


ANSWERS: tuple[Callable[[TurnBuilder, Question | None, Reading], bool], ...] = (
    _is_offered,
    _is_an_age,
    _is_a_day,
    _is_a_wait,
    _is_about_sending,
    _is_about_a_call,
)
"""Checks that a text is nothing but an answer to us, one for each kind of answer."""


def said_about_danger(builder: TurnBuilder, reading: Reading) -> Safety | None:
    """Return what a text of only known words says about danger, or None. A question, "is he ok", says nothing."""
    lexicon, text = builder.book.reader.lexicon, reading.cleaned.text
    return None if is_question(text, lexicon) else lexicon.safety.says(text)


def is_good_news(builder: TurnBuilder, said: Safety | None) -> bool:
    """Return whether words say that nobody is in danger. "He is home" is not good news of a person who is feared."""
    return said in (Safety.SAFE, Safety.UNHURT) or (
        said is Safety.THERE and not tells_of_feared(builder, said)
    )


def tells_of_feared(builder: TurnBuilder, said: Safety | None) -> bool:
    """Return whether the person who is "here" or "with her" may be the danger, after danger that is a person."""
    worry, roles = builder.session.worry, builder.book.roles
    feared = builder.session.state == Role.AFTER_ABUSE or worry in roles.person_is_feared
    return feared and said in (Safety.THERE, Safety.WITH_ONE)


def safety_probabilities(builder: TurnBuilder, text: str) -> tuple[float, float]:
    """Return the probabilities that a text says that no one is in danger (0 for a question), and that someone is."""
    classifier, head = builder.book.reader.classifier, f"answer.{Role.SAFETY_CHECK}"
    if head not in classifier.heads:
        return 0.0, 0.0
    scores = builder.scores(head, normalize(text))
    return 0.0 if is_question(text, builder.book.reader.lexicon) else scores.of("no"), scores.of("yes")
