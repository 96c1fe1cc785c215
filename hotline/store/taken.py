"""Marks of the events that were taken: 8 bytes each, in sets of integers, which Redis stores as such.

Rule 1: a mark is a keyed hash of an event's id or of a signature, cut to 64 bits. A set holds few of them, so
        that two are never equal by chance.
Rule 2: a set is of one PERIOD and of one of SHARDS in a bucket, which shares many people among a few sets, and
        is named by a keyed hash. So neither a set nor a mark leads to a person, and an erasure leaves them.
Rule 3: a set is stored until TAKEN_FOR after its period, and all sets that may contain an event are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hotline.store.keys import WHO_LENGTH, Keys, Secrets

TAKEN_FOR: Final = timedelta(days=100)
"""Longer than the last reminder takes, so a replayed text cannot change a session."""

PERIOD: Final = timedelta(days=50)

RETENTION: Final = PERIOD + TAKEN_FOR
"""The longest time that a mark is stored."""

SHARD_DIGITS: Final = 3
"""Hex digits of a shard: 4,096 in a bucket, so that in a large country a set still has at most 512 marks.

Beyond that Redis stores a set of integers as any other, with five times the memory."""

PERIODS: Final = -(-TAKEN_FOR // PERIOD) + 1
"""Sets that may contain an event of the last TAKEN_FOR."""

MARK_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one event, and where they are.

    `sets` are the keys to read, the present period's first, which is the one to write. `earlier` are the keys
    of the marks that an earlier version stored, one for each event and one for each signature.
    """

    marks: tuple[str, ...]
    sets: tuple[str, ...]
    earlier: tuple[str, str]
    ttl: int
    """Seconds until the set to write expires."""
    of: tuple[str, str]
    """The event's id and the signature."""


def marks_of(secrets: Secrets, who: str, event_id: str, signature: str, at: datetime) -> Marks:
    """Return the marks of an event and, if a request brought it, of the request's signature."""
    event = secrets.mark(f"event {event_id}")
    signed = secrets.mark(f"signature {signature}") if signature else event
    seconds, shards = at.timestamp(), secrets.mark(f"taken {who}")
    period, taken = int(seconds // _PERIOD), Keys(who).beside("taken:")
    return Marks(
        marks=(_integer(event), _integer(signed)) if signature else (_integer(event),),
        sets=tuple([f"{taken}{each}:{_shard(shards, each)}" for each in _periods(period)]),
        earlier=(taken + event[:WHO_LENGTH], taken + signed[:WHO_LENGTH]),
        ttl=int((period + 1) * _PERIOD + _TAKEN_FOR - seconds),
        of=(event_id, signature),
    )


_PERIOD, _TAKEN_FOR = PERIOD.total_seconds(), TAKEN_FOR.total_seconds()


def _periods(period: int) -> range:
    """Return this period and those before it, latest first."""
    return range(period, period - PERIODS, -1)


def _shard(digits: str, period: int) -> str:
    """Return the shard of a period: another part of the digits each time, so that no set follows another."""
    first = SHARD_DIGITS * (period % (len(digits) // SHARD_DIGITS))
    return digits[first : first + SHARD_DIGITS]


def _integer(mark: str) -> str:
    """Return a mark as a signed integer of 64 bits, in decimal digits."""
    return str(int(mark[:MARK_DIGITS], 16) - (1 << 63))
