"""Days on which no planned text is sent: federal holidays, and days when every school is closed.

Reminders are about the school, which is closed on these days while the parent has the family at home. Districts
differ; only days that are off everywhere count: December 24 to January 1, and the day after Thanksgiving.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hotline.config.office_hours import COUNTRY, holidays_of

WINTER_BEGINS, WINTER_ENDS = (12, 24), (1, 1)
"""First and last day (month, day) of the winter break that all schools have."""

THANKSGIVING = "Thanksgiving"
DAY = timedelta(days=1)


def is_off(day: date) -> bool:
    """Check whether a day is a federal holiday, or off in all schools."""
    in_winter = (day.month, day.day) >= WINTER_BEGINS or (day.month, day.day) <= WINTER_ENDS
    return in_winter or day in _days_off(day.year)


def after_holidays(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment if its day in `zone` is not off, else the midnight when the next such day begins."""
    day = moment.astimezone(zone).date()
    if not is_off(day):
        return moment
    while is_off(day):
        day += DAY
    return datetime.combine(day, time(), zone)


@lru_cache(maxsize=8)
def _days_off(year: int) -> frozenset[date]:
    federal = holidays_of(COUNTRY, year)
    fridays = (day + DAY for day, name in federal.items() if THANKSGIVING in name)
    return frozenset((*federal, *fridays))
