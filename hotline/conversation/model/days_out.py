"""Counts the school days that a child was out of school, given by the parent one by one.

Rule 1: a day counts once, and a Saturday or Sunday never. Holidays are up to the parent.
Rule 2: only dates are stored, for a school year (`store.turns`), and DELETE erases them.
Rule 3: a school year begins on July 1: days before it count no more.
Source of the ten days: 34 CFR 300.530(b)-(c), 300.536.
"""

from __future__ import annotations

from datetime import date

MOST_DAYS = 60
"""The most days stored; the oldest are dropped. A third of a school year."""

MOST_LISTED = 10
"""The most days that a text lists, the latest ones: a longer list would not fit."""

EARLIER = "..."
"""Stands in a list for the days before those that it has."""

SATURDAY = 5

YEAR_BEGINS = (7, 1)
"""Month and day on which the count of a school year begins: in summer nobody is suspended."""


def is_school_day(day: date) -> bool:
    """Return whether a school may be open on this day of the week."""
    return day.weekday() < SATURDAY


def with_day(days: tuple[str, ...], day: str) -> tuple[str, ...]:
    """Return the days, as 2026-11-23, with `day` as the last one, moved there if already present."""
    return (*(each for each in days if each != day), day)[-MOST_DAYS:]


def school_days(days: tuple[str, ...], today: date) -> tuple[str, ...]:
    """Return the days that count now. The session stores all, so that BACK removes the day given last."""
    begins = date(today.year if today >= date(today.year, *YEAR_BEGINS) else today.year - 1, *YEAR_BEGINS)
    read = {day: date.fromisoformat(day) for day in days}
    return tuple(day for day, on in read.items() if is_school_day(on) and on >= begins)


def listed(days: tuple[str, ...]) -> str:
    """Return the latest of the days in calendar order, separated by spaces; EARLIER for those before them."""
    earlier = (EARLIER,) if len(days) > MOST_LISTED else ()
    return " ".join((*earlier, *sorted(days)[-MOST_LISTED:]))


def part_for(days: tuple[str, ...], marks: tuple[int, ...]) -> str:
    """Return the part of a statement for this number of days.

    With marks 8 and 10, 8 or 9 days give at_8. No days give at_0, and fewer than the first mark "text".
    """
    if not days:
        return "at_0"
    reached = [mark for mark in marks if 0 < mark <= len(days)]
    return f"at_{max(reached)}" if reached else "text"
