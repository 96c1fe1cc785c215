"""Decides whether a text about a child begins the screening.

Rule: "my daughter has an iep" does not ask what an IEP is.
"""

from __future__ import annotations

from hotline.conversation.book.states import Place, Question, Role
from hotline.conversation.engine.asides import BEGINS_FROM
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.engine.volunteered import is_age_between_choices, say_back_facts, stated_answers
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Ask, Channel, Texting
from hotline.conversation.nlu.ages import only_time_passed
from hotline.conversation.nlu.choices import is_conditional, is_question
from hotline.conversation.nlu.polarity import yes_or_no
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.stated_facts import (
    SHORTEST_OPENER,
    about_another_child,
    ages_of_two,
    before_another_child,
    mentions_two_children,
    plan_stated,
)

LONGEST_OF_TWO = 12
"""Longest text, in words, that can mention two children and say little else."""

LIKELY_BESIDE = 0.2
"""Minimum probability of another topic at which a text that states the child's plan may be about that topic too."""


def asks_nothing_else(builder: TurnBuilder, intent: str | None) -> bool:
    """Return whether a text with facts asks for nothing else that has its own answer."""
    roles, words = builder.book.roles, len(builder.event.text.split())
    story = words >= SHORTEST_OPENER and intent in roles.story_begins_screening  # "preschool" names a topic
    return intent is None or intent in roles.asks_for_nothing or story


def new_facts_begin_screening(builder: TurnBuilder, question: Question | None, reading: Reading) -> bool:
    """Return whether new facts about a child begin the screening: "my son is 6", at the menu."""
    if _opens_with_two_children(builder, reading):
        return True
    new = set(builder.session.given) - set(builder.start.given)
    at = question is not None and question.name in BEGINS_FROM
    given = bool(new) or is_age_between_choices(builder, reading)
    return at and given and not builder.session.screening


def is_enough_to_begin(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a first text gives enough to begin the screening: a plan alone does not say which topic is meant."""
    if _opens_with_two_children(builder, reading) or is_age_between_choices(builder, reading):
        return True
    given = dict(builder.session.given)
    plan_alone = len(given) == 1 and Role.SCREENING not in given and bool(reading.asks)
    return bool(given) and not plan_alone


def begin_screening(builder: TurnBuilder, reading: Reading) -> None:
    """Enter the screening with the facts in a text. A parent of two children first hears that we take one at a time."""
    builder.session = replace(builder.session, between=())
    if _opens_with_two_children(builder, reading):
        enter(builder, Role.ONE_AT_A_TIME)
    enter(builder, Role.SCREENING)
    first = builder.book.question(Role.SCREENING)
    say_back_facts(builder, stated_answers(builder, reading))
    if builder.session.state == first.name and is_age_between_choices(builder, reading):
        builder.replies = [reply for reply in builder.replies if not isinstance(reply, Ask)]
        builder.answered = True
        builder.count(f"told.{first.name}")
        enter(builder, first.go)  # the next question asks what decides


def opens_with_school_report(builder: TurnBuilder, reading: Reading, intent: str) -> bool:
    """Return whether a new parent reports what the school said, rather than asks about it."""
    session, book = builder.session, builder.book
    if builder.event.channel is not Channel.SMS or intent not in book.roles.then_screening:
        return False
    begun = (
        session.answers
        or session.reminded
        or session.stack
        or set(dict(session.known)) - {book.home_question}
    )
    if begun or session.state not in ("", Place.REST, *BEGINS_FROM):
        return False
    text, lexicon = reading.cleaned.text, book.reader.lexicon
    tells = len(text.split()) >= SHORTEST_OPENER and not is_question(text, lexicon)
    has_plan = plan_stated(text, lexicon) in lexicon.stated["plans"]
    return tells and not has_plan and not is_conditional(reading.cleaned.said.split(), lexicon)


def states_plan_at_menu(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a text at a menu states that the child has a plan, rather than asks what a plan is."""
    lexicon = builder.book.reader.lexicon
    return (
        question.name in BEGINS_FROM and plan_stated(reading.cleaned.text, lexicon) in lexicon.stated["plans"]
    )


def read_as_child_story(builder: TurnBuilder, reading: Reading) -> Reading:
    """Return the reading of what concerns this child, as its story if the text states a plan or mentions two children."""
    reading, explains = _of_this_child(builder, reading), builder.book.roles.explains_a_plan
    about = reading.intent in explains or bool(explains.intersection(reading.asks))
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    if only_time_passed(reading.cleaned.said, lexicon):
        reading = _without(reading, Known.EARLY_CHILDHOOD)
    if _opens_with_two_children(builder, reading):
        return replace(reading, intent=Known.SCREEN, sure=1.0, asks=(), by="model")
    if _turns_to_another_child(builder, reading):
        return replace(reading, intent=Known.ANOTHER_CHILD, sure=1.0, asks=(), by="rule")
    if not about or is_question(text, lexicon) or plan_stated(text, lexicon) is None:
        return reading
    likely = {name for name, sure in reading.ranked if sure >= LIKELY_BESIDE}
    left = tuple(name for name in reading.asks if name in likely - explains)
    if reading.intent is None and left:
        return replace(reading, asks=left)
    return replace(reading, intent=Known.SCREEN, sure=1.0, asks=(), by="model")


def _without(reading: Reading, intent: str) -> Reading:
    """Return the reading without an intent that the text does not mean."""
    meant = None if reading.intent == intent else reading.intent
    return replace(reading, intent=meant, asks=tuple(name for name in reading.asks if name != intent))


def _opens_with_two_children(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a new person mentions two children and asks nothing."""
    text, lexicon, session = reading.cleaned.text, builder.book.reader.lexicon, builder.session
    if session.answers or session.reminded or session.state not in ("", *BEGINS_FROM) or reading.by == "rule":
        return False
    roles = builder.book.roles
    of_a_child = {*roles.tells_of_a_child, *roles.explains_a_plan, Known.ANOTHER_CHILD}
    likeliest = reading.intent or next(iter(reading.asks), Known.SCREEN)
    topic = likeliest not in of_a_child and (reading.intent is not None or not ages_of_two(text, lexicon))
    if topic or is_question(text, lexicon) or len(text.split()) > LONGEST_OF_TWO:
        return False
    return reading.danger is Danger.NONE and mentions_two_children(text, lexicon)


def _turns_to_another_child(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a person who asked about one child now gives another one's age: "my other son is 14"."""
    if not has_asked_about_child(builder) or reading.by == "rule" or reading.intent == Known.STOP_UNCLEAR:
        return False
    return bool(about_another_child(reading.cleaned.text, builder.book.reader.lexicon))


def _of_this_child(builder: TurnBuilder, reading: Reading) -> Reading:
    """Return the reading of a yes or a no at a reminder without what the text says of another child, who was not asked about."""
    question, lexicon = builder.question(), builder.book.reader.lexicon
    if question is None or not question.reminder or reading.danger is not Danger.NONE:
        return reading
    said = before_another_child(reading.cleaned.text, lexicon)
    stops = reading.intent in (Known.STOP, Known.STOP_UNCLEAR)
    return (
        builder.book.reader.read(said) if said and not stops and yes_or_no(said.split(), lexicon) else reading
    )


def has_asked_about_child(builder: TurnBuilder) -> bool:
    """Return whether a person has asked about a child before, as far as we know."""
    session = builder.session
    return bool(session.answers or session.reminded or session.known or session.texting is Texting.YES)
