"""When a text that we start may arrive: from 9:00 to 20:00 wherever the phone may be.

A number tells where it was handed out, not where the phone is, and an area code may lie in two time
zones; so a text waits until the hour is right in all of them. Where nothing is known, 14:00 to 20:00
Eastern: that is daytime from Maine to Hawaii. Stricter than 47 CFR 64.1200(c)(1) (8 to 21 o'clock).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers.timezone import time_zones_for_number

OPENS, CLOSES = time(9), time(20)
NORTH_AMERICA = 1
UNKNOWN_OPENS, UNKNOWN_ZONE = time(14), ZoneInfo("America/New_York")
STEP = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=2)
"""No two zones of one number are so far apart that their days never meet."""


@lru_cache(maxsize=4096)
def zones(number: str) -> tuple[ZoneInfo, ...]:
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


def may_text(number: str, at: datetime) -> bool:
    """Whether a text may arrive at this moment."""
    known = zones(number)
    if not known:
        return UNKNOWN_OPENS <= at.astimezone(UNKNOWN_ZONE).time() < CLOSES
    return all(OPENS <= at.astimezone(zone).time() < CLOSES for zone in known)


def next_moment(number: str, at: datetime) -> datetime:
    """The first quarter hour, from `at` on, when a text may arrive; `at` itself if it may now."""
    if may_text(number, at):
        return at
    moment = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
    for _ in range(LONGEST_WAIT // STEP):
        moment += STEP
        if may_text(number, moment):
            return moment
    return at + LONGEST_WAIT
