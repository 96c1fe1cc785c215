"""Figures that verify the retention table: how many keys there are of each kind, and when the last expires.

Rule 1: a figure identifies no one: it is a number of keys and the time when the last of them expires.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from redis import Redis

from hotline.store.connection import raise_store_busy
from hotline.store.retention import JOBS, KINDS, RecordKind, kind_of_key

GONE = -2
"""The TTL that Redis reports for a missing key."""


SCANNED = 500
"""Keys per round trip, so that Redis is never blocked for long."""


@dataclass(frozen=True, slots=True)
class Figure:
    """How many keys there are of one kind.

    `last_goes` is the longest TTL, None if no key has one; `endless` counts keys that should have a TTL and
    do not.
    """

    kind: RecordKind
    keys: int
    last_goes: timedelta | None
    endless: int


def figures(redis: Redis) -> tuple[tuple[Figure, ...], int]:
    """Return a figure per kind, and how many keys match none. Reads every TTL. Raises StoreBusy."""
    ends: dict[str, list[int]] = {kind.name: [] for kind in KINDS}
    unknown = 0
    for key, seconds in _ends(redis):
        kind = kind_of_key(key)
        if kind is not None:
            ends[kind.name].append(seconds)
        elif not JOBS.fullmatch(key):
            unknown += 1
    return tuple(_figure(kind, ends[kind.name]) for kind in KINDS), unknown


def summary(figure: Figure) -> str:
    """Return a figure as a line: name, longest retention, number of keys, when the last expires."""
    last = "" if figure.last_goes is None else f", the last goes within {in_days(figure.last_goes)}"
    wrong = f"; {figure.endless} WITHOUT END" if figure.endless else ""
    return f"{figure.kind.name}: at most {in_days(figure.kind.longest)}; {figure.keys} keys{last}{wrong}"


def in_days(time: timedelta) -> str:
    """Format a duration in whole days, rounded up and at least 1, such as 1 day."""
    days = max(math.ceil(time / timedelta(days=1)), 1)
    return "1 day" if days == 1 else f"{days} days"


def _figure(kind: RecordKind, ends: list[int]) -> Figure:
    last = max((end for end in ends if end >= 0), default=None)
    return Figure(
        kind=kind,
        keys=len(ends),
        last_goes=None if last is None else timedelta(seconds=last),
        endless=sum(end < 0 for end in ends) if kind.expires else 0,
    )


def _ends(redis: Redis) -> Iterator[tuple[str, int]]:
    """Yield each key with its TTL in seconds, negative if it has none."""
    with raise_store_busy():
        keys = [str(key) for key in redis.scan_iter(count=SCANNED)]
    for at in range(0, len(keys), SCANNED):
        some = keys[at : at + SCANNED]
        with raise_store_busy(), redis.pipeline(transaction=False) as pipe:
            for key in some:
                pipe.ttl(key)
            found: list[int] = pipe.execute()
        yield from ((key, end) for key, end in zip(some, found, strict=True) if end != GONE)
