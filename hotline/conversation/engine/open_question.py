"""Matches a message with the open question: its answer, that of the question a call asks next, or of the one below."""

from __future__ import annotations

from hotline.conversation.book.states import Question, Role, Takes
from hotline.conversation.engine.asides import WAYPOINTS, must_return_to
from hotline.conversation.engine.days import (
    added_day_out,
    done_on_a_day,
    is_to_come,
    may_answer,
    not_yet,
    upcoming_meeting,
)
from hotline.conversation.engine.interpret import (
    acted_on,
    needs_explicit_answer,
    only_answers,
    read_choice,
    value_of,
)
from hotline.conversation.engine.lead_ins import reports_unnamed_answer
from hotline.conversation.engine.learned_answer import is_likely_answer
from hotline.conversation.engine.repeated import names_earlier_answer
from hotline.conversation.engine.screening_start import states_plan_at_menu
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.engine.volunteered import stated_answer_to
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Ask, Choice, EventKind
from hotline.conversation.nlu.ages import only_years_passed
from hotline.conversation.nlu.choices import choice_for_several, choice_of_kind, is_question, named_in_part
from hotline.conversation.nlu.dates import lone_future_day, opens_with_day, read_coming_day, read_day_to_come
from hotline.conversation.nlu.hours import first_hours, has_hours, of_hours, part_named
from hotline.conversation.nlu.language import other_language_of
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import asks_to_wait, opening_answer, yes_or_no
from hotline.conversation.nlu.possible_stop import AT_THE_END
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.said import has_entry
from hotline.conversation.nlu.stated_facts import mentions_two_children

SHORTEST_TELLING = 5
"""Letters from which the words of a choice are hardly those of an answer to another question: "go on", not "over"."""

LEAVES_A_QUESTION = 0.42
"""The total probability at which topics are asked about while a question of the screening or of a reminder is open."""


def read_answer(
    builder: TurnBuilder, question: Question | None, reading: Reading
) -> tuple[Question | None, str | None, Choice | None]:
    """Return the question that a text answers with its value or choice; both are None if it answers none."""
    stops = reading.intent == Known.STOP_UNCLEAR and reading.by == AT_THE_END  # "no answer. stop asking"
    if question is None or stops or states_plan_at_menu(builder, question, reading):
        return question, None, None
    if other := _answer_elsewhere(builder, question, reading):
        return other
    to_come = is_to_come(builder, question, reading.cleaned.text) and may_answer(reading)
    elsewhere = to_come or _answers_other_question(builder, question, reading)
    choice = None if elsewhere else read_choice(builder, question, reading)
    if question.holds and may_answer(reading) and not only_answers(builder, question, reading):
        choice = _of_screening(builder, question, reading, choice)
    choice = choice or _named_in_part(builder, question, reading)
    choice = (
        choice or done_on_a_day(builder, question, reading) or stated_answer_to(builder, question, reading)
    )
    if choice is None and reading.by != "rule" and reading.danger is Danger.NONE:
        choice = not_yet(builder, question, reading.cleaned.text)
    if choice is None and question.reach:
        choice = _time_named(builder, question, reading)
    if choice is None and question.name == Role.MORE:
        coming, choice = _asked_next(builder, question, reading)
        return coming, None, choice
    return question, value_of(builder, question, reading.cleaned.text), choice


def _answers_other_question(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a text at a question of the screening tells what it does not ask: the ages of two children, or since when."""
    if not question.holds or question.letter or reading.cleaned.core.isdecimal():
        return False
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    if question.takes is Takes.AGE:
        return mentions_two_children(text, lexicon)
    return only_years_passed(reading.cleaned.said, lexicon)


def _of_screening(
    builder: TurnBuilder, question: Question, reading: Reading, choice: Choice | None
) -> Choice | None:
    """Return the answer in a text that is no answer by rule: `choice`, unless it names several, or answers an earlier question."""
    words = reading.cleaned.said.split()
    several = choice_for_several(builder.offered(question), words, builder.book.reader.lexicon)
    earlier = choice is not None and names_earlier_answer(builder, reading)
    return several or (None if earlier else choice)


def _answer_elsewhere(
    builder: TurnBuilder, question: Question, reading: Reading
) -> tuple[Question, str | None, Choice | None] | None:
    """Return the other question that a text answers: the meeting's day when we ask whether it happened, or the reverse.

    After "anything else?", it may also be the new day of a recorded meeting: "they moved it to friday".
    """
    if too := added_day_out(builder, reading):
        return (*too, None)
    noted = upcoming_meeting(builder) if question.name in WAYPOINTS else None
    if (
        noted is not None
        and not is_question(reading.cleaned.text, builder.book.reader.lexicon)
        and may_answer(reading)
    ):
        day = lone_future_day(reading.cleaned.text, builder.event.at.date(), builder.book.reader.lexicon)
        return (noted, day.isoformat(), None) if day else None
    if not (question.coming or question.over) or reading.cleaned.core.isdecimal() or not may_answer(reading):
        return None
    text, lexicon = reading.cleaned.text, builder.book.reader.lexicon
    if is_question(text, lexicon):
        return None
    if question.over and lexicon.tense.is_over(text, lexicon.negation):
        held = builder.book.question(question.over)
        choice = choice_of_kind(held.choices, "yes", lexicon)
        return (held, None, choice) if choice else None
    if not question.coming or opening_answer(text, lexicon) == "yes":
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
    if reading.danger is not Danger.NONE or "?" in text:
        return None
    # "mornings are best for me" only seems to ask what is best
    likely = reading.by != "rule" and has_hours(text, lexicon.hours) and not is_question(text, lexicon)
    if acted_on(builder.book, reading) and not likely:
        return None
    if asks_to_wait(reading.cleaned.core, lexicon) or other_language_of(text, lexicon):
        return None
    choices = builder.offered(question)
    if named := of_hours(choices, first_hours(text, lexicon.hours), lexicon.hours):
        return named
    denies = not lexicon.negation.isdisjoint(reading.cleaned.said.split())
    if not denies and (named := part_named(choices, text, lexicon.hours)):
        return named
    twice = builder.session.misses > 0 and len(text.split()) > 1 and not is_question(text, lexicon)
    return question.choice(question.unsure) if twice or has_hours(text, lexicon.hours) else None


def _named_in_part(builder: TurnBuilder, question: Question, reading: Reading) -> Choice | None:
    """Return the choice that a caller repeats only in part, or None: "records", of "seeing the records"."""
    certain = (
        reading.by == "rule" or reading.danger is not Danger.NONE or needs_explicit_answer(builder, question)
    )
    if builder.event.kind is not EventKind.SPOKEN or certain:
        return None
    return named_in_part(builder.offered(question), reading.cleaned.core, builder.book.reader.lexicon)


def _asked_next(builder: TurnBuilder, question: Question, reading: Reading) -> tuple[Question, Choice | None]:
    """Return the question that a call has yet to ask with its choice, if the caller answers it already."""
    last = builder.start.more[-1] if builder.start.more else None
    if not isinstance(last, Ask) or builder.book.binds(last.state):
        return question, None
    coming = builder.book.question(last.state)
    choice = read_choice(builder, coming, reading)
    return (coming, choice) if choice else (question, None)


def answer_below(
    builder: TurnBuilder, question: Question, reading: Reading, choice: Choice | None
) -> tuple[Question, Choice] | None:
    """Return the question under the open one, with its choice, if the text answers that instead.

    That is the question that the person was stuck at, while the way out is open; or the one that is paused while we ask
    which topic was meant, or whether to go on: "every day" answers how often, and names none of the topics.
    """
    stuck = question.name in builder.book.after_fork(Role.STUCK)
    back, core = question.name in (Role.CALL_DROPPED, Role.WELCOME_BACK), reading.cleaned.core
    back = back and not _says_its_words(builder, question, core)
    agrees = core in builder.book.reader.lexicon.agrees  # to the way out
    if core.isdecimal() or agrees or not (stuck or back or (question.picks and choice is None)):
        return None
    below = builder.book.states.get(builder.session.stuck_at if stuck else builder.session.paused)
    if not isinstance(below, Question) or not (stuck or must_return_to(builder.book, below.name)):
        return None
    found = read_choice(builder, below, reading)
    if found is None:
        return None
    builder.below = below.name if question.picks else ""
    session = builder.session.without_aside(below.name)
    builder.session = replace(session, state=below.name, aside=False, between=(), part=0)
    return below, found


def _says_its_words(builder: TurnBuilder, question: Question, core: str) -> bool:
    """Return whether a text is words of the question's choices, or has some behind a yes or no: "yes go on", "no start over"."""
    own = {normalize(word) for each in question.choices for word in each.words}
    telling = (
        word
        for word in own
        if len(word) >= SHORTEST_TELLING and not yes_or_no([word], builder.book.reader.lexicon)
    )
    opened = yes_or_no(core.split()[:1], builder.book.reader.lexicon) is not None
    return core in own or (opened and has_entry(core, telling))


def may_ask_which_topic(builder: TurnBuilder, question: Question | None, reading: Reading) -> bool:
    """Return whether to ask which topic was meant, instead of asking the open question again.

    Not if the question's classifier finds an answer likely, because the question itself names the choices.
    """
    if question is None:
        return True
    if question.picks:  # said in other words, it may be something that was not offered
        return reading.asks[0] not in builder.session.between
    roles, first = builder.book.roles, reading.asks[0]
    if reports_unnamed_answer(builder, question, reading) or question.reach:
        return False
    if question.holds and first in roles.stays_at_a_question:
        return False
    if first not in roles.by_rule_alone and is_likely_answer(builder, question, reading):
        return False
    asked = question.holds or question.reminder is not None
    return not asked or reading.together >= LEAVES_A_QUESTION


def is_answered_in_story(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a story also answered the open question, and means no danger."""
    new = set(builder.session.given) - set(builder.start.given)
    return reading.danger in (Danger.NONE, Danger.DISTRESS) and question.name in dict(new)
