"""Handlers for call events without input: start, silence, transfer, recording, end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hotline.conversation.book.states import Place, Question, Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.asides import holds
from hotline.conversation.engine.commands import came_back
from hotline.conversation.engine.transitions import ask_again, enter
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import (
    AskPerson,
    Count,
    FollowUp,
    LineType,
    LookUp,
    Nudge,
    Tell,
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


def opened(draft: Draft) -> None:
    """Greet the caller, offer the languages, and resume an unfinished question."""
    draft.count("call_opened")
    came_back(draft)
    if draft.event.reachable and draft.session.line is LineType.UNKNOWN:
        draft.effects.append(LookUp())
    unfinished = _unfinished(draft)
    draft.session = replace(draft.session, misses=0, silences=0)
    for language in draft.book.languages:
        if language != draft.session.language:  # each language introduces itself first, in its own voice
            draft.replies.append(Tell(text_id(draft.book.statement(Role.THIS_LANGUAGE)), language=language))
    enter(draft, Role.GREETING)
    if unfinished:
        draft.session = replace(draft.session.with_aside(unfinished), aside=True)
    else:
        draft.session = draft.session.with_nothing_aside()
    state = draft.book.states.get(unfinished)
    half_way = isinstance(state, Question) and state.holds
    enter(draft, Role.WELCOME_BACK if half_way else Role.BEGIN)


def silent(draft: Draft) -> None:
    """Continue a long reply, re-ask the question, or end the call after LAST_SILENCE silences."""
    if draft.start.more and not draft.dictates():  # play a long reply in full to a silent caller
        ask_again(draft)
        return
    if draft.waits_on_the_line():
        _back_on_the_line(draft, went_well=False)
        return
    silences = draft.session.silences + 1
    draft.session = replace(draft.session, silences=silences)
    if silences >= LAST_SILENCE:
        draft.session = replace(draft.session, silences=0)
        enter(draft, Role.GOODBYE)
    elif draft.dictates():
        enter(draft, Role.TAKE_YOUR_TIME)
        ask_again(draft)
    else:
        enter(draft, Role.SILENCE)
        draft.waits = silences > 1 and draft.question() is not None  # no menu for a caller who is still busy
        if not draft.waits:
            ask_again(draft, brief=True)


def dialed(draft: Draft) -> None:
    """Continue after the staff's phone rang, whether they talked or not."""
    _back_on_the_line(draft, went_well=draft.event.text == JOINED)


def recorded(draft: Draft) -> None:
    """Request a callback for a recorded message, if there is one, and continue."""
    if draft.event.text:
        draft.effects.append(AskPerson(recording=draft.event.text))
        draft.count("message_left")
    _back_on_the_line(draft, went_well=bool(draft.event.text))


def left(draft: Draft) -> Turn:
    """Return the turn at the end of a call, with at most one text.

    It asks for a yes by text to the series that the caller agreed to, or else leads back to what was not
    finished, if they agreed to that.
    """
    if not draft.start.state:
        return Turn(draft.start)  # erased during the call: store nothing again
    session = replace(draft.start, more=(), wanted=(), textable=(), at_end="")
    agreed = session.nudge is Nudge.YES or (session.texting is Texting.YES and session.nudge is Nudge.UNASKED)
    done = session.state in (Place.REST, Role.ANYTHING_ELSE) or session.texting is Texting.STOPPED
    if draft.start.at_end and session.texting is Texting.PENDING:
        asks = FollowUp(draft.start.at_end, timedelta(), one_text=True)
        return Turn(session, effects=(Count("call_ended"), asks))
    if done or not agreed or not _unfinished(draft):
        return Turn(session, effects=(Count("call_ended"),))
    nudge = FollowUp(Role.CALL_DROPPED, draft.book.reminders[Role.CALL_DROPPED].after, one_text=True)
    return Turn(replace(session, nudge=Nudge.USED), effects=(Count("call_ended"), nudge))


def _back_on_the_line(draft: Draft, *, went_well: bool) -> None:
    """Enter the next state after a transfer or a recording, by whether it succeeded."""
    waited = draft.waits_on_the_line()
    if waited is None:
        ask_again(draft)
    else:
        enter(draft, waited.go if went_well else waited.missed)


def _unfinished(draft: Draft) -> str:
    """Return the question that the person is at, or was before an aside; "" if there is none."""
    session = draft.session
    places = (session.state, session.paused, *reversed(session.below))
    return next((name for name in places if holds(draft.book, name)), "")
