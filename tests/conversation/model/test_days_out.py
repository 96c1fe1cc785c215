"""Days out of school: counted once, never on weekends, with words at each threshold."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.texts import filled
from hotline.conversation.engine.step import step
from hotline.conversation.model import session_json
from hotline.conversation.model.days_out import (
    EARLIER,
    MOST_DAYS,
    MOST_LISTED,
    is_school_day,
    listed,
    part_for,
    school_days,
    with_day,
)
from hotline.conversation.model.events import Channel, Event, EventKind, Tell
from hotline.conversation.model.session import Session
from tests.conversation.talk import Talk

MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)
DAYS = tuple(f"2026-11-{day:02}" for day in (2, 3, 4, 5, 6, 9, 10, 12, 13, 16, 17))
MARKS = (0, 5, 8, 10)


def filled_words(book: Book, language: str, channel: Channel, tell: Tell) -> str:
    """Return what is said or written."""
    return filled(book, language, channel, tell.text, tell.blanks)


def text(book: Book, session: Session, words: str) -> tuple[Session, tuple[object, ...]]:
    turn = step(book, session, Event("SM1", MONDAY, Channel.SMS, EventKind.SAID, words))
    return turn.session, turn.replies


@pytest.mark.parametrize(
    ("days", "part"),
    [
        (0, "at_0"),
        (1, "text"),
        (4, "text"),
        (5, "at_5"),
        (7, "at_5"),
        (8, "at_8"),
        (9, "at_8"),
        (10, "at_10"),
        (11, "at_10"),
    ],
)
def test_each_threshold_has_its_words(days: int, part: str) -> None:
    assert part == part_for(DAYS[:days], MARKS)


def test_a_day_counts_once_and_moves_to_the_end() -> None:
    assert ("b", "a") == with_day(("a", "b"), "a")


def test_the_list_is_limited_and_sorted() -> None:
    days: tuple[str, ...] = ()
    for number in range(MOST_DAYS + 5):
        days = with_day(days, f"{number:03}")
    assert MOST_DAYS == len(days)
    assert listed(days).split() == [EARLIER, *sorted(days)[-MOST_LISTED:]]
    assert EARLIER not in listed(days[-MOST_LISTED:])


@pytest.mark.parametrize("language", ["en", "es"])
def test_past_ten_days_a_call_gives_first_and_last(book: Book, language: str) -> None:
    tell = Talk(book, Session(state="rest", days_out=DAYS)).text("my days out").replies[0]
    assert isinstance(tell, Tell)
    said, written = (filled_words(book, language, channel, tell) for channel in (Channel.VOICE, Channel.SMS))
    assert {"2", "17"} <= set(re.findall(r"\d+", said))
    assert not {"3", "16"} & set(re.findall(r"\d+", said))
    assert "{" not in said + written
    assert "..., " in written


@pytest.mark.parametrize(
    ("day", "school"), [(date(2026, 11, 20), True), (date(2026, 11, 21), False), (date(2026, 11, 22), False)]
)
def test_a_weekend_is_not_a_school_day(day: date, school: bool) -> None:
    assert school is is_school_day(day)


def test_a_day_with_its_date_needs_no_question(book: Book) -> None:
    session, said = text(book, Session(state="rest", days_out=("2026-11-19",)), "OUT 11/20")
    assert ("2026-11-19", "2026-11-20") == session.days_out
    assert said[0] == Tell("days_out.days_counted.text", (("count", "2"), ("days", "2026-11-19 2026-11-20")))


def test_a_sunday_is_asked_again(book: Book) -> None:
    session, said = text(book, Session(state="day_out"), "2")
    assert "day_out" == session.state
    assert said[0] == Tell("days_out.no_school_that_day.text")
    assert () == school_days(session.days_out, date(2026, 11, 23))


def test_back_removes_the_last_day(book: Book) -> None:
    session, _ = text(book, Session(state="day_out", days_out=DAYS[:2]), "today")
    assert (*DAYS[:2], "2026-11-23") == session.days_out
    session, _ = text(book, session, "back")
    assert DAYS[:2] == session.days_out


def test_delete_removes_the_days(book: Book) -> None:
    session, _ = text(book, Session(state="rest", days_out=DAYS), "delete")
    session, _ = text(book, session, "1")
    assert session.days_out == ()


def test_the_days_survive_json() -> None:
    session = Session(days_out=DAYS)
    assert session == session_json.decode(session_json.encode(session))


def test_a_new_school_year_starts_over(book: Book) -> None:
    spring, fall = ("2026-03-02", "2026-05-04"), ("2026-09-14", "2026-11-20")
    assert fall == school_days((*spring, *fall), date(2026, 11, 23))
    assert fall == school_days((*spring, *fall), date(2027, 6, 30))
    assert () == school_days((*spring, *fall), date(2027, 7, 1))
    _, said = text(book, Session(state="rest", days_out=(*spring, *fall)), "my days out")
    assert Tell("days_out.days_counted.text", (("count", "2"), ("days", " ".join(fall)))) == said[0]


def test_the_list_outlives_the_session(book: Book) -> None:
    before = Session(
        state="rest", book=book.version, days_out=("2026-09-14",), seen=MONDAY - timedelta(days=90)
    )
    session, _ = text(book, before, "OUT 11/20")
    assert ("2026-09-14", "2026-11-20") == session.days_out
