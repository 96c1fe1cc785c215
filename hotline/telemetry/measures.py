"""Names of the service's metrics among the daily figures: turns and their times, texts and their delivery.

Each name is defined once, here, for the code that counts and the code that exports (`web.prometheus`).

Rule 1: every part of a metric's name is from a closed set: our own, or a code that `carrier.errors` knows.
        No metric can contain a phone number, an ID or a parent's text.
Rule 2: a time is counted in the first of BUCKETS that it fits, and added to a sum. Sums are in whole
        microseconds, because Redis adds integers.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import timedelta
from enum import StrEnum
from typing import Final

from hotline.carrier.errors import VERDICTS, Verdict

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
"""Upper bounds in seconds. A turn is cut off with a fallback text at 2.0, so nothing healthy is slower."""

OVER: Final = "over"
OTHER: Final = "other"

CONFLICTS: Final = "turn.conflicts"

SET_ASIDE: Final = "followup.set_aside"
"""Planned texts that raised an error at every attempt and are no longer retried (`workers.set_aside`)."""


class Outcome(StrEnum):
    """How a turn ended."""

    ANSWERED = "answered"
    REPEATED = "repeated"
    """A duplicate webhook, answered as before."""
    REPLAYED = "replayed"
    """A replay of a long-finished request: nothing was done."""
    SAFE_WORDS = "safe_words"
    """Redis was unreachable, or one person's turns collided too often."""


class Timed(StrEnum):
    """An operation that is timed."""

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
    REQUEST_DONE = "request_done"
    WINDOW_CLOSED = "window_closed"
    """On WhatsApp, the parent has not written for too long and there is no template."""


def turn(channel: str, outcome: Outcome) -> str:
    """Return the metric for turns on a channel with this outcome."""
    return f"turn.{channel}.{outcome}"


def timed(what: Timed, time: timedelta) -> dict[str, int]:
    """Return the increments of the metrics for one measured time."""
    name = _BUCKET_NAMES[what][bisect_left(BUCKETS, time.total_seconds())]
    return {name: 1, _SUM_NAMES[what]: time // _MICROSECOND}


_MICROSECOND: Final = timedelta(microseconds=1)
_BUCKET_NAMES: Final = {what: [f"{what}.{end}" for end in (*BUCKETS, OVER)] for what in Timed}
_SUM_NAMES: Final = {what: f"{what}.sum" for what in Timed}


def known(code: int | str) -> str:
    """Return the carrier's code as a string, or "other" if it is not a known code (Rule 1)."""
    text = str(code)
    return text if text.isdecimal() and int(text) in VERDICTS else OTHER


DUE: Final = "followup.due"
"""Planned texts due."""

CALL_MINUTES: Final = "call_minutes"
"""Minutes of parents' calls, each begun minute counted as the carrier bills it."""

NOT_SENT: Final = "send."
SENT: Final = "send.sent"


def not_sent(verdict: Verdict, code: int) -> str:
    """Return the metric for texts that the carrier rejected with this code."""
    return f"{NOT_SENT}{verdict}.{known(code)}"


def dropped(reason: Dropped) -> str:
    """Return the metric for planned texts that were dropped for this reason."""
    return f"drop.{reason}"


DELIVERED: Final = "status.delivered"
FAILED: Final = "status.failed."


def undelivered(code: int) -> str:
    """Return the metric for texts that the carrier accepted and could not deliver."""
    return f"{FAILED}{known(code)}"
