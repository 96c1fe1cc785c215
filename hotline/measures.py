"""What is measured of the service at work, among the figures of the day: turns and their time, texts sent and what became
of them. One place names each figure, for who counts and for who shows it (`web.prometheus`).

Rule 1: every part of a figure's name is of a closed set: ours, or a code that `carrier.errors` knows. No figure can hold a
        number, an id or a word of a parent.
Rule 2: a time is counted in the first of BUCKETS that it fits, and added to a sum in microseconds: whole numbers, so that
        Redis adds them.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from enum import StrEnum
from typing import Final

from hotline.carrier.errors import VERDICTS, Verdict

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
"""Upper ends in seconds. At 2.0 a parent gets the safe words, so nothing is slower that is well."""

OVER: Final = "over"
OTHER: Final = "other"

CONFLICTS: Final = "turn.conflicts"


class Outcome(StrEnum):
    """How a turn ended."""

    ANSWERED = "answered"
    REPEATED = "repeated"
    """A copy of a webhook, answered as before."""
    REPLAYED = "replayed"
    """A copy of a request that is long over: nothing was done."""
    SAFE_WORDS = "safe_words"
    """Redis was away, or the turns of one person collided too often."""


class Timed(StrEnum):
    """What is timed."""

    SMS = "turn_us.sms"
    VOICE = "turn_us.voice"
    REDIS = "redis_us"


class Dropped(StrEnum):
    """Why a planned text was not sent."""

    NO_CONSENT = "no_consent"
    NOT_FOR_US = "not_for_us"
    LANDLINE = "landline"
    REMINDER_GONE = "reminder_gone"
    TOO_LATE = "too_late"
    TOO_MANY = "too_many"
    WORDS_GONE = "words_gone"


def turn(channel: str, outcome: Outcome) -> str:
    """Return the figure of turns on a channel that ended so."""
    return f"turn.{channel}.{outcome}"


def timed(what: Timed, time: timedelta) -> Counter[str]:
    """Return what one time adds to the figures."""
    end = next((str(end) for end in BUCKETS if time.total_seconds() <= end), OVER)
    return Counter({f"{what}.{end}": 1, f"{what}.sum": time // timedelta(microseconds=1)})


def known(code: int | str) -> str:
    """Return a code of the carrier as a figure may name it (Rule 1)."""
    text = str(code)
    return text if text.isdecimal() and int(text) in VERDICTS else OTHER


SENT: Final = "send.sent"


def not_sent(verdict: Verdict, code: int) -> str:
    """Return the figure of texts that the carrier did not take for this code."""
    return f"send.{verdict}.{known(code)}"


def dropped(reason: Dropped) -> str:
    """Return the figure of planned texts that were dropped for this reason."""
    return f"drop.{reason}"


DELIVERED: Final = "status.delivered"


def undelivered(code: int) -> str:
    """Return the figure of texts of ours that the carrier took and could not deliver."""
    return f"status.failed.{known(code)}"
