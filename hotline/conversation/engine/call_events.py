"""Handlers for call events without input: start, silence, transfer, recording, end."""

from __future__ import annotations

from datetime import timedelta

from hotline.conversation.book.states import Place, Question, Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.asides import ABOUT_DANGER, must_return_to
from hotline.conversation.engine.reminders import cancel_dropped_call_text
from hotline.conversation.engine.transitions import ask_again, enter, repeat
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import (
    Count,
    FollowUp,
    LineType,
    LookUp,
    Nudge,
    Texting,
)
from hotline.conversation.model.session import Turn

LAST_SILENCE = 8
"""The number of silences in a row that ends a call, with a goodbye.

The first waits 10 s and the others 20 (`channels.voice`): including the speech in between that is over two
minutes, enough for a relay operator who types, or for a caller who searches for a paper.
"""

JOINED = "joined"
"""The text of a DIALED event if caller and staff have talked."""


def call_opened(builder: TurnBuilder) -> None:
    """Greet the caller, offer the languages, and resume an unfinished question; "is anyone in danger?" first of all.

    A caller whose language is unknown first hears the keys for the others; one whose language is known is greeted in it.
    """
    builder.count("call_opened")
    cancel_dropped_call_text(builder)
    if builder.event.reachable and builder.session.line is LineType.UNKNOWN:
        builder.effects.append(LookUp())
    unfinished = _unfinished(builder)
    builder.session = replace(builder.session, misses=0, silences=0, dictation=())
    if known := builder.session.language != builder.book.languages[0]:
        enter(builder, Role.GREETING)
    builder.offer_languages()
    if not known:
        enter(builder, Role.GREETING)
    if builder.session.state == Role.SAFETY_CHECK:  # a text or an earlier call left it unanswered
        if not builder.session.stack:
            builder.session = builder.session.with_aside(Role.BEGIN)
        enter(builder, Role.SAFETY_CHECK)
        return
    if unfinished:
        builder.session = replace(builder.session.with_aside(unfinished), aside=True)
    else:
        builder.session = builder.session.with_nothing_aside()
    state = builder.book.states.get(unfinished)
    half_way = isinstance(state, Question) and state.holds
    enter(builder, Role.WELCOME_BACK if half_way else Role.BEGIN)


def caller_silent(builder: TurnBuilder) -> None:
    """Continue a long reply, re-ask the question, or end the call after LAST_SILENCE silences."""
    if builder.start.more and not builder.dictates():  # play a long reply in full to a silent caller
        ask_again(builder)
        return
    if builder.waits_on_the_line():
        _back_on_the_line(builder, went_well=False)
        return
    silences = builder.session.silences + 1
    builder.session = replace(builder.session, silences=silences)
    if silences >= LAST_SILENCE:
        end_call(builder)
    elif builder.dictates():
        enter(builder, Role.TAKE_YOUR_TIME)
        ask_again(builder)
    elif builder.session.state in ABOUT_DANGER:  # the numbers to call again, in place of how the keys work
        builder.offer_languages_again()
        enter(builder, Role.WE_ARE_HERE)
        builder.keeps_last = True
        repeat(builder)
    else:
        builder.offer_languages_again()
        enter(builder, Role.SILENCE)
        builder.keeps_last = True
        builder.waits = (
            silences > 1 and builder.question() is not None
        )  # no menu for a caller who is still busy
        if not builder.waits:
            ask_again(builder, brief=True)


def end_call(builder: TurnBuilder, goodbye: str = Role.GOODBYE) -> None:
    """Say goodbye and hang up, and keep the caller's place: the next call or text resumes there."""
    asked = builder.session.state
    if asked != Role.SAFETY_CHECK and (unfinished := _unfinished(builder)):
        builder.session = builder.session.with_aside(unfinished)
    enter(builder, goodbye)
    if asked == Role.SAFETY_CHECK:
        builder.session = replace(builder.session, state=asked)


def staff_dialed(builder: TurnBuilder) -> None:
    """Continue after the staff's phone rang, whether they talked or not."""
    _back_on_the_line(builder, went_well=builder.event.text == JOINED)


def message_recorded(builder: TurnBuilder) -> None:
    """Request a callback for a recorded message, if there is one, and continue."""
    if builder.event.text:
        builder.ask_person(recording=builder.event.text)
        builder.count("message_left")
    _back_on_the_line(builder, went_well=bool(builder.event.text))


def caller_left(builder: TurnBuilder) -> Turn:
    """Return the turn at the end of a call, with at most one text.

    It asks the caller to confirm by text the series that they agreed to, or else leads back to an unfinished question,
    if they agreed to that.
    """
    if not builder.start.state:
        return Turn(builder.start)  # erased during the call: store nothing again
    session = replace(builder.start, more=(), dictation=(), wanted=(), textable=(), held_back=(), at_end="")
    agreed = session.nudge is Nudge.YES or (session.texting is Texting.YES and session.nudge is Nudge.UNASKED)
    over = session.state in (Place.REST, Role.ANYTHING_ELSE) or _said_goodbye(builder)
    asked = session.state == Role.SAFETY_CHECK  # no other question may come between it and its answer
    done = over or asked or session.texting is Texting.STOPPED
    if builder.start.at_end and session.texting is Texting.PENDING:
        asks = FollowUp(builder.start.at_end, timedelta(), one_text=True)
        return Turn(session, effects=(Count("call_ended"), asks))
    if done or not agreed or not _unfinished(builder):
        return Turn(session, effects=(Count("call_ended"),))
    nudge = FollowUp(Role.CALL_DROPPED, builder.book.reminders[Role.CALL_DROPPED].after, one_text=True)
    return Turn(replace(session, nudge=Nudge.USED), effects=(Count("call_ended"), nudge))


def _said_goodbye(builder: TurnBuilder) -> bool:
    """Return whether the caller said goodbye. A call that ended in silence counts as dropped."""
    goodbyes = {text_id(builder.book.statement(name)) for name in (Role.GOODBYE, Role.WRONG_NUMBER)}
    return not builder.start.silences and any(tell.text in goodbyes for tell in builder.start.last)


def _back_on_the_line(builder: TurnBuilder, *, went_well: bool) -> None:
    """Enter the next state after a transfer or a recording, by whether it succeeded."""
    waited = builder.waits_on_the_line()
    if waited is None:
        ask_again(builder)
    else:
        enter(builder, waited.go if went_well else waited.missed)


def _unfinished(builder: TurnBuilder) -> str:
    """Return the question that the person is at, or was before an aside; "" if there is none."""
    session = builder.session
    places = (session.state, session.paused, *reversed(session.below))
    return next((name for name in places if must_return_to(builder.book, name)), "")
