"""Marks of processed events, for replay protection: 8 bytes each, in Redis's compact integer sets.

Rule 1: a mark is a keyed hash of an event's id or of a signature, cut to 64 bits. Sets are small, so that no
        two marks collide.
Rule 2: a set belongs to one PERIOD and to one of SHARDS in a bucket, so a few sets serve many people, and
        its name is a keyed hash. So neither a set nor a mark identifies a person, and an erasure leaves them.
Rule 3: a set is stored until TAKEN_FOR after its period, and all sets that may contain an event are read.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from hotline.store.keys import Keys, Secrets

TAKEN_FOR: Final = timedelta(days=100)
"""Longer than until the last reminder, so a replayed text cannot change a session."""

PERIOD: Final = timedelta(days=50)

RETENTION: Final = PERIOD + TAKEN_FOR
"""Maximum time that a mark is stored."""

SHARD_DIGITS: Final = 3
"""Hex digits of a shard: 4,096 in a bucket, so that in a large country a set still has at most 512 marks.

Beyond that Redis stores it as an ordinary set, with five times the memory."""

PERIODS: Final = -(-TAKEN_FOR // PERIOD) + 1
"""Sets that may contain an event of the last TAKEN_FOR."""

MARK_DIGITS: Final = 16


class Marks(NamedTuple):
    """The marks of one event, and their keys.

    `sets` are the keys to read; the first, of the current period, is the one to write.
    """

    marks: tuple[str, ...]
    sets: tuple[str, ...]
    ttl: int
    """Seconds until the set to write expires."""
    of: tuple[str, str]
    """The event's id and the signature."""


def marks_of(secrets: Secrets, who: str, event_id: str, signature: str, at: datetime) -> Marks:
    """Return the marks of an event and, if it came in a request, of the request's signature."""
    event = _integer(secrets.mark(f"event {event_id}"))
    seconds = at.timestamp()
    period = int(seconds // _PERIOD)
    return Marks(
        marks=(event, _integer(secrets.mark(f"signature {signature}"))) if signature else (event,),
        sets=_sets(secrets, who, period),
        ttl=int((period + 1) * _PERIOD + _TAKEN_FOR - seconds),
        of=(event_id, signature),
    )


_PERIOD, _TAKEN_FOR = PERIOD.total_seconds(), TAKEN_FOR.total_seconds()


@lru_cache(maxsize=512)
def _sets(secrets: Secrets, who: str, period: int) -> tuple[str, ...]:
    """Return the keys of the sets that may contain an event of a person. Cached for people who wrote recently."""
    shards, taken = secrets.mark(f"taken {who}"), Keys.of(who).beside("taken:")
    return tuple([f"{taken}{each}:{_shard(shards, each)}" for each in range(period, period - PERIODS, -1)])


def _shard(digits: str, period: int) -> str:
    """Return the shard of a period: a different part of the digits each time, so that sets can't be linked."""
    first = SHARD_DIGITS * (period % (len(digits) // SHARD_DIGITS))
    return digits[first : first + SHARD_DIGITS]


def _integer(mark: str) -> str:
    """Return a mark as a signed integer of 64 bits, in decimal digits."""
    return str(int(mark[:MARK_DIGITS], 16) - (1 << 63))
