"""Office hours: when the center's staff can be called."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hotline.config.office_hours import (
    RIGHT_CALENDAR,
    RIGHT_HOURS,
    RIGHT_ORDER,
    OfficeHours,
    Span,
    read_calendar,
    read_spans,
    written_spans,
)
from tests.rows import grouped, table

NEW_YORK = ZoneInfo("America/New_York")
USUAL = "Mon-Fri 9:00-17:00; Sat 10:00-12:00"
NINE, NOON, ONE, FIVE = 9 * 60, 12 * 60, 13 * 60, 17 * 60


def is_open(hours: str, moment: datetime, holidays: str = "US", zone: ZoneInfo = NEW_YORK) -> bool:
    return OfficeHours(read_spans(hours), zone, holidays).open_at(moment)


def local(written: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=NEW_YORK, fold=fold)


@pytest.mark.parametrize(
    ("written", "spans"),
    [
        ("Mon 9:00-17:00", [(0, NINE, FIVE)]),
        ("mon-tue 09:00-17:00", [(0, NINE, FIVE), (1, NINE, FIVE)]),
        ("Mon, Wed 9:00-12:00", [(0, NINE, NOON), (2, NINE, NOON)]),
        ("Mon 9:00-12:00, 13:00-17:00", [(0, NINE, NOON), (0, ONE, FIVE)]),
        ("Sun-Mon 9:00-12:00", [(6, NINE, NOON), (0, NINE, NOON)]),
        ("Thursday – Fri  9:00 – 12:00 ;", [(3, NINE, NOON), (4, NINE, NOON)]),
        ("Sat 0:00-24:00", [(5, 0, 24 * 60)]),
        ("Monday to Tuesday 9 am to 5 pm", [(0, NINE, FIVE), (1, NINE, FIVE)]),
        ("Mon - Tue: 9:00 AM \u2013 5:00 PM", [(0, NINE, FIVE), (1, NINE, FIVE)]),
        ("Mon-Tue 9.00 am to 5.00 p. m.", [(0, NINE, FIVE), (1, NINE, FIVE)]),
        ("Mon-Tue 9 am to 12 noon", [(0, NINE, NOON), (1, NINE, NOON)]),
        ("Mon & Tue from 9am until noon", [(0, NINE, NOON), (1, NINE, NOON)]),
        ("Mon 9.00-12.00 and Tue, 1 p.m. through 5 p.m.", [(0, NINE, NOON), (1, ONE, FIVE)]),
        ("Tues 9:00-12:00; Thurs 13:00-17:00", [(1, NINE, NOON), (3, ONE, FIVE)]),
    ],
)
def test_hours_are_read_as_people_write_them(written: str, spans: list[tuple[int, int, int]]) -> None:
    assert tuple(Span(*one) for one in spans) == read_spans(written)


WRONG = {
    RIGHT_HOURS: "9-5 | Mon-Fri | 9:00-17:00 | Mon-Fri 9-17 | Monday to Friday 9 to 5 | Mon-Fri 9-12, 1-5 | "
    "Mo-Fr 9:00-17:00 | Mon-Lun 9:00-17:00 | Mon 9:00-24:01 | Mon 9:00-12:60 | ; | "
    "Mon 9:00-12:00 Tue 9:00-12:00",
    RIGHT_ORDER: "Mon-Fri 9:00-5:00 | Mon 9:00-9:00 | Fri 22:00-2:00",
}


@pytest.mark.parametrize(("right", "written"), grouped(WRONG))
def test_invalid_hours_are_refused_with_what_would_be_right(right: str, written: str) -> None:
    with pytest.raises(ValueError, match=r"^must ") as wrong:
        read_spans(written)
    assert right == str(wrong.value)


def test_the_examples_in_error_messages_are_valid() -> None:
    assert 6 == len(read_spans(USUAL))
    assert USUAL in RIGHT_HOURS
    assert LATE in RIGHT_ORDER
    assert read_spans(LATE)


LATE = "Fri 22:00-24:00; Sat 0:00-2:00"
OPEN = {
    (USUAL, True): "2026-11-23 09:00 | 2026-11-23 16:59:59 | 2026-11-28 10:00",
    (USUAL, False): "2026-11-23 08:59:59 | 2026-11-23 17:00 | 2026-11-28 09:30 | 2026-11-29 10:00",
    (LATE, True): "2026-11-27 23:59:59 | 2026-11-28 00:00 | 2026-11-28 01:59",
    (LATE, False): "2026-11-27 21:59 | 2026-11-28 02:00 | 2026-11-29 00:00",
}


@pytest.mark.parametrize(("given", "moment"), grouped(OPEN))
def test_closing_time_is_exclusive_and_midnight_is_no_gap(given: tuple[str, bool], moment: str) -> None:
    hours, expected = given
    assert expected is is_open(hours, local(moment))


IN_UTC = {
    True: "2026-11-23 14:00 | 2026-07-20 13:00",
    False: "2026-11-23 13:59 | 2026-07-20 12:59 | 2026-07-20 21:00",
}


@pytest.mark.parametrize(("expected", "moment"), grouped(IN_UTC))
def test_hours_are_in_the_centers_time_zone(expected: bool, moment: str) -> None:
    """9:00 in New York is 14:00 UTC in winter and 13:00 UTC in summer."""
    assert expected is is_open(USUAL, datetime.fromisoformat(moment).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (local("2026-11-01 01:30", fold=0), True),
        (local("2026-11-01 01:30", fold=1), True),
        (local("2026-11-01 02:00"), False),
        (datetime(2026, 3, 8, 6, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 8, 7, 0, tzinfo=UTC), False),
    ],
    ids=["the hour that comes twice", "and again", "after it", "before the hour left out", "after it"],
)
def test_hours_are_right_on_the_night_of_a_clock_change(moment: datetime, expected: bool) -> None:
    """From 1:00 to 2:00 on Sundays: two hours long in fall; in spring it ends as the clock skips to 3:00."""
    assert expected is is_open("Sun 1:00-2:00", moment)


@pytest.mark.parametrize(
    ("day", "holidays", "expected"),
    [
        pytest.param("2026-11-26", "US", False, id="Thanksgiving"),
        pytest.param("2026-11-27", "US", True, id="the day after"),
        pytest.param("2026-11-27", "CA", False, id="the day after in California"),
        pytest.param("2026-10-12", "US", False, id="Columbus Day"),
        pytest.param("2026-10-12", "CA", True, id="which California does not keep"),
        pytest.param("2026-07-03", "US", False, id="the Fourth of a Saturday, kept on Friday"),
        pytest.param("2027-12-31", "US", False, id="New Year's Day of the next year"),
        pytest.param("2026-11-26", "", True, id="no holidays"),
        pytest.param("2026-12-25", "", True, id="not even Christmas"),
    ],
)
def test_the_center_is_closed_on_holidays(day: str, holidays: str, expected: bool) -> None:
    assert expected is is_open(USUAL, local(f"{day} 11:00"), holidays)


def test_a_holiday_ends_at_the_centers_midnight() -> None:
    """On the evening of Thanksgiving in Honolulu it is already Friday in UTC."""
    honolulu = ZoneInfo("Pacific/Honolulu")
    late = datetime(2026, 11, 26, 20, 0, tzinfo=honolulu)
    assert not is_open("Mon-Sun 0:00-24:00", late, zone=honolulu)
    assert is_open("Mon-Sun 0:00-24:00", late.replace(day=27, hour=0), zone=honolulu)


def test_without_hours_it_is_never_open() -> None:
    assert not OfficeHours((), NEW_YORK).open_at(local("2026-11-23 11:00"))


@pytest.mark.parametrize(("written", "calendar"), [("US", "US"), ("us", "US"), ("ca", "CA"), ("No", "")])
def test_a_calendar_is_the_us_a_state_or_none(written: str, calendar: str) -> None:
    assert calendar == read_calendar(written)


@pytest.mark.parametrize("written", ["XX", "yes", "California", "MX", "U"])
def test_an_unknown_calendar_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"^must ") as wrong:
        read_calendar(written)
    assert RIGHT_CALENDAR == str(wrong.value)


@pytest.mark.parametrize(
    ("asked", "told", "again"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:00", "2026-11-24 10:00"),
        ("2026-11-23 03:00", "2026-11-23 09:00", "2026-11-24 09:00"),
        ("2026-11-23 18:00", "2026-11-24 09:00", "2026-11-25 09:00"),
        ("2026-11-25 16:59", "2026-11-25 16:59", "2026-11-27 16:59"),
        ("2026-11-25 17:00", "2026-11-27 09:00", "2026-11-28 10:00"),
        ("2026-11-27 10:30", "2026-11-27 10:30", "2026-11-28 10:30"),
        ("2026-11-28 13:00", "2026-11-30 09:00", "2026-12-01 09:00"),
        ("2026-10-31 11:00", "2026-10-31 11:00", "2026-11-02 11:00"),
        ("2026-12-31 18:00", "2027-01-02 10:00", "2027-01-04 10:00"),
    ],
    ids=[
        *("in hours", "before opening", "after closing", "the day before Thanksgiving", "that evening"),
        *("a short Saturday comes", "over Sunday", "summer time ends", "the New Year"),
    ],
)
def test_a_notice_goes_out_at_opening_and_a_working_day_later(asked: str, told: str, again: str) -> None:
    """Holidays and days off do not count. The working day starts when staff could first see the notice."""
    hours = OfficeHours(read_spans(USUAL), NEW_YORK, "US")
    moment = local(asked).astimezone(UTC)
    assert local(told) == hours.opening(moment)
    assert local(again) == hours.working_day_after(moment)


def test_a_center_that_never_opens_gets_no_notice() -> None:
    never = OfficeHours((), NEW_YORK, "US")
    assert never.opening(local("2026-11-23 10:00")) is None
    assert never.working_day_after(local("2026-11-23 10:00")) is None


def test_the_next_opening_may_be_after_a_lunch_break() -> None:
    hours = OfficeHours(read_spans("Mon 13:00-17:00, 9:00-12:00"), NEW_YORK, "")
    assert local("2026-11-23 13:00") == hours.opening(local("2026-11-23 12:30"))
    assert local("2026-11-23 09:00") == hours.opening(local("2026-11-23 08:30"))


@table("""
    written | read
    Mon-Fri 9am-5pm | Mon-Fri 9:00-17:00
    Mon-Fri 9 a.m. - 5:30 p.m. | Mon-Fri 9:00-17:30
    Mon 12pm-12:30pm | Mon 12:00-12:30
    Mon-Fri 9:00-17:00, Sat 10:00-12:00 | Mon-Fri 9:00-17:00; Sat 10:00-12:00
    Mon 9am-12pm, 1pm-5pm, Sat 10am-12pm | Mon 9:00-12:00, 13:00-17:00; Sat 10:00-12:00
    Mon 9:00-17:00; Wed 9:00-17:00 | Mon 9:00-17:00; Wed 9:00-17:00
    Sun 0:00-24:00 | Sun 0:00-24:00
""")
def test_hours_are_shown_in_one_form(written: str, read: str) -> None:
    assert read == written_spans(read_spans(written))
    assert read == written_spans(read_spans(read))
