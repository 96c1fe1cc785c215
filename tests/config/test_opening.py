"""Opening hours and staff phones, as the desk can set them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hotline.config.office_hours import Closed, OfficeHours, read_spans
from hotline.config.opening import (
    RIGHT_CLOSED,
    RIGHT_STAFF,
    RIGHT_WORDS,
    Opening,
    StaffNumber,
    closed_today,
    read_closed,
    read_staff_number,
    read_words,
    reopened,
)
from hotline.config.settings import Settings
from tests.rows import grouped

ZONE = ZoneInfo("America/New_York")
MONDAY = date(2026, 11, 23)
ANA, BEN = "+15105550123", "+15105550177"


def at(hour: int, day: date = MONDAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def numbers(opening: Opening, moment: datetime) -> list[str]:
    """Return the phone numbers that ring."""
    return [each.number for each in opening.on_duty(moment, ZONE)]


OPENING = Opening(
    read_spans("Mon-Fri 9:00-17:00"),
    "US",
    (StaffNumber(ANA), StaffNumber(BEN, read_spans("Mon 17:00-20:00"), ("es",))),
)


def test_each_phone_rings_in_its_own_hours() -> None:
    assert [ANA] == numbers(OPENING, at(10))
    assert [BEN] == numbers(OPENING, at(18))
    assert [] == numbers(OPENING, at(21))


def test_no_phone_rings_on_a_closed_day() -> None:
    thanksgiving = date(2026, 11, 26)
    assert [] == numbers(OPENING, at(10, thanksgiving))
    own = Opening(OPENING.spans, "US", OPENING.staff, (Closed(MONDAY, MONDAY + timedelta(days=1)),))
    assert [[], [], [ANA]] == [numbers(own, at(10, MONDAY + timedelta(days=n))) for n in range(3)]
    snow = closed_today(OPENING, MONDAY, {"en": " Snow.  We are closed. ", "es": ""})
    assert [[], [ANA]] == [numbers(snow, at(10, MONDAY + timedelta(days=n))) for n in range(2)]
    assert [] == numbers(snow, at(18)), "with hours of its own too"
    assert (("en", "Snow. We are closed."),) == snow.closed_words(MONDAY)
    assert () == snow.closed_words(MONDAY + timedelta(days=1))
    assert OPENING == reopened(snow)


def test_the_next_opening_is_after_a_long_closure() -> None:
    summer = (Closed(date(2026, 6, 15), date(2026, 9, 7)),)
    hours = OfficeHours(read_spans("Mon 9:00-17:00"), ZONE, "US", summer)
    assert at(9, date(2026, 9, 14)) == hours.opening(at(10, date(2026, 6, 15)))


def test_an_opening_survives_a_json_round_trip() -> None:
    said = (("en", "Snow"), ("es", "Nieve"))
    closed = (Closed(MONDAY, MONDAY),)
    full = Opening(OPENING.spans, "CA", OPENING.staff, closed, MONDAY, said, "Bay Parent Center", BEN)
    assert full == Opening.from_json(full.as_json())
    assert Opening((), "") == Opening.from_json(Opening((), "").as_json())


@pytest.mark.parametrize(
    "days", ["2026-12-24..2026-12-23", "2026-12-24..2027-12-24", "..2026-12-24", "Christmas..", "24.12..."]
)
def test_invalid_closed_days_are_refused(days: str) -> None:
    with pytest.raises(ValueError, match="a first day and a last day"):
        read_closed(*days.rsplit("..", 1))
    assert "120 days" in RIGHT_CLOSED


def test_a_single_closed_day_needs_no_last_day() -> None:
    assert Closed(MONDAY, MONDAY) == read_closed("2026-11-23", "")


@pytest.mark.parametrize("words", ["x" * 161, "{person}", "a\u202eb"])
def test_a_closing_notice_must_be_one_short_line(words: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        read_words(words)
    assert "160" in RIGHT_WORDS


READ = {ANA: "510-555-0123 | (510) 555.0123 | +15105550123", "+525512345678": "+525512345678"}


@pytest.mark.parametrize(("read", "written"), grouped(READ))
def test_a_number_is_read_as_people_write_it(written: str, read: str, settings: Settings) -> None:
    assert read == read_staff_number(written, settings)


@pytest.mark.parametrize("written", ["5105550123x", "911", "555-0123", "call me", "+9991234567"])
def test_an_invalid_number_is_refused(written: str, settings: Settings) -> None:
    with pytest.raises(ValueError, match="with its country code"):
        read_staff_number(written, settings)


def test_the_hotlines_own_number_is_refused(settings: Settings) -> None:
    with pytest.raises(ValueError, match=RIGHT_STAFF):
        read_staff_number(settings.sender, settings)
