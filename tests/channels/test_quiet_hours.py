"""A text that we initiate arrives in daytime, wherever the phone may be."""

import re
from datetime import UTC, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from hotline.channels.area_codes import AREA_CODES, STATE_OF
from hotline.channels.quiet_hours import (
    CLOSES,
    LONGEST_WAIT,
    OPENS,
    STEP,
    Zones,
    may_text,
    next_moment,
    zones,
    zones_named,
    zones_of_area,
)
from hotline.conversation.book.book import Book
from hotline.conversation.model.session import Session
from tests.rows import grouped

NEW_YORK, LOS_ANGELES = "+12025550123", "+15105550199"
PHOENIX, HONOLULU, ANCHORAGE, CHICAGO = "+16025550123", "+18085550123", "+19075550123", "+19205550123"
IDAHO, DAKOTA = "+12085550123", "+16055550123"
ORLANDO = "+16895550123"
TOLL_FREE, NEW_CODE, SHORT = "+18005550123", "+12345", "72345"


def at(zone: str, moment: str) -> datetime:
    """Convert a local time to UTC."""
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


EASTERN, PACIFIC, CENTRAL = "America/New_York", "America/Los_Angeles", "America/Chicago"
ADAK, ALASKA, BOISE, HAWAII = "America/Adak", "America/Anchorage", "America/Boise", "Pacific/Honolulu"


DAYTIME = {
    (NEW_YORK, EASTERN, True): "2026-11-23 09:00 | 2026-11-23 19:59:59 | 2026-03-08 09:00",
    (NEW_YORK, EASTERN, False): "2026-11-23 00:00 | 2026-11-23 08:59:59 | 2026-11-23 20:00 | "
    "2026-11-23 23:59 | 2026-03-08 08:59",
    (LOS_ANGELES, EASTERN, True): "2026-11-23 22:59",
    (LOS_ANGELES, EASTERN, False): "2026-11-23 09:00",
    (LOS_ANGELES, PACIFIC, True): "2026-11-23 09:00",
    (CHICAGO, CENTRAL, True): "2026-11-23 19:59",
    (CHICAGO, EASTERN, False): "2026-11-23 09:59",
    # the clocks go forward on 8 March 2026 and back on 1 November 2026, but not in Arizona and Hawaii
    (NEW_YORK, "UTC", True): "2026-03-08 13:00 | 2026-10-31 13:00 | 2026-11-01 14:00",
    (NEW_YORK, "UTC", False): "2026-03-07 13:00 | 2026-11-01 13:00",
    (PHOENIX, "UTC", True): "2026-03-07 16:00 | 2026-03-08 16:00",
    (PHOENIX, "UTC", False): "2026-03-08 15:59",
    (HONOLULU, HAWAII, True): "2026-07-15 09:00",
    (HONOLULU, EASTERN, False): "2026-07-15 14:59",
    (HONOLULU, EASTERN, True): "2026-07-16 01:59",
    # Alaska: Adak is an hour behind Anchorage; it must not be too early or too late in either
    (ANCHORAGE, ALASKA, False): "2026-07-15 09:59",
    (ANCHORAGE, ALASKA, True): "2026-07-15 19:59",
    (ANCHORAGE, ADAK, True): "2026-07-15 09:00",
    (ANCHORAGE, ADAK, False): "2026-07-15 19:00",
    # Idaho is Mountain and Pacific; South Dakota Central and Mountain
    (IDAHO, BOISE, False): "2026-11-23 09:59 | 2026-11-23 20:00",
    (IDAHO, PACIFIC, True): "2026-11-23 09:00",
    (DAKOTA, CENTRAL, True): "2026-11-23 10:00",
    (DAKOTA, CENTRAL, False): "2026-11-23 09:59 | 2026-11-23 20:00",
    # unknown zone: 14:00 to 20:00 Eastern
    (TOLL_FREE, EASTERN, True): "2026-07-15 14:00 | 2026-07-15 19:59",
    (TOLL_FREE, EASTERN, False): "2026-07-15 13:59 | 2026-07-15 20:00",
    **{(number, EASTERN, True): "2026-11-23 14:00" for number in (NEW_CODE, SHORT)},
    **{(number, EASTERN, False): "2026-11-23 13:59" for number in (NEW_CODE, SHORT)},
}


@pytest.mark.parametrize(("case", "moment"), grouped(DAYTIME))
def test_texts_arrive_in_daytime(case: tuple[str, str, bool], moment: str) -> None:
    number, zone, expected = case
    assert may_text(number, at(zone, moment)) is expected


@pytest.mark.parametrize(
    ("number", "zone", "moment", "expected"),
    [
        (NEW_YORK, EASTERN, "2026-11-23 12:34:56", "2026-11-23 12:34:56"),
        (NEW_YORK, EASTERN, "2026-11-23 20:00", "2026-11-24 09:00"),
        (NEW_YORK, EASTERN, "2026-11-24 00:00", "2026-11-24 09:00"),
        (NEW_YORK, EASTERN, "2026-11-24 08:59:59", "2026-11-24 09:00"),
        (NEW_YORK, EASTERN, "2026-12-31 23:10", "2027-01-01 09:00"),
        (NEW_YORK, EASTERN, "2026-03-07 21:00", "2026-03-08 09:00"),
        (NEW_YORK, EASTERN, "2026-10-31 21:00", "2026-11-01 09:00"),
        (LOS_ANGELES, EASTERN, "2026-11-24 09:00", "2026-11-24 12:00"),
        (PHOENIX, EASTERN, "2026-07-15 09:00", "2026-07-15 12:00"),
        (HONOLULU, EASTERN, "2026-11-24 09:00", "2026-11-24 14:00"),
        (ANCHORAGE, "America/Adak", "2026-11-24 00:00", "2026-11-24 09:00"),
        (IDAHO, "America/Boise", "2026-11-24 08:00", "2026-11-24 10:00"),
        (TOLL_FREE, EASTERN, "2026-07-15 21:00", "2026-07-16 14:00"),
        (SHORT, EASTERN, "2026-11-24 09:07", "2026-11-24 14:00"),
    ],
)
def test_a_text_waits_for_the_first_allowed_time(number: str, zone: str, moment: str, expected: str) -> None:
    assert next_moment(number, at(zone, moment)) == at(zone, expected)


@pytest.mark.parametrize(
    "number",
    [
        *(NEW_YORK, LOS_ANGELES, PHOENIX, HONOLULU, ANCHORAGE, CHICAGO, IDAHO, DAKOTA),
        *(TOLL_FREE, NEW_CODE, SHORT),
        *("+16715550123", "+17875550123", "+16845550123", "+15005550006", "+447911123456"),
    ],
)
@pytest.mark.parametrize("day", ["2026-01-15", "2026-03-07", "2026-07-15", "2026-10-31"])
def test_no_text_waits_forever(number: str, day: str) -> None:
    for hour in range(24):
        start = at("UTC", f"{day} {hour:02d}:07")
        found = next_moment(number, start)
        assert may_text(number, found)
        assert timedelta() <= found - start <= timedelta(days=1, hours=1)
        assert found == start or not may_text(number, found - STEP)


def test_our_hours_are_stricter_than_the_law() -> None:
    """47 CFR 64.1200(c)(1): not before 8 a.m. or after 9 p.m. at the called party's location."""
    assert OPENS.hour > 8
    assert CLOSES.hour < 21


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (NEW_YORK, {"America/New_York"}),
        (PHOENIX, {"America/Phoenix"}),
        (IDAHO, {"America/Boise", "America/Los_Angeles"}),
        (TOLL_FREE, set()),
        (NEW_CODE, set()),
        (SHORT, set()),
    ],
)
def test_zones_are_those_of_the_area_code(number: str, expected: set[str]) -> None:
    assert {zone.key for zone in zones(number)} == expected


def home(book: Book, state: str) -> Zones:
    """Return the zones of a state that a parent named."""
    return zones_named(book, book.home(Session().with_slot("which_state", state)))


GUAM, LONDON = "+16715550123", "+442071234567"


AT_HOME = {
    # a number of Washington, DC: it must be daytime in both places
    (NEW_YORK, "HI", HAWAII, False): "2026-11-24 03:05 | 2026-11-24 08:59",
    (NEW_YORK, "HI", HAWAII, True): "2026-11-24 09:00",
    (NEW_YORK, "HI", EASTERN, True): "2026-11-24 19:59",
    (NEW_YORK, "HI", EASTERN, False): "2026-11-24 20:00",
    (NEW_YORK, "CA", PACIFIC, False): "2026-11-24 06:05",
    (NEW_YORK, "CA", PACIFIC, True): "2026-11-24 09:00",
    (LOS_ANGELES, "NY", EASTERN, False): "2026-11-24 20:00",
    (LOS_ANGELES, "NY", PACIFIC, False): "2026-11-24 08:59",
    # a state in two zones: it must not be too early or too late in either
    (NEW_YORK, "TX", "America/Denver", False): "2026-11-24 08:59",
    (NEW_YORK, "TX", "America/Denver", True): "2026-11-24 09:00",
    (CHICAGO, "AK", ADAK, True): "2026-07-15 09:00",
    (CHICAGO, "AK", ALASKA, False): "2026-07-15 09:00",
    # a number of no place: the state alone
    (TOLL_FREE, "NY", EASTERN, True): "2026-11-24 09:00",
    (TOLL_FREE, "GU", EASTERN, False): "2026-11-24 14:00",
    (TOLL_FREE, "GU", "Pacific/Guam", True): "2026-11-24 09:00",
    (SHORT, "HI", HAWAII, False): "2026-07-15 08:30",
    # no hour in common on a summer day, so where the parent said they live; one hour in winter
    (LONDON, "HI", HAWAII, False): "2026-07-15 08:59 | 2026-01-15 10:00",
    (LONDON, "HI", HAWAII, True): "2026-07-15 09:00 | 2026-01-15 09:30",
    (LONDON, "HI", "Europe/London", False): "2026-07-15 09:00 | 2026-07-15 19:30",
    # no state named
    (NEW_YORK, "", EASTERN, True): "2026-11-24 09:00",
}


@pytest.mark.parametrize(("case", "moment"), grouped(AT_HOME))
def test_texts_arrive_in_daytime_where_the_parent_lives(
    book: Book, case: tuple[str, str, str, bool], moment: str
) -> None:
    """47 CFR 64.1200(c)(1) refers to the called party's location, which the parent has given us."""
    number, state, zone, expected = case
    assert may_text(number, at(zone, moment), home(book, state)) is expected


NUMBERS = (NEW_YORK, LOS_ANGELES, HONOLULU, ANCHORAGE, IDAHO, GUAM, TOLL_FREE, LONDON, "+16845550123")
STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND "
    "OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR VI GU MP AS"
).split()


@pytest.mark.parametrize("state", STATES)
def test_no_state_makes_a_text_early_late_or_wait_forever(book: Book, state: str) -> None:
    there = home(book, state)
    for number in NUMBERS:
        for day in ("2026-01-15", "2026-03-07", "2026-07-15", "2026-10-31"):
            for hour in range(0, 24, 3):
                start = at("UTC", f"{day} {hour:02d}:07")
                found = next_moment(number, start, there)
                assert found - start < LONGEST_WAIT
                assert may_text(number, found, there)
                assert all(OPENS <= found.astimezone(zone).time() < CLOSES for zone in there)


def test_every_state_has_its_zones(book: Book) -> None:
    assert sorted(STATES) == sorted(book.places.states)
    assert () == home(book, "XX")
    assert {"America/Denver", "America/Phoenix"} == {zone.key for zone in home(book, "AZ")}


SAME_HOURS = (datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC))


def hours(zone: ZoneInfo) -> tuple[timedelta | None, ...]:
    """Return a zone's UTC offsets in winter and summer, by which zones are compared."""
    return tuple(moment.astimezone(zone).utcoffset() for moment in SAME_HOURS)


def test_the_zones_of_a_state_include_those_in_tzdata(book: Book) -> None:
    """zone.tab gives the states of many zones, as in "Mountain - ID (south), OR (east)"."""
    lines = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8").splitlines()
    named = [line.split("\t") for line in lines if line.startswith("US\t")]
    pairs = [
        (code, ZoneInfo(zone))
        for _, _, zone, *words in named
        for code in re.findall(r"\b([A-Z]{2}) \(", " ".join(words))
    ]
    assert len(pairs) > 10
    for code, zone in pairs:
        assert hours(zone) in {hours(own) for own in home(book, code)}, (code, zone.key)


@pytest.mark.whole
def test_the_zones_of_a_state_include_those_of_its_area_codes(book: Book) -> None:
    """libphonenumber knows the state and the zones of an area code."""
    from phonenumbers import geocoder  # takes a second of CPU time, and no other file needs it

    codes = {state.name: code for code, state in book.places.states.items()}
    compared = set()
    for area in range(201, 990):
        number = f"+1{area}5550123"
        code = codes.get(geocoder.description_for_number(phonenumbers.parse(number), "en"))
        if code is not None and zones(number):
            compared.add(code)
            own = {hours(zone) for zone in home(book, code)}
            assert {hours(zone) for zone in zones(number)} <= own, (area, code)
    assert len(compared) > 40


@pytest.mark.parametrize(
    ("number", "zone", "moment", "expected"),
    [
        # Orlando: libphonenumber puts the overlay in Chicago's zone, which western Florida does have
        (ORLANDO, EASTERN, "2026-11-23 19:59", True),
        (ORLANDO, EASTERN, "2026-11-23 20:00", False),
        (ORLANDO, CENTRAL, "2026-11-23 08:59", False),
        (ORLANDO, CENTRAL, "2026-11-23 09:00", True),
        ("+18505550123", CENTRAL, "2026-11-23 08:59", False),  # Pensacola, which it puts in New York's zone
        ("+14235550123", EASTERN, "2026-11-23 20:00", False),  # Chattanooga, which it puts in Chicago's zone
        ("+19155550123", CENTRAL, "2026-11-23 20:00", False),  # El Paso, in a state with two zones
        (NEW_YORK, EASTERN, "2026-11-23 09:00", True),
    ],
)
def test_every_zone_of_the_area_codes_state_counts(
    book: Book, number: str, zone: str, moment: str, expected: bool
) -> None:
    """An overlay covers the area of the code it overlays, so libphonenumber's zone for it is not enough."""
    assert expected is may_text(number, at(zone, moment), (), zones_of_area(book, number))


def test_the_area_codes_agree_with_libphonenumber(book: Book) -> None:
    from phonenumbers import geocoder

    names = {state.name: code for code, state in book.places.states.items()}
    names |= {"Washington State": "WA", "Washington D.C.": "DC"}
    for area in range(201, 990):
        found = geocoder.description_for_number(phonenumbers.parse(f"+1{area}5550123"), "en")
        code = names.get(found) or (found[-2:] if found[-4:-2] == ", " else "")
        if code in book.places.states:
            assert code == STATE_OF[str(area)], area
    assert {()} == {zones_of_area(book, number) for number in (TOLL_FREE, NEW_CODE, SHORT, "+447700900123")}
    assert set(STATE_OF.values()) <= set(book.places.states)
    assert len(STATE_OF) == sum(len(codes.split()) for codes in AREA_CODES.values())
