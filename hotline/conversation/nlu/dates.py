"""A day that a person named: "today", "yesterday", "Monday", "9/14", "Sept 14", "14 de septiembre".

Rule 1: a day in the past or today, never in the future; the latest that fits.
Rule 2: refuse to guess: two days named are none.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from hotline.conversation.nlu.normalize import normalise

MONTHS = "january february march april may june july august september october november december".split()
SPANISH_MONTHS = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
)
MONTH = "|".join(
    rf"{name[:3]}(?:{name[3:4]}(?:{name[4:]})?)?" if name[3:] else name for name in (*MONTHS, *SPANISH_MONTHS)
)
"""Each month in full, or its first three or four letters; "martes" is none."""
WEEKDAYS = "mon tue wed thu fri sat sun".split()
SPANISH_WEEKDAYS = "lun mar mie jue vie sab dom".split()
RELATIVE = {
    "today": 0,
    "hoy": 0,
    "just now": 0,
    "yesterday": 1,
    "ayer": 1,
    "last night": 1,
    "anoche": 1,
    "anteayer": 2,
    "antier": 2,
    "last week": 7,
    "a week ago": 7,
    "la semana pasada": 7,
    "hace una semana": 7,
}
"""Words for a day, and how many days back it is."""

FIGURES = re.compile(r"(?<!\d)(\d{1,2})[/\-.](\d{1,2})(?:[/\-.](\d{2,4}))?(?!\d)")
MONTH_DAY = re.compile(rf"\b({MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?\b")
DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:de |of )?({MONTH})\b")
AGO = re.compile(r"\b(?:(\d{1,2}) days? ago|hace (\d{1,2}) dias?)\b")
WEEKDAY = re.compile(
    r"\b(mon|tues|wednes|thurs|fri|satur|sun)(?:day)\b|\b(lunes|martes|miercoles|jueves|viernes|sabado|domingo)\b"
)

OLDEST = timedelta(days=365)
"""A date further back is a slip, or not what the reminders are for."""
OLDEST_WITHOUT_YEAR = timedelta(days=150)
"""Without its year, a date so far back is rather one to come: "12/5" in November."""

NOT_A_DAY = re.compile(
    r"\b(?:not|no|never|havent|hasnt|didnt|dont|will|wont|next|tomorrow|maybe|going to|"
    r"todavia|aun|manana|proximo|proxima|voy|tal vez|quizas)\b"
)
"""Words of a day that has not come, or did not."""


def read_day(text: str, today: date) -> date | None:
    """The day that `text` names, seen from `today`; None when that is not sure."""
    plain = normalise(text)
    if NOT_A_DAY.search(plain):
        return None
    found = {
        *_in_figures(text, today),
        *(_of(today, _month(m[1]), int(m[2])) for m in MONTH_DAY.finditer(plain)),
        *(_of(today, _month(m[2]), int(m[1])) for m in DAY_MONTH.finditer(plain)),
        *(today - timedelta(days=int(m[1] or m[2])) for m in AGO.finditer(plain)),
    }
    if not found:
        found = {_weekday(m[0][:3], today) for m in WEEKDAY.finditer(plain)}
    if not found:
        found = {
            today - timedelta(days=back) for words, back in RELATIVE.items() if f" {words} " in f" {plain} "
        }
    found.discard(None)
    day = found.pop() if len(found) == 1 else None
    return day if day is not None and today - OLDEST <= day <= today else None


def _in_figures(text: str, today: date) -> set[date | None]:
    """9/14, 9-14 or 9/14/26: month first, as in the US."""
    days = set()
    for month, day, year in FIGURES.findall(text):
        days.add(_of(today, int(month), int(day), int(year) % 100 + 2000 if year else None))
    return days


def _of(today: date, month: int, day: int, year: int | None = None) -> date | None:
    """That day of the year given, or the last time it came round."""
    try:
        if year:
            return date(year, month, day)
        this_year = date(today.year, month, day)
        last = this_year if this_year <= today else date(today.year - 1, month, day)
        return last if today - last <= OLDEST_WITHOUT_YEAR else None
    except ValueError:
        return None


def _month(name: str) -> int:
    months = MONTHS if any(month.startswith(name) for month in MONTHS) else SPANISH_MONTHS
    return next(n for n, month in enumerate(months, 1) if month.startswith(name))


def _weekday(name: str, today: date) -> date:
    """The last day of that name; today if it is one."""
    weekdays = WEEKDAYS if name in WEEKDAYS else SPANISH_WEEKDAYS
    return today - timedelta(days=(today.weekday() - weekdays.index(name)) % 7)
