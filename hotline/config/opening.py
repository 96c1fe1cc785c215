"""When the center is open, which phones ring, and what parents hear on a day when it is closed.

The settings are the defaults (OFFICE_HOURS, HOLIDAYS, STAFF_NUMBER); the desk changes them with the same
validation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

import phonenumbers

from hotline.config.office_hours import (
    USUAL,
    Closed,
    OfficeHours,
    Span,
    read_calendar,
    read_spans,
    written_spans,
)
from hotline.config.setting_types import RIGHT_NUMBER
from hotline.config.setting_types import name as read_name
from hotline.config.setting_types import number as read_number
from hotline.config.settings import Settings

MOST_STAFF: Final = 5
"""Maximum phones that ring at once; Twilio dials at most ten."""

MOST_CLOSED: Final = 20
LONGEST_CLOSED_DAYS: Final = 120
"""Maximum days of one closure: a summer. A longer one is a typo in the year."""

LONGEST_WORDS: Final = 160
"""Maximum characters of the notice for a closed day, which precedes the actual answer."""

RIGHT_WORDS: Final = "must be one line of at most 160 characters, without { and }"
RIGHT_CLOSED: Final = (
    "must be a first day and a last day, at most 120 days apart, such as 2026-12-24 and 2027-01-01"
)
RIGHT_NAME: Final = "must be a name, without { and }"
RIGHT_STAFF: Final = "is the number of the hotline itself: it would call itself"
RIGHT_PRICE: Final = "is a number that costs extra to call, such as a 900 number"


@dataclass(frozen=True, slots=True)
class StaffNumber:
    """A staff phone. Without `spans` it rings during office hours; without `languages`, for every language."""

    number: str
    spans: tuple[Span, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """When the center is open, and which phones ring.

    `closed_on` is an extra day off, and `words` the notice for parents then, as (language, text) pairs; there
    may be none.
    """

    spans: tuple[Span, ...]
    holidays: str
    staff: tuple[StaffNumber, ...] = ()
    closed: tuple[Closed, ...] = ()
    closed_on: date | None = None
    words: tuple[tuple[str, str], ...] = ()
    center_name: str = ""
    """The name of the center; "" for that of the settings. `center_phone` likewise."""
    center_phone: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the opening that the settings define."""
        staff = (StaffNumber(settings.staff_number),) if settings.staff_number else ()
        return cls(settings.office_hours, settings.holidays, staff)

    def applied(self, settings: Settings) -> Settings:
        """Return the settings with the center's name and phone that are in force."""
        name, phone = self.center_name or settings.center_name, self.center_phone or settings.center_phone
        if (name, phone) == (settings.center_name, settings.center_phone):
            return settings
        return replace(settings, center_name=name, center_phone=phone)

    def hours(self, zone: ZoneInfo) -> OfficeHours:
        """Return the hours in which staff can be notified; USUAL if none are set."""
        return OfficeHours(self.spans or USUAL, zone, self.holidays, self._closed)

    def on_duty(self, moment: datetime, zone: ZoneInfo) -> tuple[StaffNumber, ...]:
        """Return the phones that may ring at this moment, which must be timezone-aware."""
        hours = (
            (each, OfficeHours(each.spans or self.spans, zone, self.holidays, self._closed))
            for each in self.staff
        )
        return tuple(each for each, its_hours in hours if its_hours.open_at(moment))

    def is_closed_on(self, day: date) -> bool:
        """Check whether the staff closed this day at the desk (`closed_on`)."""
        return self.closed_on == day

    def closed_words(self, day: date) -> tuple[tuple[str, str], ...]:
        """Return the notice for parents on this day, as (language, text) pairs."""
        return self.words if self.is_closed_on(day) else ()

    @property
    def _closed(self) -> tuple[Closed, ...]:
        return (*self.closed, Closed(self.closed_on, self.closed_on)) if self.closed_on else self.closed

    def as_json(self) -> str:
        """Return this as one line of JSON, with hours in the notation of the settings."""
        return json.dumps(
            {
                "hours": written_spans(self.spans),
                "holidays": self.holidays or "no",
                "staff": [
                    {"number": s.number, "hours": written_spans(s.spans), "languages": list(s.languages)}
                    for s in self.staff
                ],
                "closed": [[each.first.isoformat(), each.last.isoformat()] for each in self.closed],
                "closed_on": self.closed_on.isoformat() if self.closed_on else "",
                "words": dict(self.words),
                "center": [self.center_name, self.center_phone],
            }
        )

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Parse the output of `as_json`. Raise ValueError."""
        read: Mapping[str, Any] = json.loads(line)
        center = read.get("center") or ("", "")
        return cls(
            spans=read_spans(read["hours"]) if read["hours"] else (),
            holidays=read_calendar(read["holidays"]),
            staff=tuple(
                StaffNumber(
                    read_number(s["number"]),
                    read_spans(s["hours"]) if s["hours"] else (),
                    tuple(s["languages"]),
                )
                for s in read["staff"]
            ),
            closed=tuple(read_closed(first, last) for first, last in read["closed"]),
            closed_on=date.fromisoformat(read["closed_on"]) if read["closed_on"] else None,
            words=tuple(read["words"].items()),
            center_name=str(center[0]),
            center_phone=read_number(center[1]) if center[1] else "",
        )


def read_closed(first: str, last: str) -> Closed:
    """Return a closure from two days such as 2026-12-24; an empty `last` means one day.

    Raise ValueError, whose message continues a sentence after "it".
    """
    try:
        closed = Closed(date.fromisoformat(first), date.fromisoformat(last or first))
    except ValueError:
        raise ValueError(RIGHT_CLOSED) from None
    if not timedelta() <= closed.last - closed.first <= timedelta(days=LONGEST_CLOSED_DAYS):
        raise ValueError(RIGHT_CLOSED)
    return closed


def read_words(words: str) -> str:
    """Return the normalized notice for a closed day. Raise ValueError as `read_closed` does."""
    found = " ".join(words.split())
    if len(found) > LONGEST_WORDS or not found.isprintable() or "{" in found or "}" in found:
        raise ValueError(RIGHT_WORDS)
    return found


def read_center_name(written: str) -> str:
    """Return a name of the center: one line, without { and }. Raise ValueError with the rule."""
    found = read_name(" ".join(written.split()))
    if not found or "{" in found or "}" in found:
        raise ValueError(RIGHT_NAME)
    return found


def read_staff_number(written: str, settings: Settings) -> str:
    """Return a staff number in E.164; ten digits are a US number. Raise ValueError as `read_closed` does."""
    digits = "".join(sign for sign in written if sign not in " -.()")
    number = read_number(f"+1{digits}" if len(digits) == len("5105550199") and digits.isdigit() else digits)
    if number in settings.hotline_numbers:
        raise ValueError(RIGHT_STAFF)
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:  # no country has this code
        raise ValueError(RIGHT_NUMBER) from None
    if kind == phonenumbers.PhoneNumberType.PREMIUM_RATE:
        raise ValueError(RIGHT_PRICE)
    return number


def closed_today(opening: Opening, day: date, words: Mapping[str, str]) -> Opening:
    """Return this opening, closed on this day with this notice. Raise ValueError."""
    read = ((language, read_words(each)) for language, each in words.items())
    return replace(opening, closed_on=day, words=tuple((language, each) for language, each in read if each))


def reopened(opening: Opening) -> Opening:
    """Return this opening without its extra day off."""
    return replace(opening, closed_on=None, words=())
