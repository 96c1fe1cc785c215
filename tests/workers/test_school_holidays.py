"""No planned text is sent on a day when every school is closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import LineType
from hotline.conversation.model.session import Session
from hotline.store.followup_record import Claimed
from workers.school_holidays import after_holidays, is_off
from workers.send_policy import not_now

EASTERN, PACIFIC = ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")
NUMBER = "+12025550177"


@pytest.mark.parametrize(
    ("day", "off"),
    [
        ("2026-12-25", True),
        ("2026-12-30", True),
        ("2027-01-01", True),
        ("2027-01-04", False),
        ("2026-11-26", True),  # Thanksgiving
        ("2026-11-27", True),
        ("2026-11-25", False),
        ("2026-07-03", True),  # July 4 is a Saturday
        ("2027-01-18", True),  # Martin Luther King Jr. Day
        ("2026-12-23", False),
    ],
)
def test_federal_holidays_and_the_days_of_all_schools_are_off(day: str, off: bool) -> None:
    """Weekends are not off: a parent has time for a letter then."""
    assert off == is_off(date.fromisoformat(day))


def test_a_day_is_off_where_the_parent_lives() -> None:
    """It is still December 23 in Los Angeles when December 24 has begun in New York."""
    moment = datetime(2026, 12, 24, 6, tzinfo=UTC)
    assert datetime(2027, 1, 2, tzinfo=EASTERN) == after_holidays(moment, EASTERN)
    assert moment == after_holidays(moment, PACIFIC)


BLANK = Claimed(
    id="1",
    reminder="did_they_answer",
    claim=1,
    attempts=1,
    resends=0,
    came_back=0,
    first_due=datetime(2026, 12, 25, tzinfo=UTC),
    asked=datetime(2026, 12, 15, tzinfo=UTC),
    one_text=False,
    in_call=False,
    texting=None,
    language=None,
    line=LineType.UNKNOWN,
    at=datetime(2026, 12, 25, tzinfo=UTC),
    sealed=None,
    claimed_before=None,
)


def claimed(*, one_text: bool = False) -> Claimed:
    """A reminder that was planned ten days ago."""
    asked = datetime(2026, 12, 15, 17, tzinfo=UTC)
    return replace(BLANK, asked=asked, first_due=asked + timedelta(days=10), one_text=one_text)


def test_a_reminder_due_on_a_holiday_waits_for_the_day_after(book: Book) -> None:
    """A text that the person requested individually does not wait."""
    christmas = datetime(2026, 12, 25, 17, tzinfo=UTC)
    again = not_now(book, claimed(), NUMBER, Session(state="rest"), tuple, christmas)
    assert again is not None
    assert date(2027, 1, 2) == again.astimezone(EASTERN).date()
    assert again.astimezone(EASTERN).hour >= 9
    assert not_now(book, claimed(one_text=True), NUMBER, Session(state="rest"), tuple, christmas) is None
