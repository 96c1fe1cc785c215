"""When a text that we start may arrive: from 9:00 to 20:00 wherever the phone may be.

A number tells where it was handed out, not where the phone is, and an area code or a state may lie in two time
zones. The law speaks of the called party's location (47 CFR 64.1200(c)(1): 8 to 21 o'clock there).

Rule 1: a text waits until the hour is right in every zone of the number, of the state whose area code it has, and of the
        state that the parent named.
Rule 2: where those have no hour in common on this day, the state that the parent named counts: they told us.
Rule 3: where nothing is known, 14:00 to 20:00 Eastern: that is daytime from Maine to Hawaii.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers.timezone import time_zones_for_number

from hotline.conversation.book.states import Book
from hotline.conversation.engine.conditions import home_state
from hotline.conversation.model.session import Session
from workers.area_codes import STATE_OF

OPENS, CLOSES = time(9), time(20)
NORTH_AMERICA, NORTH_AMERICAN_LENGTH = 1, len("+15105550100")
UNKNOWN_OPENS, UNKNOWN_ZONE = time(14), ZoneInfo("America/New_York")
STEP = timedelta(minutes=15)
DAY = timedelta(days=1)
LONGEST_WAIT = timedelta(days=2)
"""By then a right moment has come: the zones of one state, or of one number, are never half a day apart."""

Zones = tuple[ZoneInfo, ...]


def zones_of_state(book: Book, session: Session) -> Zones:
    """The time zones of the state that the parent named; empty when they named none."""
    state = book.places.states.get(home_state(book, session) or "")
    return tuple(map(ZoneInfo, state.zones)) if state else ()


def zones_of_area(book: Book, number: str) -> Zones:
    """Return the time zones of the state whose area code this number in E.164 has; empty when it has none."""
    code = number[2:5] if number.startswith("+1") and len(number) == NORTH_AMERICAN_LENGTH else ""
    state = book.places.states.get(STATE_OF.get(code, ""))
    return tuple(map(ZoneInfo, state.zones)) if state else ()


@lru_cache(maxsize=4096)
def zones(number: str) -> Zones:
    """The time zones that a number in E.164 may be in; empty when nothing is known, as of a toll-free
    number, for which the library lists all zones from Guam to Newfoundland.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ()  # a short code, say
    if parsed.country_code == NORTH_AMERICA and not phonenumbers.is_number_geographical(parsed):
        return ()
    names = time_zones_for_number(parsed)
    return tuple(ZoneInfo(name) for name in names if name != "Etc/Unknown")


def may_text(number: str, at: datetime, home: Zones = (), area: Zones = ()) -> bool:
    """Whether a text may arrive at this moment. `home` are the zones of the state that the parent named, `area` those
    of the state of the area code.
    """
    known = tuple(dict.fromkeys((*zones(number), *area, *home)))
    if not known:
        return UNKNOWN_OPENS <= at.astimezone(UNKNOWN_ZONE).time() < CLOSES
    if home and not _meet(known, at.astimezone(UTC).date()):
        return _open(home, at)
    return _open(known, at)


def next_moment(number: str, at: datetime, home: Zones = (), area: Zones = ()) -> datetime:
    """The first quarter hour, from `at` on, when a text may arrive; `at` itself if it may now."""
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
    """Whether on this day, in UTC, there is a moment at which it is daytime in all of them."""
    midnight = datetime.combine(day, time(), UTC)
    return any(_open(known, midnight + quarter * STEP) for quarter in range(DAY // STEP))
