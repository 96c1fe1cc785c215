"""The figures by month, as the staff and a funder see them."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from redis import Redis

from hotline.conversation.book.states import Book
from hotline.store.keys import counts_key
from hotline.web.desk.figures import _harmless
from tests.web.desk.conftest import NOW
from tests.web.desk.visiting import Desk, words
from tests.web.twilio_forms import Caller

OCTOBER = date(2026, 10, 20)


@pytest.fixture
def counted(desk: Desk, redis_at_now: Redis, book: Book) -> Desk:
    """A desk after a busy October."""
    topic = next(iter(book.topics))
    figures = {
        "text_opened": 120,
        "call_opened": 30,
        "word.human": 4,
        "miss": 9,
        "outcome.OUT-IEP": 60,
        "outcome.OUT-504": 20,
        "outcome.OUT-EI": 3,
        "language.en": 100,
        "language.es": 50,
        "state.CA": 70,
        "state.OR": 2,
        "state.NV": 1,
        f"word.{topic}": 40,
    }
    for bucket, (name, count) in enumerate(figures.items()):
        redis_at_now.hset(counts_key(bucket, OCTOBER), name, count)
    return desk


def rows(desk: Desk, month: str = "2026-10") -> list[list[str]]:
    """The rows of the month's CSV."""
    answer = desk.get(f"/desk/figures/{month}.csv")
    assert "text/csv; charset=utf-8" == answer.headers["Content-Type"]
    assert f'attachment; filename="hotline-{month}.csv"' == answer.headers["Content-Disposition"]
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_a_month_is_shown_and_can_be_saved(counted: Desk) -> None:
    """Conversations, calls, outcomes, languages, states and topics, the most frequent first."""
    said = words(counted.get("/desk/figures/2026-10").text)
    assert "October 2026" in said
    found = rows(counted)
    assert ["Table", "What", "How often"] == found[0]
    for row in (
        ["What happened in the month", "Conversations begun by text", "120"],
        ["What happened in the month", "Calls", "30"],
        ["Outcomes", "An IEP evaluation", "60"],
        ["Languages", "English", "100"],
        ["Languages", "Spanish", "50"],
        ["States that parents named", "California", "70"],
    ):
        assert row in found
        assert " ".join(row[1:]) in said
    assert next(row[1] for row in found if row[0] == "Outcomes") == "An IEP evaluation"
    assert any(row[0] == "What parents asked about" and row[2] == "40" for row in found)


def test_fewer_than_five_are_not_shown(counted: Desk) -> None:
    """Nor what would give them away; on the page and in the CSV alike."""
    found = rows(counted)
    assert ["What happened in the month", "Asked for a person", "fewer than 5"] in found
    assert ["Outcomes", "Early intervention, under 3", "fewer than 5"] in found
    assert ["Outcomes", "A 504 evaluation", "not shown"] in found
    assert ["States that parents named", "Oregon", "fewer than 5"] in found
    assert ["States that parents named", "California", "70"] in found
    page = counted.get("/desk/figures/2026-10").text
    assert not {"<td>4</td>", "<td>3</td>", "<td>2</td>", "<td>1</td>", "<td>20</td>"} & set(page.split())


def test_a_year_of_months_is_listed(counted: Desk) -> None:
    """Each leads to its own page."""
    page = counted.get("/desk/figures").text
    assert "October 2026 120 30 83" in words(page)
    assert 13 == page.count('<a href="/desk/figures/20')
    for month in ("2026-11", "2025-11"):
        assert 200 == counted.get(f"/desk/figures/{month}").status_code
    for month in ("2025-10", "2026-12", "2026-13", "x", "2026-1"):
        for end in ("", ".csv"):
            assert 404 == counted.get(f"/desk/figures/{month}{end}").status_code


def test_it_is_there_in_spanish(counted: Desk) -> None:
    """The CSV too, whose marks spreadsheets need for accents."""
    counted.send("/desk/language", None, language="es")
    assert "octubre 2026" in words(counted.get("/desk/figures/2026-10").text).lower()
    assert counted.get("/desk/figures/2026-10.csv").data.startswith(b"\xef\xbb\xbf")
    assert ["Idiomas", "Español", "50"] in rows(counted)


def test_what_parents_do_is_counted_by_language_and_state(
    desk: Desk, desk_app: Flask, redis_at_now: Redis
) -> None:
    """A text under the language of our first reply, a call under the one that it ended in."""
    settings = desk_app.extensions["hotline"].settings
    for number in range(5):
        caller = Caller(desk_app.test_client(), settings, f"+1202555010{number}")
        caller.text("hola")
        phone = Caller(desk_app.test_client(), settings, f"+1202555011{number}")
        phone.dial()
        phone.post("/voice/ended", {**phone.voice_form(), "CallStatus": "completed"})
    found = rows(desk, "2026-11")
    assert ["Languages", "Spanish", "5"] in found
    assert ["Languages", "English", "5"] in found
    assert 0 < redis_at_now.dbsize()


def test_a_label_is_no_formula() -> None:
    """What a center called an outcome of its own is words to a spreadsheet."""
    assert ["'=1+1", "'@x", "'-1", "A 504"] == [_harmless(each) for each in ("=1+1", "@x", "-1", "A 504")]


def test_a_month_ends_at_the_centers_midnight(desk: Desk) -> None:
    """In the evening of its last day in New York it is the next month in UTC."""
    with time_machine.travel(NOW.replace(month=12, day=1, hour=3), tick=False):
        desk.signed_in()
        assert 404 == desk.get("/desk/figures/2026-12").status_code
    with time_machine.travel(NOW.replace(month=12, day=1, hour=6) + timedelta(), tick=False):
        assert 200 == desk.get("/desk/figures/2026-12").status_code
