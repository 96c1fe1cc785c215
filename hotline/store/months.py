"""Monthly figures: the sum of a month's daily counters, with no link to any person.

Rule 1: only turns write daily counters (`commit`), so a month that ended more than SETTLED ago does not
        change. Its sum is stored and then read in one step.
Rule 2: a small count can identify a family that its school knows; `hidden` returns the ones not to show.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

from redis import Redis

from hotline.store.connection import raise_store_busy
from hotline.store.keys import BUCKETS, counts_key
from hotline.store.metrics import RETENTION

SETTLED = timedelta(days=2)
"""Time after the last day of a month when all its events have been counted."""

FEWEST: Final = 5
"""Counts below this are not shown."""

NAME: Final = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")

SHOWN: Final = 13
"""Number of months shown: the current one and the year before it."""

WHOLE: Final = "counted"
"""Field that marks a stored sum, so that a month without any counts is stored too."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the month that contains a day."""
        return cls(day.year, day.month)

    @classmethod
    def read(cls, name: str) -> Self | None:
        """Return the month for a name such as 2026-11, or None if the name is not a month."""
        found = NAME.fullmatch(name)
        return cls(int(found[1]), int(found[2])) if found else None

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"

    @property
    def first(self) -> date:
        """The first day of the month."""
        return date(self.year, self.number, 1)

    @property
    def before(self) -> Month:
        """The previous month."""
        return Month.of(self.first - timedelta(days=1))

    @property
    def days(self) -> list[date]:
        """All days of the month."""
        after = Month.of(self.first + timedelta(days=31)).first
        return [self.first + timedelta(days=n) for n in range((after - self.first).days)]


def month_key(month: Month) -> str:
    """Return the key of a month's stored sum."""
    return f"{{desk}}:month:{month}"


def months_until(today: date) -> list[Month]:
    """Return the SHOWN months up to today's, latest first."""
    found = [Month.of(today)]
    while len(found) < SHOWN:
        found.append(found[-1].before)
    return found


def month_figures(redis: Redis, month: Month, today: date) -> Counter[str]:
    """Return the figures of a month, and store the sum once the month is over. Raises StoreBusy."""
    over = today - month.days[-1] > SETTLED
    if over:
        with raise_store_busy():
            stored = redis.hgetall(month_key(month))
        if stored:
            return Counter({str(n): int(count) for n, count in stored.items() if n != WHOLE})
    total = _summed(redis, [day for day in month.days if day <= today])
    if over and today - month.first < RETENTION:
        with raise_store_busy(), redis.pipeline(transaction=True) as pipe:
            pipe.hset(
                month_key(month), items=[WHOLE, 1, *(part for figure in total.items() for part in figure)]
            )
            pipe.expire(month_key(month), int(RETENTION.total_seconds()))
            pipe.execute()
    return total


def hidden(counts: Mapping[str, int]) -> frozenset[str]:
    """Return the names of the counts of one total that must not be shown: those from 1 to FEWEST - 1.

    If only one count is that small, the next greater one is hidden too, or the total would reveal it.
    """
    small = {name for name, count in counts.items() if 0 < count < FEWEST}
    others = {name: count for name, count in counts.items() if count >= FEWEST}
    if len(small) == 1 and others:
        small.add(min(others, key=lambda name: (others[name], name)))
    return frozenset(small)


def _summed(redis: Redis, days: list[date]) -> Counter[str]:
    with raise_store_busy(), redis.pipeline(transaction=False) as pipe:
        for day in days:
            for bucket in range(BUCKETS):
                pipe.hgetall(counts_key(bucket, day))
        found: list[dict[str, str]] = pipe.execute()
    total: Counter[str] = Counter()
    for counted in found:
        total.update({name: int(count) for name, count in counted.items()})
    return total
