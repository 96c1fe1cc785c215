"""What a call may start that costs money or reaches a stranger: texts, look-ups, and the staff's phone.

Rule 1: a number that a caller shows is theirs when they said yes to texts before, or when the carriers vouch for it
        (STIR/SHAKEN level A). Any other is new, and few new ones are texted in an hour (`store.new_numbers`).
Rule 2: a number that failed that check is not texted from a call at all.
Rule 3: when the day's budget is used up no call starts a text either.
Rule 4: look-ups and calls to the staff count in the day's budget as segments do; texts when they are sent.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from hotline.conversation.book.states import Book
from hotline.conversation.engine.untexted import untexted
from hotline.conversation.model.events import (
    Consent,
    Count,
    Effect,
    Event,
    FollowUp,
    Kind,
    LookUp,
    Texting,
    TextThis,
    Transfer,
)
from hotline.conversation.model.session import Session, Turn
from hotline.store.usage import DAY, Spend

LOOK_UP_SEGMENTS: Final = 1
"""What a look-up costs, in segments."""

LEG_SEGMENTS: Final = 3
"""What a call to the staff costs, for a few minutes."""

HELD_BACK: Final = Count("held_back.new_number")


class Attestation(StrEnum):
    """What the carriers say of the number that a caller shows. Source: Twilio's StirVerstat."""

    UNKNOWN = "unknown"
    OWN = "own"
    FAILED = "failed"


def attestation(told: str) -> Attestation:
    """Read the field `StirVerstat` of a call; most calls have none."""
    if told.startswith("TN-Validation-Failed"):
        return Attestation.FAILED
    return Attestation.OWN if told.startswith("TN-Validation-Passed-A") else Attestation.UNKNOWN


def starts_texts(turn: Turn) -> bool:
    """Whether a turn starts what the budget of new numbers is for."""
    return any(isinstance(effect, TextThis | FollowUp | LookUp) or _series(effect) for effect in turn.effects)


def is_proved(session: Session, shown: Attestation) -> bool:
    """Whether the number is the caller's (Rule 1)."""
    return session.texting is Texting.YES or shown is Attestation.OWN


def without_texts(book: Book, session: Session, event: Event, turn: Turn) -> Turn:
    """What the turn becomes when it may start no text: a look-up is left out, a yes has the words for it."""
    if event.kind is not Kind.LEFT and any(isinstance(e, Consent | TextThis) for e in turn.effects):
        turn = untexted(book, session, event)
    kept = (
        effect for effect in turn.effects if not isinstance(effect, TextThis | FollowUp | LookUp | Consent)
    )
    return replace(turn, effects=(*kept, HELD_BACK))


def spent(turn: Turn) -> Spend:
    """What a turn of a call adds to the budgets."""
    looks = sum(isinstance(effect, LookUp) for effect in turn.effects)
    legs = sum(isinstance(reply, Transfer) for reply in turn.replies)
    segments = looks * LOOK_UP_SEGMENTS + legs * LEG_SEGMENTS
    return Spend(add={DAY: segments}, segments=segments) if segments else Spend()


def _series(effect: Effect) -> bool:
    return isinstance(effect, Consent) and not effect.one_text
