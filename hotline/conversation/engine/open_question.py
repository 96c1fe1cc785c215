"""Matches a message with the open question: its answer, that of the question a call asks next, or of the one below."""

from __future__ import annotations

from hotline.conversation.book.states import Question, Role
from hotline.conversation.engine.answers import take_value
from hotline.conversation.engine.asides import WAYPOINTS, holds
from hotline.conversation.engine.days import (
    day_out_too,
    done_on_a_day,
    is_to_come,
    may_answer,
    meeting_noted,
    not_yet,
)
from hotline.conversation.engine.facts import (
    age_left_open,
    opens_with_two,
    stated_here,
    tells_of_its_plan,
)
from hotline.conversation.engine.interpret import (
    acted_on,
    chosen,
    must_be_plain,
    value_of,
)
from hotline.conversation.engine.learned_answer import came_unnamed, likely_answers
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Ask, Choice, EventKind
from hotline.conversation.nlu.choices import asks, asks_to_wait, named_in_part, of_kind
from hotline.conversation.nlu.dates import opens_with_day, read_coming_day, read_day_to_come, tells_day
from hotline.conversation.nlu.hours import first_hours, has_hours, of_hours
from hotline.conversation.nlu.language import other_language_of
from hotline.conversation.nlu.polarity import opening
from hotline.conversation.nlu.possible_stop import AT_THE_END
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known

LEAVES_A_QUESTION = 0.42
"""What a few topics must have together to be asked about while a question of the screening or of a reminder is open."""


def read_answer(
    builder: TurnBuilder, question: Question | None, reading: Reading
) -> tuple[Question | None, str | None, Choice | None]:
    """Return the question that a text answers with its value or choice; both are None if it answers none."""
    stops = reading.intent == Known.STOP_UNCLEAR and reading.by == AT_THE_END  # "no answer. stop asking"
    if question is None or stops or tells_of_its_plan(builder, question, reading):
        return question, None, None
    if other := _elsewhere(builder, question, reading):
        return other
    to_come = is_to_come(builder, question, reading.cleaned.text) and may_answer(reading)
    choice = None if to_come else chosen(builder, question, reading)
    choice = choice or _named_in_part(builder, question, reading)
    choice = choice or done_on_a_day(builder, question, reading) or stated_here(builder, question, reading)
    if choice is None and reading.by != "rule" and reading.danger is Danger.NONE:
        choice = not_yet(builder, question, reading.cleaned.text)
    if choice is None and question.reach:
        choice = _time_named(builder, question, reading)
    if choice is None and question.name == Role.MORE:
        coming, choice = _asked_next(builder, question, reading)
        return coming, None, choice
    return question, value_of(builder, question, reading.cleaned.text), choice


def _elsewhere(
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


def _time_named(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the time to call that a longer text begins with, or "any time" if a time is only mentioned in it.

    The staff see the words. At the second try any words are accepted: "when he naps".
    """
    lexicon, text = builder.book.reader.lexicon, reading.cleaned.text
    if reading.danger is not Danger.NONE or acted_on(builder.book, reading) or "?" in text:
        return None
    if asks_to_wait(reading.cleaned.core, lexicon) or other_language_of(text, lexicon):
        return None
    choices = builder.offered(question)
    if named := of_hours(choices, first_hours(text, lexicon.hours), lexicon.hours):
        return named
    twice = builder.session.misses > 0 and len(text.split()) > 1 and not asks(text, lexicon)
    return question.choice(question.unsure) if twice or has_hours(text, lexicon.hours) else None


def _named_in_part(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the choice of which a caller repeats only a part: "records", of "seeing the records"."""
    certain = reading.by == "rule" or reading.danger is not Danger.NONE or must_be_plain(builder, question)
    if builder.event.kind is not EventKind.SPOKEN or certain:
        return None
    return named_in_part(builder.offered(question), reading.cleaned.core, builder.book.reader.lexicon)


def _asked_next(builder: TurnBuilder, question: Question, reading: Reading) -> tuple[Question, Choice | None]:
    """Return the question that a call has yet to ask with its choice, if the caller answers it already."""
    last = builder.start.more[-1] if builder.start.more else None
    if not isinstance(last, Ask) or builder.book.binds(last.state):
        return question, None
    coming = builder.book.question(last.state)
    choice = chosen(builder, coming, reading)
    return (coming, choice) if choice else (question, None)


def answer_below(
    builder: TurnBuilder, question: Question, reading: Reading, choice: Choice | None
) -> tuple[Question, Choice] | None:
    """Return the question below with its choice, if the text answers that rather than what stands over it.

    That is the question that the person was stuck at, rather than the way out; or the one that waits while we ask
    which topic was meant: "every day" is how often, and none of the topics.
    """
    stuck = question.name in builder.book.after_fork(Role.STUCK)
    agrees = (
        reading.cleaned.core in builder.book.reader.lexicon.agrees
    )  # "sure", after "we may not be the best help"
    if reading.cleaned.core.isdecimal() or agrees or not (stuck or (question.picks and choice is None)):
        return None
    below = builder.book.states.get(builder.session.stuck_at if stuck else builder.session.paused)
    if not isinstance(below, Question) or not (stuck or holds(builder.book, below.name)):
        return None
    found = chosen(builder, below, reading)
    if found is None:
        return None
    builder.below = "" if stuck else below.name
    session = builder.session.without_aside(below.name)
    builder.session = replace(session, state=below.name, aside=False, between=(), part=0)
    return below, found


def may_ask_which(builder: TurnBuilder, question: Question | None, reading: Reading) -> bool:
    """Return whether to ask which topic was meant, in place of asking the open question again.

    Not where the question's classifier finds an answer likely: its choices stand in the question.
    """
    if question is None:
        return True
    if question.picks:  # said in other words, it may be something that was not offered
        return reading.asks[0] not in builder.session.between
    roles, first = builder.book.roles, reading.asks[0]
    if came_unnamed(builder, question, reading) or question.reach:
        return False
    if question.holds and first in roles.stays_at_a_question:
        return False
    if first not in roles.by_rule_alone and likely_answers(builder, question, reading):
        return False
    asked = question.holds or question.reminder is not None
    return not asked or reading.together >= LEAVES_A_QUESTION


def given_beside(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a story gave the answer to the open question besides others, and means no danger."""
    new = set(builder.session.given) - set(builder.start.given)
    return reading.danger in (Danger.NONE, Danger.DISTRESS) and question.name in dict(new)


def begin_screening(builder: TurnBuilder, reading: Reading) -> None:
    """Enter the screening with the facts in a text. A parent of two children first hears that we take one at a time."""
    builder.session = replace(builder.session, between=())
    if opens_with_two(builder, reading):
        enter(builder, Role.ONE_AT_A_TIME)
    enter(builder, Role.SCREENING)
    first = builder.book.question(Role.SCREENING)
    if builder.session.state == first.name and (years := age_left_open(builder, reading)):
        builder.replies = [reply for reply in builder.replies if not isinstance(reply, Ask)]
        take_value(builder, first, years)
