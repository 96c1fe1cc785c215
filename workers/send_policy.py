"""Decides when a text that we initiate may be sent, by the consent question's promise and by courtesy.

Rule 1: only from 9:00 to 20:00 where the phone may be, judged by its number and the state that the parent
        named, except for an immediate reply to the person's own yes.
Rule 2: one planned text a day, and 12 in 90 days; none on a federal holiday, nor on a day when every school
        is closed. Reminders are about the school, which is closed on these days while the parent has the family at
        home. Districts differ; only days that are off everywhere count (`is_day_off`).
Rule 3: a person who is in the middle of a conversation is not interrupted.
Rule 4: texts that waited for the morning are spread over its first hour.
Rule 5: a text that the person requested individually is not part of the series: only Rule 1 applies.
Rule 6: caller ID can be spoofed, and then texts requested in a call go to another person's phone. So at
        most MOST_WANTED a day of those requested in calls are sent, and texts of the series that are sent
        at once count toward the 12.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hotline.channels.quiet_hours import (
    Zones,
    likely_zone,
    may_text,
    next_moment,
    zones_named,
    zones_of_area,
)
from hotline.config.office_hours import COUNTRY, holidays_of
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Place
from hotline.conversation.model.session import Session
from hotline.store.followup_record import Claimed, spread

IN_CONVERSATION = timedelta(minutes=30)
"""How long a person is not interrupted, and how long an immediate text still counts as one."""
BETWEEN = timedelta(hours=20)
"""Minimum time between planned texts; under a day, so that they can be sent at the same hour."""
FIRST_HOUR = timedelta(hours=1)
"""Spread of the texts that waited for the morning."""
PROMISED, PROMISED_WITHIN = 12, timedelta(days=90)
"""The promise in the consent question: up to 12 texts in 90 days."""

MOST_WANTED, WANTED_WITHIN = 12, timedelta(days=1)
"""Limit of texts requested in calls: more than a parent needs, but no flood for a spoofed number."""

NEWS_FOR = timedelta(days=1)

Sent = Callable[[], tuple[datetime, ...]]
"""Returns when the texts of the series were sent, oldest first. Called only if needed."""


def next_try(
    book: Book, claimed: Claimed, number: str, session: Session, sent: Sent, now: datetime
) -> datetime | None:
    """Return when to try a reminder again, or None if it may be sent now."""
    if claimed.one_text:
        at_once = claimed.first_due <= claimed.asked
    else:
        at_once = book.reminders[claimed.reminder].after == timedelta()
    if (
        at_once
        and not is_too_late_reply(claimed, now)
        and (claimed.one_text or _within_promise(sent(), now) <= now)
    ):
        return None  # a direct reply to the person's own yes
    where = (zones_named(book, book.home(session)), zones_of_area(book, number))
    if not claimed.one_text and (resumes := after_holidays(now, likely_zone(number, *where))) > now:
        return _opening(claimed, number, where, resumes)
    if not may_text(number, now, *where):
        return _opening(claimed, number, where, now)
    if claimed.one_text:
        return None
    if (promised := next_time_as_promised(sent(), now)) > now:
        return _opening(claimed, number, where, promised)
    if at_once or session.state == Place.REST or session.seen is None:
        return None
    undisturbed = session.seen + IN_CONVERSATION
    return undisturbed if undisturbed > now else None


def next_try_of_staff_text(
    book: Book, claimed: Claimed, number: str, home: str, now: datetime
) -> datetime | None:
    """Return when a text of the staff may be sent, None if now (Rule 1). `home` is a state's code or ""."""
    where = (zones_named(book, home), zones_of_area(book, number))
    return None if may_text(number, now, *where) else _opening(claimed, number, where, now)


def is_outdated_callback_text(claimed: Claimed, now: datetime) -> bool:
    """Check whether "we tried to call you" is no longer news."""
    return now - claimed.first_due >= NEWS_FOR


def is_too_late_reply(claimed: Claimed, now: datetime) -> bool:
    """Check whether an immediate text is too late to be a reply to the person's own yes."""
    return now - claimed.first_due >= IN_CONVERSATION


def next_time_as_promised(sent: tuple[datetime, ...], now: datetime) -> datetime:
    """Return the earliest time from `now` on when one more text keeps the promised limits."""
    earliest = max(now, sent[-1] + BETWEEN) if sent else now
    return max(earliest, _within_promise(sent, now))


def has_reached_requested_limit(wanted: tuple[datetime, ...], now: datetime) -> bool:
    """Check whether the limit of texts requested in calls is reached. `wanted` is when they were sent."""
    return sum(now - at < WANTED_WITHIN for at in wanted) >= MOST_WANTED


def _within_promise(sent: tuple[datetime, ...], now: datetime) -> datetime:
    """Return the earliest time from `now` on when one more text stays within 12 in 90 days."""
    return max(now, sent[-PROMISED] + PROMISED_WITHIN) if len(sent) >= PROMISED else now


def _opening(claimed: Claimed, number: str, where: tuple[Zones, Zones], at: datetime) -> datetime:
    """Return the earliest allowed time from `at` on, plus a part of the first hour if it is later."""
    first = next_moment(number, at, *where)
    if not claimed.one_text:
        while (resumes := after_holidays(first, likely_zone(number, *where))) > first:
            first = next_moment(number, resumes, *where)
    if first == at:
        return first
    return first + timedelta(seconds=int(spread(claimed.id, FIRST_HOUR).total_seconds()))


WINTER_BEGINS, WINTER_ENDS = (12, 24), (1, 1)
"""First and last day (month, day) of the winter break that all schools have."""

THANKSGIVING = "Thanksgiving"
DAY = timedelta(days=1)


def is_day_off(day: date) -> bool:
    """Check whether a day is a federal holiday, or off in all schools."""
    in_winter = (day.month, day.day) >= WINTER_BEGINS or (day.month, day.day) <= WINTER_ENDS
    return in_winter or day in _days_off(day.year)


def after_holidays(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment if its day in `zone` is not off, else the midnight when the next such day begins."""
    day = moment.astimezone(zone).date()
    if not is_day_off(day):
        return moment
    while is_day_off(day):
        day += DAY
    return datetime.combine(day, time(), zone)


@lru_cache(maxsize=8)
def _days_off(year: int) -> frozenset[date]:
    federal = holidays_of(COUNTRY, year)
    fridays = (day + DAY for day, name in federal.items() if THANKSGIVING in name)
    return frozenset((*federal, *fridays))
