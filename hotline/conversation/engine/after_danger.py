"""Responds to a text that follows danger, after the numbers to call were given.

Rule 1: a person who keeps asking, in whatever words, gets the numbers to call. "What do I do" is then not about
        school. In a call they are the ones just said, such as those for violence at home.
Rule 2: a person who has help, or says that all is well, gets one kind reply with the numbers, and not the alarm again.
Rule 3: the paused question is not lost: MENU, "go on" or an answer to it returns to it, and so does a later day.
        What may be about the danger does not answer it.
"""

from __future__ import annotations

from datetime import timedelta

from hotline.conversation.book.states import RESTS_AFTER_DANGER, Place, Question, Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.false_danger import (
    PERHAPS_UNSAFE,
    SURE_SAFE,
    UNSAFE,
    is_good_news,
    safety_probabilities,
    said_about_danger,
    tells_of_feared,
)
from hotline.conversation.engine.interpret import read_choice, value_of
from hotline.conversation.engine.misses import miss
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel
from hotline.conversation.nlu.polarity import first_word_answer, yes_or_no
from hotline.conversation.nlu.reader import LONGEST_NUMBER, Danger, Reading
from hotline.conversation.nlu.safety_words import Safety
from hotline.conversation.nlu.stated_facts import CLAUSES

LITTLE = 0.07
"""Probability of danger below which a text at "is anyone in danger?" may be about something else."""

SHORTEST_SAFE = 3
"""Words from which a text after danger may say that it is over: "he just got home"."""

OVER_AFTER = timedelta(days=1)
"""A text this long after danger is no longer about it."""


def after_danger(builder: TurnBuilder, reading: Reading, intent: str | None, *, answers: bool) -> bool:
    """Respond to a text that follows danger, and return whether it was handled.

    `answers` says whether it answers an open question. Such a text is not handled here, nor is one with an intent that
    leads away from danger. A text whose topic we would ask about counts as asking for something.
    """
    state = builder.session.state
    if (
        state not in (*RESTS_AFTER_DANGER, Role.SAFE_TO_GO_ON)
        or answers
        or intent in builder.book.roles.leads_from_danger
    ):
        return False
    said = said_about_danger(builder, reading)
    if state in RESTS_AFTER_DANGER and _is_over(builder, reading, said):
        builder.session = replace(builder.session, in_danger=False)
        enter(builder, builder.book.question(Role.SAFETY_CHECK).choice("no").go)
        return True
    likely = intent or next(iter(reading.asks), None)
    paused = builder.book.states.get(builder.session.paused)
    kindly = (
        likely is None
        or likely in builder.book.roles.answered_kindly
        or is_good_news(builder, said)
        or (isinstance(paused, Question) and bool(paused.reminder) and _may_answer(builder, paused, reading))
    )
    if kindly and said is not Safety.IN_DANGER and not tells_of_feared(builder, said):
        if state in RESTS_AFTER_DANGER:
            miss(builder)
        return state in RESTS_AFTER_DANGER
    builder.count("word.danger_still")
    own = builder.book.safety.get(builder.session.worry) if builder.event.channel is Channel.VOICE else None
    enter(builder, own or (Role.ABUSE_STILL if _child_is_hurt(builder) else Role.DANGER_STILL))
    return True


def may_mean_danger_again(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text after danger may mean danger again, and is not good news: "she is home"."""
    again = reading.danger is Danger.ASK and builder.session.state in RESTS_AFTER_DANGER
    said = said_about_danger(builder, reading) if again else None
    return again and said is not Safety.THERE and not is_good_news(builder, said)


def return_from_danger(builder: TurnBuilder, reading: Reading) -> None:
    """Return to the paused question if a text answers it, after one kind sentence, or comes a day later.

    A bare yes or no may be about the danger, so it does not count as an answer; a number counts once a text got the kind
    reply. At "is anyone in danger?" a text answers the paused question only if it can't be an answer to that.
    """
    session, state = builder.session, builder.session.state
    checked = state == Role.SAFETY_CHECK
    if not (checked or state in RESTS_AFTER_DANGER) or builder.event.channel is not Channel.SMS:
        return
    if checked and (_may_answer_safety_check(builder, reading) or _may_describe_danger(builder, reading)):
        return
    paused = builder.book.states.get(session.paused)
    back = replace(session.without_aside(session.paused), state=session.paused or Place.REST)
    if not checked and session.safe_asked is not None and builder.event.at - session.safe_asked >= OVER_AFTER:
        builder.session = builder.start = back
    elif (
        isinstance(paused, Question)
        and paused.name != Role.STOP_OR_NOT
        and reading.danger is Danger.NONE
        and _answers(builder, paused, reading)
    ):
        if not _got_kind_reply(builder):
            enter(builder, Role.AFTER_DANGER if checked else state)
        builder.session, builder.start = back, replace(builder.start, state=session.paused)


def _may_answer_safety_check(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text may answer "is anyone in danger?"."""
    safe, unsafe = safety_probabilities(builder, reading.cleaned.text)
    agrees = first_word_answer(reading.cleaned.said.split(), builder.book.reader.lexicon)
    by_rule = said_about_danger(builder, reading) is not None  # "it was last week" is not a day of sending
    return by_rule or agrees is not None or safe >= UNSAFE or unsafe >= PERHAPS_UNSAFE


def _may_describe_danger(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text may say more about the danger: "he wont get up in the morning"."""
    likely = reading.ranked[0][0] if reading.ranked else reading.intent
    return likely in builder.book.roles.tells_of_a_child or reading.danger_sure >= LITTLE


def _answers(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a text answers a question that danger paused, and can't be about the danger."""
    core, met = reading.cleaned.core, _got_kind_reply(builder)
    number = core.isdecimal() and len(core) <= LONGEST_NUMBER
    if yes_or_no(core.split(), builder.book.reader.lexicon) or (number and not met):
        return False
    reminder = question.reminder and builder.session.state in RESTS_AFTER_DANGER and not (met or number)
    if reminder and not builder.book.reader.lexicon.safety.is_about_school(reading.cleaned.text):
        return False  # it may be about the danger: "done", "yes hes in the hospital", "they said no beds"
    return _may_answer(builder, question, reading)


def _may_answer(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    choice = read_choice(builder, question, reading)
    value = choice is None and reading.intent is None and value_of(builder, question, reading.cleaned.text)
    return bool(choice or value)


def _got_kind_reply(builder: TurnBuilder) -> bool:
    """Return whether our last reply was the kind sentence that follows danger."""
    said = {tell.text for tell in builder.start.last}
    return any(text_id(builder.book.statement(name)) in said for name in RESTS_AFTER_DANGER)


def _is_over(builder: TurnBuilder, reading: Reading, said: Safety | None) -> bool:
    """Return whether a text surely says that nobody is in danger anymore. "Shes ok" only gets the kind reply."""
    if reading.danger is not Danger.NONE or said in (Safety.IN_DANGER, Safety.UNCLEAR, Safety.SAFE):
        return False
    if tells_of_feared(builder, said):
        return False
    if said is Safety.UNHURT:
        return True
    parts = dict.fromkeys((reading.cleaned.text, CLAUSES.split(reading.cleaned.text)[0]))
    return any(
        safety_probabilities(builder, part)[0] >= SURE_SAFE
        for part in parts
        if len(part.split()) >= SHORTEST_SAFE
    )


def _child_is_hurt(builder: TurnBuilder) -> bool:
    """Return whether the danger was to a child who is being hurt; in a call, by what was just said."""
    hurt = {text_id(builder.book.statement(name)) for name in (Role.ABUSE, Role.ABUSE_STILL)}
    return builder.session.state == Role.AFTER_ABUSE or any(tell.text in hurt for tell in builder.start.last)
