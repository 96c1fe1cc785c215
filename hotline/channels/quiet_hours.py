"""Quiet hours: a text that we initiate may arrive only from 9:00 to 20:00, wherever the phone may be.

A number shows where it was assigned, not where the phone is, and an area code or a state may span two time
zones. The law refers to the called party's location (47 CFR 64.1200(c)(1): 8 a.m. to 9 p.m. there).

Rule 1: a text waits until the time is allowed in every zone of the number, of the state of its area code,
        and of the state that the parent named.
Rule 2: if those have no allowed time in common on this day, only the state that the parent named counts.
Rule 3: if nothing is known, the hours are 14:00 to 20:00 Eastern, which is daytime from Maine to Hawaii.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers.timezone import time_zones_for_number

from hotline.channels.area_codes import STATE_OF
from hotline.conversation.book.book import Book

OPENS, CLOSES = time(9), time(20)
NORTH_AMERICA, NORTH_AMERICAN_LENGTH = 1, len("+15105550100")
UNKNOWN_OPENS, UNKNOWN_ZONE = time(14), ZoneInfo("America/New_York")
STEP = timedelta(minutes=15)
DAY = timedelta(days=1)
LONGEST_WAIT = timedelta(days=2)
"""An upper bound: the zones of one state or number are never half a day apart."""

Zones = tuple[ZoneInfo, ...]


def zones_named(book: Book, code: str) -> Zones:
    """Return the time zones of the state with this code; empty if there is none."""
    state = book.places.states.get(code)
    return tuple(map(ZoneInfo, state.zones)) if state else ()


def zones_of_area(book: Book, number: str) -> Zones:
    """Return the time zones of the state of an E.164 number's area code; empty if unknown."""
    code = number[2:5] if number.startswith("+1") and len(number) == NORTH_AMERICAN_LENGTH else ""
    return zones_named(book, STATE_OF.get(code, ""))


@lru_cache(maxsize=4096)
def zones(number: str) -> Zones:
    """Return the time zones that an E.164 number may be in; empty if unknown.

    A toll-free number counts as unknown: the library lists all zones from Guam to Newfoundland for it.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ()  # such as a short code
    if parsed.country_code == NORTH_AMERICA and not phonenumbers.is_number_geographical(parsed):
        return ()
    names = time_zones_for_number(parsed)
    return tuple(ZoneInfo(name) for name in names if name != "Etc/Unknown")


def may_text(number: str, at: datetime, home: Zones = (), area: Zones = ()) -> bool:
    """Check whether a text may arrive at this moment.

    `home` is the zones of the state that the parent named, `area` those of the area code's state.
    """
    known = tuple(dict.fromkeys((*zones(number), *area, *home)))
    if not known:
        return UNKNOWN_OPENS <= at.astimezone(UNKNOWN_ZONE).time() < CLOSES
    if home and not _meet(known, at.astimezone(UTC).date()):
        return _open(home, at)
    return _open(known, at)


def likely_zone(number: str, home: Zones, area: Zones) -> ZoneInfo:
    """Return the zone to take the date from: of the parent's state, else of the number."""
    return next(iter((*home, *area, *zones(number))), UNKNOWN_ZONE)


def next_moment(number: str, at: datetime, home: Zones = (), area: Zones = ()) -> datetime:
    """Return the first quarter hour after `at` when a text may arrive; `at` itself if allowed then."""
    if may_text(number, at, home, area):
        return at
    moment = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
    for _ in range(LONGEST_WAIT // STEP):
        moment += STEP
        if may_text(number, moment, home, area):
            return moment
    return at + LONGEST_WAIT


def _open(known: Zones, at: datetime) -> bool:
    return all(OPENS <= at.astimezone(zone).time() < CLOSES for zone in known)


@lru_cache(maxsize=4096)
def _meet(known: Zones, day: date) -> bool:
    """Check whether on this UTC day there is a time that is allowed in all these zones."""
    midnight = datetime.combine(day, time(), UTC)
    return any(_open(known, midnight + quarter * STEP) for quarter in range(DAY // STEP))
