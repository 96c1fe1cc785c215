"""What happens in a call besides words and keys: it begins, nobody speaks, the staff's phone rings, a message is
recorded, it ends.
"""

from __future__ import annotations

from dataclasses import replace

from hotline.conversation.book.states import Place, Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.commands import came_back
from hotline.conversation.engine.transitions import ask_again, enter, holds
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
"""Silences in a row after which a call ends, with words. The first waits 10 s and the others 20 (`channels.voice`): with
what is said that is well over two minutes, for a relay operator who types to and fro, and for who looks for a paper.
"""

JOINED = "joined"
"""What a DIALED event says when caller and staff have talked."""


def opened(draft: Draft) -> None:
    """A call begins: who we are, in which languages, and where the caller was."""
    draft.count("call_opened")
    came_back(draft)
    if draft.event.reachable and draft.session.line is LineType.UNKNOWN:
        draft.effects.append(LookUp())
    unfinished = _unfinished(draft)
    draft.session = replace(draft.session, misses=0, silences=0)
    enter(draft, Role.GREETING)
    for language in draft.book.languages:
        if language != draft.session.language:  # each names itself, in its own voice
            draft.replies.append(Tell(text_id(draft.book.statement(Role.THIS_LANGUAGE)), language=language))
    if unfinished:
        draft.session = replace(draft.session, paused=unfinished)
        enter(draft, Role.WELCOME_BACK)
    else:
        draft.session = replace(draft.session, paused="")
        enter(draft, Role.BEGIN)


def silent(draft: Draft) -> None:
    """Neither keys nor words came in time."""
    if draft.start.more:  # a caller who only listens hears all of it
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
    else:
        enter(draft, Role.SILENCE)
        draft.waits = silences > 1 and draft.question() is not None  # who is still at it is read no menu
        if not draft.waits:
            ask_again(draft, brief=True)


def dialed(draft: Draft) -> None:
    """The staff's phone has rung, and they have talked or not."""
    _back_on_the_line(draft, went_well=draft.event.text == JOINED)


def recorded(draft: Draft) -> None:
    """A message for the staff was left, or nothing was said."""
    if draft.event.text:
        draft.effects.append(AskPerson(recording=draft.event.text))
        draft.count("message_left")
    _back_on_the_line(draft, went_well=bool(draft.event.text))


def left(draft: Draft) -> Turn:
    """The call is over. Who agreed to it, and was half way, gets one text that leads on."""
    if not draft.start.state:
        return Turn(draft.start)  # all was erased during the call: nothing is kept again
    session = replace(draft.start, more=(), wanted=(), heard=())
    agreed = session.nudge is Nudge.YES or (session.texting is Texting.YES and session.nudge is Nudge.UNASKED)
    done = session.state in (Place.REST, Role.ANYTHING_ELSE) or session.texting is Texting.STOPPED
    if done or not agreed or not _unfinished(draft):
        return Turn(session, effects=(Count("call_ended"),))
    nudge = FollowUp(Role.CALL_DROPPED, draft.book.reminders[Role.CALL_DROPPED].after, one_text=True)
    return Turn(replace(session, nudge=Nudge.USED), effects=(Count("call_ended"), nudge))


def _back_on_the_line(draft: Draft, *, went_well: bool) -> None:
    """The staff's phone has rung, or a message was recorded: on from there."""
    waited = draft.waits_on_the_line()
    if waited is None:
        ask_again(draft)
    else:
        enter(draft, waited.go if went_well else waited.missed)


def _unfinished(draft: Draft) -> str:
    """The question that the person is half way at, or was before an aside; "" when there is none."""
    session = draft.session
    return next((n for n in (session.state, session.paused) if holds(draft.book, n)), "")
