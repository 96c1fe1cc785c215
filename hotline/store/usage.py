"""Usage counters of numbers and events, read with the session and written with the turn (`commit`).

Rule 1: an event is counted once, and only if its answer is stored: the commit does both or neither.
Rule 2: a number's usage and last text are stored under a name that changes daily and leads to no person.
        The last text is only a keyed hash, stored for minutes.
Rule 3: Twilio's signature contains no time, so a captured request is valid forever. While its answer is
        stored, a repeated event gets that answer; then it is recognized by its id and ignored (`taken`).
Rule 4: the id alone is not enough. Twilio signs names and values without separators, so the signature of
        one request fits others that are split differently, such as one whose MessageSid includes the next
        field. All of them share the signature, so an event is recognized by that too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

FIGURE: Final = "segments"
"""Name of the day's total in `metrics`."""

REPORTED: Final = "told:"
"""Prefix of the field that records that the last message of a budget was sent."""

DAY, ALL = "day", "all"
"""Names of a number's daily budget and of the overall budget; `hour_of` names the hourly one."""

NEW: Final = "new"
"""Records that nothing was known of the person at their first text of the day."""

TEXT_SEGMENTS: Final = 3
"""Segments counted for a text that is asked for in a call, when it is asked for.

The rest is counted when it is sent; otherwise many could be requested before the first one counts."""

BURST = timedelta(seconds=30)

COUNTED_FOR = timedelta(hours=25)
"""A day, plus the hour by which clocks may be set back."""

LAST_TEXT_TTL = timedelta(days=1)
"""Maximum time that a number's last text is recorded; usually it is minutes."""


class Usage(NamedTuple):
    """The usage of a number so far, in segments (`burst` in messages).

    `taken` means this event was taken before; `reported` names the budgets whose last message was sent; `said`
    is the mark of the last text that led nowhere, which arrived `times` times.
    """

    taken: bool = False
    hour: int = 0
    day: int = 0
    burst: int = 0
    reported: tuple[str, ...] = ()
    said: str = ""
    times: int = 0
    new: bool = False
    """The number was new today."""


NOTHING: Final = Usage()


@dataclass(frozen=True)
class Spend:
    """Values that the commit records, besides that the event was taken.

    `said` is the mark and its count, "" for a text that led on, None for no text; `said_for` is its TTL,
    None to leave the TTL unchanged.
    """

    add: dict[str, int] = field(default_factory=dict)
    segments: int = 0
    reported: str = ""
    said: str | None = None
    said_for: timedelta | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the values for the commit script; absent values are left out."""
        written: dict[str, Any] = {
            "add": self.add,
            "segments": self.segments,
            "figure": FIGURE,
            "spent_ttl": COUNTED_FOR,
        }
        if self.reported:
            written["notified"] = REPORTED + self.reported
        if self.said is not None:
            written["said"] = self.said
        if self.said_for is not None:
            written["said_ttl_ms"] = self.said_for // timedelta(milliseconds=1)
        return written


def hour_of(at: datetime) -> str:
    """Return the name of an hour's budget."""
    return str(int(at.timestamp()) // 3600)


def burst_of(at: datetime) -> str:
    """Return the name of the counter of a BURST."""
    return f"burst:{int(at.timestamp() // BURST.total_seconds())}"


def usage_fields(at: datetime) -> list[str]:
    """Return the counters that `load_turn` reads, in the order that `read_usage` expects."""
    hour = hour_of(at)
    return [hour, DAY, burst_of(at), REPORTED + hour, REPORTED + DAY, REPORTED + ALL, NEW]


def read_usage(found: Sequence[Any], at: datetime) -> Usage:
    """Parse the usage that `load_turn` returns."""
    taken, said, (hour, day, burst, *reported, new) = found
    mark, _, times = (said or "").partition(" ")
    any_sent = any(reported)
    names = (hour_of(at), DAY, ALL) if any_sent else ()
    return Usage(
        taken=bool(taken),
        hour=int(hour or 0),
        day=int(day or 0),
        burst=int(burst or 0),
        reported=tuple(name for name, sent in zip(names, reported, strict=True) if sent) if any_sent else (),
        said=mark,
        times=int(times or 0),
        new=bool(new),
    )
