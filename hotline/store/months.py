"""Monthly figures: the sum of a month's daily counters, with no link to any person.

Rule 1: only turns write daily counters (`commit`), so a month that ended more than SETTLED ago does not
        change. Its sum is stored and then read in one step; so is that of a day.
Rule 2: a small count can identify a family that its school knows; `counts_to_hide` returns the ones not to show.
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
from hotline.store.metrics import RETENTION, figures_of

SETTLED = timedelta(days=2)
"""Time after the end of a month by which all its events have been counted."""

DAYS_TTL = timedelta(days=45)
"""Until the sum of the month is stored."""

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


def day_key(day: date) -> str:
    """Return the key of the stored sum of a day."""
    return f"{{desk}}:day:{day:%Y-%m-%d}"


def months_until(today: date) -> list[Month]:
    """Return the SHOWN months up to today's, latest first."""
    found = [Month.of(today)]
    while len(found) < SHOWN:
        found.append(found[-1].before)
    return found


def month_figures(redis: Redis, month: Month, today: date) -> Counter[str]:
    """Return the figures of a month, and store the sum once the month is over. Raises StoreBusy."""
    over = today - month.days[-1] > SETTLED
    if over and (stored := _stored(redis, [month_key(month)])[0]) is not None:
        return stored
    total = _summed(redis, [day for day in month.days if day <= today], today)
    if over and today - month.first < RETENTION:
        _store(redis, {month_key(month): total}, RETENTION)
    return total


def sum_up(redis: Redis, today: date) -> None:
    """Store the sum of each month and day that is over, so that no page has to. Raises StoreBusy."""
    for month in months_until(today):
        month_figures(redis, month, today)


def counts_to_hide(counts: Mapping[str, int]) -> frozenset[str]:
    """Return the names of the counts of one total that must not be shown: those from 1 to FEWEST - 1.

    If only one count is that small, the next greater one is hidden too, or the total would reveal it.
    """
    small = {name for name, count in counts.items() if 0 < count < FEWEST}
    others = {name: count for name, count in counts.items() if count >= FEWEST}
    if len(small) == 1 and others:
        small.add(min(others, key=lambda name: (others[name], name)))
    return frozenset(small)


def _summed(redis: Redis, days: list[date], today: date) -> Counter[str]:
    """Return the sum of these days: the stored sums of those that do not change, else of their buckets."""
    settled = [day for day in days if today - day > SETTLED]
    found = dict(zip(settled, _stored(redis, [day_key(day) for day in settled]), strict=True))
    missing = [day for day in days if found.get(day) is None]
    counted = dict(zip(missing, figures_of(redis, missing), strict=True))
    recent = (day for day in counted if SETTLED < today - day < DAYS_TTL)
    _store(redis, {day_key(day): counted[day] for day in recent}, DAYS_TTL)
    total: Counter[str] = Counter()
    for each in (*(sums for sums in found.values() if sums is not None), *counted.values()):
        total.update(each)
    return total


def _stored(redis: Redis, keys: list[str]) -> list[Counter[str] | None]:
    """Return the stored sums under these keys, None for each that is not stored."""
    with raise_store_busy(), redis.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.hgetall(key)
        found: list[dict[str, str]] = pipe.execute()
    return [
        Counter({str(n): int(count) for n, count in sums.items() if n != WHOLE}) if sums else None
        for sums in found
    ]


def _store(redis: Redis, sums: Mapping[str, Mapping[str, int]], ttl: timedelta) -> None:
    if not sums:
        return
    with raise_store_busy(), redis.pipeline(transaction=True) as pipe:
        for key, total in sums.items():
            pipe.hset(key, items=[WHOLE, 1, *(part for figure in total.items() for part in figure)])
            pipe.expire(key, ttl)
        pipe.execute()
