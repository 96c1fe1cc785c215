"""Responds to what follows danger: a text once the numbers to call were said.

Rule 1: a person who keeps asking there, however phrased, gets the numbers to call. "What do I do" is not about
        school then.
Rule 2: who has help or says that all is well is met kindly, with the numbers once, and does not get the alarm again.
Rule 3: the paused question is not lost: MENU, "go on" or an answer to it returns to it, and so does a later day.
        What may be said of the danger is no answer to it.
"""

from __future__ import annotations

from datetime import timedelta

from hotline.conversation.book.states import RESTS_AFTER_DANGER, Place, Question, Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.false_danger import (
    PERHAPS_UNSAFE,
    SURE_SAFE,
    UNSAFE,
    how_safe,
    is_good_news,
    says,
    tells_of_feared,
)
from hotline.conversation.engine.interpret import chosen, value_of
from hotline.conversation.engine.misses import miss
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import first_word, yes_or_no
from hotline.conversation.nlu.reader import LONGEST_NUMBER, Danger, Reading
from hotline.conversation.nlu.safety_words import Safety
from hotline.conversation.nlu.stated_facts import CLAUSES

LITTLE = 0.07
"""Probability of danger below which a text at "is anyone in danger?" may be about something else."""

SHORTEST_SAFE = 3
"""Words from which a text after danger may say that it is over: "he just got home"."""

OVER_AFTER = timedelta(days=1)
"""A text that comes so long after danger is not about it any more."""


def met_with_help(builder: TurnBuilder, reading: Reading) -> bool:
    """Respond to a person who says after danger that help was called or is there, and return whether one did.

    "She is with her dad" is no good news where the classifier finds danger, or where he may be the danger.
    """
    checked = builder.session.state == Role.SAFETY_CHECK
    if not checked and builder.session.state not in (*RESTS_AFTER_DANGER, Role.SAFE_TO_GO_ON):
        return False
    said, sure_safe = says(builder, reading), checked and how_safe(builder, reading.cleaned.text)[0] >= UNSAFE
    beside = said in (Safety.BESIDE, Safety.WITH_ONE) and not checked and reading.danger is Danger.NONE
    if sure_safe or not (said is Safety.HELPED or (beside and not tells_of_feared(builder, said))):
        return False
    enter(builder, Role.HELP_IS_THERE)
    if checked and builder.event.channel is Channel.SMS:
        hurt = builder.session.worry in builder.book.roles.child_is_hurt
        builder.session = replace(
            builder.session, state=Role.AFTER_ABUSE if hurt else Role.AFTER_DANGER, held_back=()
        )
    return True


def after_danger(builder: TurnBuilder, reading: Reading, intent: str | None, *, answers: bool) -> bool:
    """Respond to a text that follows danger, and return whether it was handled.

    `answers` says whether it answers an open question; such a text is not handled here, nor an
    intent that leads from danger. A text of which we would ask what it means asks for something too.
    """
    state = builder.session.state
    if (
        state not in (*RESTS_AFTER_DANGER, Role.SAFE_TO_GO_ON)
        or answers
        or intent in builder.book.roles.leads_from_danger
    ):
        return False
    said = says(builder, reading)
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
    enter(builder, Role.ABUSE_STILL if _child_is_hurt(builder) else Role.DANGER_STILL)
    return True


def tells_of_more(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text after danger may mean danger again, and is not good news: "she is home"."""
    again = reading.danger is Danger.ASK and builder.session.state in RESTS_AFTER_DANGER
    said = says(builder, reading) if again else None
    return again and said is not Safety.THERE and not is_good_news(builder, said)


def leave_danger(builder: TurnBuilder, reading: Reading) -> None:
    """Go back to the paused question for a text that answers it, after one kind sentence, or that comes a day later.

    A bare yes or no may be said of the danger, and is no answer; a number is one once a text was met kindly. At "is
    anyone in danger?" a text answers the paused question where it can't be the answer to ours.
    """
    session, state = builder.session, builder.session.state
    checked = state == Role.SAFETY_CHECK
    if not (checked or state in RESTS_AFTER_DANGER) or builder.event.channel is not Channel.SMS:
        return
    if checked and (_may_say_whether(builder, reading) or _tells_of_the_child(builder, reading)):
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
        if not _was_met_kindly(builder):
            enter(builder, Role.AFTER_DANGER if checked else state)
        builder.session, builder.start = back, replace(builder.start, state=session.paused)


def _may_say_whether(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text may answer "is anyone in danger?"."""
    safe, unsafe = how_safe(builder, reading.cleaned.text)
    agrees = first_word(normalize(reading.cleaned.text).split(), builder.book.reader.lexicon)
    return agrees is not None or safe >= UNSAFE or unsafe >= PERHAPS_UNSAFE


def _tells_of_the_child(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text may say more about the danger: "he wont get up in the morning"."""
    likely = reading.ranked[0][0] if reading.ranked else reading.intent
    return likely in builder.book.roles.tells_of_a_child or reading.danger_sure >= LITTLE


def _answers(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a text answers a question that danger paused, and can't be about the danger."""
    core, met = reading.cleaned.core, _was_met_kindly(builder)
    number = core.isdecimal() and len(core) <= LONGEST_NUMBER
    if yes_or_no(core.split(), builder.book.reader.lexicon) or (number and not met):
        return False
    reminder = question.reminder and builder.session.state in RESTS_AFTER_DANGER and not (met or number)
    if reminder and not builder.book.reader.lexicon.safety.is_about_school(reading.cleaned.text):
        return False  # it may be said of the danger: "done", "yes hes in the hospital", "they said no beds"
    return _may_answer(builder, question, reading)


def _may_answer(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    choice = chosen(builder, question, reading)
    value = choice is None and reading.intent is None and value_of(builder, question, reading.cleaned.text)
    return bool(choice or value)


def _was_met_kindly(builder: TurnBuilder) -> bool:
    """Return whether the kind sentence after danger was our last."""
    said = {tell.text for tell in builder.start.last}
    return any(text_id(builder.book.statement(name)) in said for name in RESTS_AFTER_DANGER)


def _is_over(builder: TurnBuilder, reading: Reading, said: Safety | None) -> bool:
    """Return whether a text surely says that nobody is in danger any more. "Shes ok" is only met kindly."""
    if reading.danger is not Danger.NONE or said in (Safety.IN_DANGER, Safety.UNCLEAR, Safety.SAFE):
        return False
    if tells_of_feared(builder, said):
        return False
    if said is Safety.UNHURT:
        return True
    parts = dict.fromkeys((reading.cleaned.text, CLAUSES.split(reading.cleaned.text)[0]))
    return any(
        how_safe(builder, part)[0] >= SURE_SAFE for part in parts if len(part.split()) >= SHORTEST_SAFE
    )


def _child_is_hurt(builder: TurnBuilder) -> bool:
    """Return whether the danger was about a child who is hurt. A call checks what it just said."""
    hurt = {text_id(builder.book.statement(name)) for name in (Role.ABUSE, Role.ABUSE_STILL)}
    return builder.session.state == Role.AFTER_ABUSE or any(tell.text in hurt for tell in builder.start.last)
