"""Office hours of the center: OFFICE_HOURS and HOLIDAYS, in the center's time zone.

Rule 1: hours are local wall-clock time, so daylight saving time does not shift them.
Rule 2: a span ends on the day that it begins, at 24:00 at the latest.
Rule 3: on a holiday the center is closed, regardless of the hours.
Pure: the time is passed in, and parsers raise errors as in `setting_types`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

COUNTRY: Final = "US"
"""Calendar of the federal holidays."""

NO_HOLIDAYS: Final = ""
"""Calendar without holidays."""

DAY_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORTEST_DAY_NAME: Final = 3

DAYS: Final = r"[a-z]+(?: ?- ?[a-z]+)?"
HOURS: Final = r"\d{1,2}:\d{2} ?- ?\d{1,2}:\d{2}"
CLAUSE: Final = re.compile(rf"({DAYS}(?: ?, ?{DAYS})*) ({HOURS}(?: ?, ?{HOURS})*)")
"""Days, then hours: "mon-thu, sat 9:00-12:00, 13:00-17:00"."""

TWELVE_HOURS: Final = re.compile(r"(?<![\d:.])(1[0-2]|0?[1-9])(?:[:.]([0-5]\d))? ?([ap])\.? ?m\b\.?")
"""A time such as "9am", "5.30 pm" or "9 a. m."."""

AS_WRITTEN: Final = (
    (re.compile(r"\bfrom\b"), ""),
    (re.compile(r"[–—]|\b(?:to|through|thru|until|till)\b"), "-"),
    (re.compile(r"&|\band\b"), ","),
    (re.compile(r"\bweekdays\b"), "mon-fri"),
    (re.compile(r"\b(?:12 )?noon\b"), "12:00"),
    (re.compile(r"(?<=[a-z])(?: ?:| ?,)(?= *\d)"), " "),
    (re.compile(r"(?<=\d)\.(?=\d\d\b)"), ":"),
)
"""What people write for the signs of CLAUSE: "Monday to Friday: 9.30-17.00"."""

ANOTHER_DAY: Final = re.compile(r"(?<=\d) *,(?= *[a-z])")
"""A comma between hours and the next day, which people write for a semicolon."""

MINUTES_OF_A_DAY: Final = 24 * 60

RIGHT_HOURS: Final = "must be days and 24-hour times, such as Mon-Fri 9:00-17:00; Sat 10:00-12:00"
RIGHT_ORDER: Final = (
    "must end each span after it begins: 5 in the afternoon is 17:00, "
    "and hours past midnight are two spans, Fri 22:00-24:00; Sat 0:00-2:00"
)
RIGHT_CALENDAR: Final = "must be US for the federal holidays, a state's code such as CA, or no for none"


@dataclass(frozen=True, slots=True)
class Span:
    """Hours on one weekday, with Monday as 0. In minutes after midnight; `closes` is exclusive."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A range of days on which a center chooses to close, both ends included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When the center is staffed; never, without spans. `holidays` is "US", the code of a state, or "" for none."""

    spans: tuple[Span, ...]
    time_zone: ZoneInfo
    holidays: str = COUNTRY
    closed: tuple[Closed, ...] = ()

    def open_at(self, moment: datetime) -> bool:
        """Check whether the center is staffed at this moment, which must be timezone-aware."""
        local = moment.astimezone(self.time_zone)
        minute = local.hour * 60 + local.minute
        in_hours = any(s.weekday == local.weekday() and s.opens <= minute < s.closes for s in self.spans)
        return in_hours and not self._is_closed(local.date())

    def opening(self, moment: datetime) -> datetime | None:
        """Return the moment if the center is open then, else the next opening; None without spans."""
        if self.open_at(moment):
            return moment
        local = moment.astimezone(self.time_zone)
        longest = LONGEST_CLOSED + sum(
            (c.last - c.first + timedelta(days=8) for c in self.closed), timedelta()
        )
        for days in range(longest.days + 1):
            day = local.date() + timedelta(days=days)
            if self._is_closed(day):
                continue
            minutes = sorted(span.opens for span in self.spans if span.weekday == day.weekday())
            opens = (datetime.combine(day, time(*divmod(each, 60)), self.time_zone) for each in minutes)
            if found := next((each for each in opens if each > moment), None):
                return found
        return None

    def _is_closed(self, day: date) -> bool:
        own = any(each.first <= day <= each.last for each in self.closed)
        return own or day in holidays_of(self.holidays, day.year)

    def working_day_after(self, moment: datetime) -> datetime | None:
        """Return when a request from this moment has waited for one working day.

        That is the same time on the next working day, counted from when staff could first see it. None
        without spans.
        """
        seen = self.opening(moment)
        if seen is None:
            return None
        local = seen.astimezone(self.time_zone)
        tomorrow = datetime.combine(local.date() + timedelta(days=1), time(), self.time_zone)
        opens = self.opening(tomorrow)
        if opens is None:
            return None
        return max(opens, datetime.combine(opens.date(), local.time(), self.time_zone))


LONGEST_CLOSED: Final = timedelta(days=21)
"""The longest time between two openings: open one day a week, with a holiday on that day twice in a row."""


def read_spans(text: str) -> tuple[Span, ...]:
    """Parse OFFICE_HOURS, such as "Mon-Fri 9:00-17:00; Sat 10:00-12:00" or "Monday to Friday 9 am to 5 pm".

    Raise ValueError, whose message continues a sentence after "it" and says what the value must be.
    """
    written = TWELVE_HOURS.sub(_twenty_four, text.casefold())
    for found, meant in AS_WRITTEN:
        written = found.sub(meant, written)
    written = ANOTHER_DAY.sub(";", written)
    clauses = [" ".join(clause.split()) for clause in written.split(";")]
    spans = [span for clause in clauses if clause for span in _clause(clause)]
    if not spans:
        raise ValueError(RIGHT_HOURS)
    return tuple(spans)


def _twenty_four(found: re.Match[str]) -> str:
    """Return a time on a 24-hour clock."""
    hour = int(found[1]) % 12 + (12 if found[3] == "p" else 0)
    return f"{hour}:{found[2] or '00'}"


def written_spans(spans: tuple[Span, ...]) -> str:
    """Return spans as text that `read_spans` parses, with consecutive days of the same hours combined."""
    hours = {
        day: ", ".join(
            f"{_written_minute(s.opens)}-{_written_minute(s.closes)}" for s in spans if s.weekday == day
        )
        for day in range(len(DAY_NAMES))
    }
    clauses: list[tuple[list[int], str]] = []
    for day, written in hours.items():
        if written and clauses and clauses[-1][0][-1] == day - 1 and clauses[-1][1] == written:
            clauses[-1][0].append(day)
        elif written:
            clauses.append(([day], written))
    return "; ".join(f"{_written_days(days)} {written}" for days, written in clauses)


def _written_days(days: list[int]) -> str:
    first, last = (DAY_NAMES[day][:SHORTEST_DAY_NAME].capitalize() for day in (days[0], days[-1]))
    return first if first == last else f"{first}-{last}"


def _written_minute(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def read_calendar(text: str) -> str:
    """Parse HOLIDAYS: "US", the code of a state, or "no", which returns "". Raise ValueError."""
    if text.casefold() == "no":
        return NO_HOLIDAYS
    from holidays import list_supported_countries  # takes 60 ms, and most commands need no holidays

    if text.upper() not in (COUNTRY, *list_supported_countries()[COUNTRY]):
        raise ValueError(RIGHT_CALENDAR)
    return text.upper()


def _clause(clause: str) -> Iterator[Span]:
    found = CLAUSE.fullmatch(clause)
    if not found:
        raise ValueError(RIGHT_HOURS)
    for days, hours in product(found[1].split(","), found[2].split(",")):
        opens, closes = map(_minute, hours.split("-"))
        if opens >= closes:
            raise ValueError(RIGHT_ORDER)
        first, *last = map(_weekday, days.split("-"))
        for day in range(first, first + (last[0] - first) % 7 + 1 if last else first + 1):
            yield Span(day % 7, opens, closes)


def _weekday(name: str) -> int:
    name = name.strip()
    if len(name) >= SHORTEST_DAY_NAME:
        for weekday, day in enumerate(DAY_NAMES):
            if day.startswith(name):
                return weekday
    raise ValueError(RIGHT_HOURS)


def _minute(written: str) -> int:
    """Return a time of day such as "9:00" or "24:00" in minutes after midnight."""
    hour, minute = map(int, written.split(":"))
    if minute >= 60 or hour * 60 + minute > MINUTES_OF_A_DAY:
        raise ValueError(RIGHT_HOURS)
    return hour * 60 + minute


@lru_cache(maxsize=8)
def holidays_of(calendar: str, year: int) -> dict[date, str]:
    """Return the holidays of a year with their names, including the days observed for those on a weekend.

    `calendar` is COUNTRY for the federal holidays, the code of a state, or NO_HOLIDAYS, which has none.
    """
    if calendar == NO_HOLIDAYS:
        return {}
    from holidays import country_holidays  # see read_calendar

    subdivision = None if calendar == COUNTRY else calendar
    return dict(country_holidays(COUNTRY, subdiv=subdivision, years=year))


USUAL: Final = read_spans("Mon-Fri 9:00-17:00")
"""Hours to use if none are set."""
