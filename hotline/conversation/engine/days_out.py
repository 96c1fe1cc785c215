"""Count the school days that a child was out of school, as the parent tells them one by one.

Rule 1: a day counts once, and a Saturday or Sunday never. Holidays we do not know: the parent does.
Rule 2: the days stand in the session alone, so they are forgotten and erased with it.
Source of the ten days: 34 CFR 300.530(b)-(c), 300.536.
"""

from __future__ import annotations

from datetime import date

MOST_DAYS = 60
"""Days held; the oldest go first. A third of a school year."""

MOST_LISTED = 10
"""Days that a text lists, the latest: a longer list would not fit."""

SATURDAY = 5


def is_school_day(day: date) -> bool:
    """Return whether a school may be open on this day of the week."""
    return day.weekday() < SATURDAY


def with_day(days: tuple[str, ...], day: str) -> tuple[str, ...]:
    """Return the days, as 2026-11-23, with one more, which is then the last of them. One that was there is moved."""
    return (*(each for each in days if each != day), day)[-MOST_DAYS:]


def school_days(days: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the days that count. The others stay beside them, so that BACK takes off what was told last."""
    return tuple(day for day in days if is_school_day(date.fromisoformat(day)))


def listed(days: tuple[str, ...]) -> str:
    """Return the latest of the days in the calendar's order, with a blank between."""
    return " ".join(sorted(days)[-MOST_LISTED:])


def part_for(days: tuple[str, ...], marks: tuple[int, ...]) -> str:
    """Return which part of a statement is said at so many days: at_8 for 8 and 9, where `marks` has 8 and 10. At none it is at_0.

    Below the first mark it is "text".
    """
    if not days:
        return "at_0"
    reached = [mark for mark in marks if 0 < mark <= len(days)]
    return f"at_{max(reached)}" if reached else "text"
