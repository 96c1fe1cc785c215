"""Commit turns for what the carrier reports: an opt-out, an erasure or the end of a consent.

All are idempotent and raise StoreBusy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from hotline.channels.twiml import EMPTY
from hotline.conversation.engine.statements import without_stop_question
from hotline.conversation.model.events import Channel, Erase, Event, EventKind, Refuse, StopAll, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.store import people
from hotline.store.connection import StoreBusy
from hotline.store.turns import Turns
from hotline.store.usage import Spend

TRIES = 8
"""The most attempts to commit; each fails only if the person has just written."""


def event_of(followup: str, now: datetime, reminder: str = "") -> Event:
    """Return the event of what the carrier reports about a follow-up; each has one, so a repeat changes nothing."""
    return Event(f"opted-out:{followup}", now, Channel.SMS, EventKind.DUE, reminder)


def opt_out(turns: Turns, who: str, event: Event, language: str = "") -> bool:
    """Record a STOP that the carrier reports; return whether the event was new.

    `language` is that of the STOP. A new person's calls are answered in it. It also answers the question whether an
    earlier text was one, so that a later "no" to that question does not revoke it.
    """

    def stopped(session: Session) -> Turn:
        if language and not session.state and session.language == Session().language:
            session = replace(session, language=language)
        return _decided(without_stop_question(session), Texting.STOPPED, StopAll())

    return commit(turns, who, event, stopped)


def erase_stopped(turns: Turns, who: str, event: Event, number: str) -> bool:
    """Erase a person who opted out and whose DELETE the carrier reports; return whether it was new.

    No one else is erased here, because the hotline asks them to confirm first.
    """
    loaded = turns.load(who, event.id, event.at)
    if loaded.answer is not None or loaded.session.texting is not Texting.STOPPED:
        return False
    return commit(turns, who, event, _erased, number)


def end_consent(turns: Turns, who: str, event: Event) -> None:
    """End the consent to texts of a number that no longer takes them; an opt-out stays."""
    commit(turns, who, event, lambda session: _decided(session, Texting.NO, Refuse()))


def commit(turns: Turns, who: str, event: Event, change: Callable[[Session], Turn], number: str = "") -> bool:
    """Commit the turn that `change` returns for the session; return False if the event was taken already.

    Raises StoreBusy also after TRIES conflicts.
    """
    for _ in range(TRIES):
        loaded = turns.load(who, event.id, event.at)
        if loaded.answer is not None or loaded.usage.taken:
            return False
        if turns.commit(who, event, loaded, change(loaded.session), EMPTY, number, Spend()) is not None:
            return True
    raise StoreBusy("conflicts")


def _decided(session: Session, texting: Texting, effect: StopAll | Refuse) -> Turn:
    """Return a turn that sets the decision about texts; an opt-out stays. A "no" to "shall we stop?" does not undo it."""
    stays = Texting.STOPPED if session.texting is Texting.STOPPED else texting
    if session.waits_at(people.STOP_OR_NOT):
        session = replace(session, before_stop=texting)
    return Turn(replace(session, texting=stays), effects=(effect,))


def _erased(session: Session) -> Turn:
    """Return a turn that erases all but the opt-out, or changes nothing if that has been revoked."""
    if session.texting is not Texting.STOPPED:
        return Turn(session)
    return Turn(Session(language=session.language, texting=Texting.STOPPED), effects=(Erase(),))
