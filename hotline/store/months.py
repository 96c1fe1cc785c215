"""The figures of a month: the sum of its days, and of nobody in particular.

Rule 1: a day is written by turns alone (`commit`), so a month that has been over for SETTLED does not change: its sum is
        stored, and read in one step.
Rule 2: a small count can point at a family that its school knows. `hidden` says which are not shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

from redis import Redis

from hotline.store.connection import told_as_busy
from hotline.store.keys import BUCKETS, counts_key
from hotline.store.metrics import KEPT

SETTLED = timedelta(days=2)
"""After its last day; what a parent did at midnight is counted by then."""

FEWEST: Final = 5
"""Less than so many of anything are not shown."""

NAME: Final = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")

SHOWN: Final = 13
"""Months: this one, and a year before it."""

WHOLE: Final = "counted"
"""A field of a stored sum, so that a month in which nothing happened is stored too."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of a year."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the month of a day."""
        return cls(day.year, day.month)

    @classmethod
    def read(cls, name: str) -> Self | None:
        """Return the month of a name such as 2026-11; None for what is none."""
        found = NAME.fullmatch(name)
        return cls(int(found[1]), int(found[2])) if found else None

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.number, 1)

    @property
    def before(self) -> Month:
        """The month before it."""
        return Month.of(self.first - timedelta(days=1))

    @property
    def days(self) -> list[date]:
        """All its days."""
        after = Month.of(self.first + timedelta(days=31)).first
        return [self.first + timedelta(days=n) for n in range((after - self.first).days)]


def month_key(month: Month) -> str:
    """Return the key of the stored sum of a month."""
    return f"{{desk}}:month:{month}"


def months_until(today: date) -> list[Month]:
    """Return the months whose figures may be stored, the latest first."""
    found = [Month.of(today)]
    while len(found) < SHOWN:
        found.append(found[-1].before)
    return found


def month_figures(redis: Redis, month: Month, today: date) -> Counter[str]:
    """Return the figures of a month. Raises StoreBusy."""
    over = today - month.days[-1] > SETTLED
    if over:
        with told_as_busy():
            stored = redis.hgetall(month_key(month))
        if stored:
            return Counter({str(n): int(count) for n, count in stored.items() if n != WHOLE})
    total = _summed(redis, [day for day in month.days if day <= today])
    if over and today - month.first < KEPT:
        with told_as_busy(), redis.pipeline(transaction=True) as pipe:
            pipe.hset(
                month_key(month), items=[WHOLE, 1, *(part for figure in total.items() for part in figure)]
            )
            pipe.expire(month_key(month), int(KEPT.total_seconds()))
            pipe.execute()
    return total


def hidden(counts: Mapping[str, int]) -> frozenset[str]:
    """Return which counts of one whole are not shown: those under FEWEST; and where that is one alone, the next greater
    too, or the whole would give it away.
    """
    small = {name for name, count in counts.items() if 0 < count < FEWEST}
    others = {name: count for name, count in counts.items() if count >= FEWEST}
    if len(small) == 1 and others:
        small.add(min(others, key=lambda name: (others[name], name)))
    return frozenset(small)


def _summed(redis: Redis, days: list[date]) -> Counter[str]:
    with told_as_busy(), redis.pipeline(transaction=False) as pipe:
        for day in days:
            for bucket in range(BUCKETS):
                pipe.hgetall(counts_key(bucket, day))
        found: list[dict[str, str]] = pipe.execute()
    total: Counter[str] = Counter()
    for counted in found:
        total.update({name: int(count) for name, count in counted.items()})
    return total
