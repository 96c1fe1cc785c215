"""When a text that we start may leave: what the question for consent promised, and what courtesy asks.

Rule 1: between 9:00 and 20:00 where the phone may be, by its number and by the state that the parent named, but for
        what answers the person's own yes at once.
Rule 2: one planned text a day, and 12 in 90 days.
Rule 3: nobody who is in the middle of something is interrupted.
Rule 4: those that waited for the morning leave over its first hour.
Rule 5: a text that the person agreed to by itself is none of the series: Rule 1 alone counts for it.
Rule 6: who calls can show any number, and then the texts that they ask for come to somebody else's phone. So no more
        than MOST_WANTED a day are sent of those that are asked for in calls; and what is sent at once, of the series,
        counts as one of the 12.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hotline.conversation.book.states import Book, Place
from hotline.conversation.model.session import Session
from hotline.store.followup_record import Claimed, share
from workers.quiet_hours import Zones, may_text, next_moment, zones_of_area, zones_of_state

IN_CONVERSATION = timedelta(minutes=30)
"""Somebody who wrote or called so recently is not interrupted; and what was to come at once is no longer at
once after that."""
BETWEEN = timedelta(hours=20)
"""At most one planned text a day; a little under one, so that the hour of the day can stay."""
FIRST_HOUR = timedelta(hours=1)
"""Over which those leave that waited for the morning."""
PROMISED, PROMISED_WITHIN = 12, timedelta(days=90)
"""What the question for consent promises: up to 12 texts in 90 days."""

MOST_WANTED, WANTED_WITHIN = 12, timedelta(days=1)
"""Texts asked for in calls: more than a parent asks for in a day, and no flood for whoever never called."""

Sent = Callable[[], tuple[datetime, ...]]
"""When the texts of the series left, the oldest first. Asked for only when it matters."""


def not_now(
    book: Book, claimed: Claimed, number: str, session: Session, sent: Sent, now: datetime
) -> datetime | None:
    """When to look again at a reminder, if this is not the time for it; None if it is."""
    at_once = claimed.first_due <= claimed.asked if claimed.one_text else _starts_at_once(book, claimed)
    if at_once and not too_late(claimed, now) and (claimed.one_text or _within_promise(sent(), now) <= now):
        return None  # the answer to the person's own yes
    where = (zones_of_state(book, session), zones_of_area(book, number))
    if not may_text(number, now, *where):
        return _opening(claimed, number, where, now)
    if claimed.one_text:
        return None
    if (promised := as_promised(sent(), now)) > now:
        return _opening(claimed, number, where, promised)
    if at_once or session.state == Place.REST or session.seen is None:
        return None
    undisturbed = session.seen + IN_CONVERSATION
    return undisturbed if undisturbed > now else None


def too_late(claimed: Claimed, now: datetime) -> bool:
    """Whether what was to come at once would no longer be the answer to the person's own yes."""
    return now - claimed.first_due >= IN_CONVERSATION


def as_promised(sent: tuple[datetime, ...], now: datetime) -> datetime:
    """The first moment, from `now` on, at which one more text keeps to what was promised."""
    earliest = max(now, sent[-1] + BETWEEN) if sent else now
    return max(earliest, _within_promise(sent, now))


def enough(wanted: tuple[datetime, ...], now: datetime) -> bool:
    """Whether so many texts that were asked for in calls left of late that one more would be too many."""
    return sum(now - at < WANTED_WITHIN for at in wanted) >= MOST_WANTED


def _within_promise(sent: tuple[datetime, ...], now: datetime) -> datetime:
    """The first moment, from `now` on, at which one more text is one of the 12 in 90 days."""
    return max(now, sent[-PROMISED] + PROMISED_WITHIN) if len(sent) >= PROMISED else now


def _opening(claimed: Claimed, number: str, where: tuple[Zones, Zones], at: datetime) -> datetime:
    """The first moment from `at` on when a text may arrive; with a share of the first hour, where it had to wait
    for the morning, so that a night's texts do not all leave at nine.
    """
    first = next_moment(number, at, *where)
    if first == at:
        return first
    return first + timedelta(seconds=int(share(claimed.id, FIRST_HOUR).total_seconds()))


def _starts_at_once(book: Book, claimed: Claimed) -> bool:
    return book.reminders[claimed.reminder].after == timedelta()
