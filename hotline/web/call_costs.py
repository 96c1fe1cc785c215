"""The cost of a call, and limits on what it may start: texts, line look-ups, and calls to the staff.

Rule 1: a number is verified if its owner consented to texts before, or if the carriers attest to it
        (STIR/SHAKEN level A). Any other number is new, and only a few new ones are texted per hour
        (`store.rate_limits`).
Rule 2: a number that failed attestation is never texted from a call.
Rule 3: once the daily budget is used up, an event in a call starts no text.
Rule 4: each turn of a call counts toward the budgets of its number and of the day, in segments, and so do
        look-ups, calls to the staff and the texts that it asks for. Planned texts count when they are sent.
Rule 5: a call begins only while the budgets of its number and of the day have room for one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from hotline.conversation.book.book import Book
from hotline.conversation.engine.untexted import turn_without_texts
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import (
    Consent,
    Count,
    Effect,
    Event,
    EventKind,
    FollowUp,
    LookUp,
    TextThis,
    Transfer,
)
from hotline.conversation.model.session import Session, Turn
from hotline.store.followup_record import SOON
from hotline.store.usage import DAY, NEW, TEXT_SEGMENTS, Spend, hour_of

TURN_SEGMENTS: Final = 1
"""Cost of a turn, in segments: up to half a minute of an incoming call."""

SPEECH_SEGMENTS: Final = 1
"""Additional cost of a turn in which speech was recognized."""

SHORTEST_CALL: Final = 10
"""Segments that must be left in the budgets for a call to begin."""

LOOK_UP_SEGMENTS: Final = 1
"""Cost of a line look-up, in segments."""

LEG_SEGMENTS: Final = 3
"""Cost of a call leg to the staff that lasts a few minutes, in segments."""

HELD_BACK: Final = Count("held_back.new_number")
NO_ROOM: Final = Count("held_back.call")


class Attestation(StrEnum):
    """How the carriers attest to a caller's number. Source: Twilio's StirVerstat."""

    UNKNOWN = "unknown"
    OWN = "own"
    FAILED = "failed"


def attestation(stir: str) -> Attestation:
    """Return the attestation for a call's `StirVerstat`; most calls have none, which is UNKNOWN."""
    if stir.startswith("TN-Validation-Failed"):
        return Attestation.FAILED
    return Attestation.OWN if stir.startswith("TN-Validation-Passed-A") else Attestation.UNKNOWN


def starts_texts(turn: Turn) -> bool:
    """Check whether a turn starts anything that the budget for new numbers limits."""
    return any(
        isinstance(effect, TextThis | FollowUp | LookUp)
        or (isinstance(effect, Consent) and not effect.one_text)
        for effect in turn.effects
    )


def without_texts(book: Book, session: Session, event: Event, turn: Turn) -> Turn:
    """Return the turn without texts, follow-ups, look-ups and consent.

    If it had a consent or a text, `turn_without_texts` provides its replies, except when the call has ended.
    """
    if event.kind is not EventKind.LEFT and any(isinstance(e, Consent | TextThis) for e in turn.effects):
        turn = turn_without_texts(book, session, event)
    remaining = (
        effect for effect in turn.effects if not isinstance(effect, TextThis | FollowUp | LookUp | Consent)
    )
    return replace(turn, effects=(*remaining, HELD_BACK))


def spent(event: Event, turn: Turn, *, new: bool = False) -> Spend:
    """Return what a turn of a call adds to the budgets, in segments.

    `new` means that nothing was known of the caller before today and that it was not recorded yet.
    """
    looks = sum(isinstance(effect, LookUp) for effect in turn.effects)
    legs = sum(isinstance(reply, Transfer) for reply in turn.replies)
    turns = TURN_SEGMENTS if event.kind is not EventKind.LEFT else 0
    speech = SPEECH_SEGMENTS if event.kind is EventKind.SPOKEN else 0
    texts = sum(_is_asked_for(effect) for effect in turn.effects)
    segments = turns + speech + looks * LOOK_UP_SEGMENTS + legs * LEG_SEGMENTS + texts * TEXT_SEGMENTS
    if not segments:
        return Spend()
    add = {hour_of(event.at): segments, DAY: segments, **({NEW: 1} if new else {})}
    return Spend(add=add, segments=segments)


def refused(session: Session, event: Event) -> tuple[Turn, Spend]:
    """Return the turn of a call that the budgets do not allow to begin, and its cost."""
    turn = Turn(session, effects=(NO_ROOM,))
    return turn, spent(event, turn)


def _is_asked_for(effect: Effect) -> bool:
    """Check whether this starts a text that the caller waits for (`followup_record.is_asked_for`)."""
    return isinstance(effect, TextThis) or (
        isinstance(effect, FollowUp) and effect.one_text and effect.after <= SOON
    )
