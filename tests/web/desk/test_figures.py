"""Monthly figures, for the staff and for a funder."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from redis import Redis

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.book.texts import text_id
from hotline.conversation.model.events import Channel, Event, EventKind, Missed
from hotline.store.keys import counts_key
from hotline.store.months import Month, month_figures
from hotline.store.request_work import HISTORY
from hotline.telemetry.measures import Dropped
from hotline.web.desk.figures import _harmless
from hotline.web.desk.flow_stops import drawn
from hotline.web.desk.i18n import COOKIE
from hotline.web.desk.texts_failed import NOT_SENT
from tests.turns_taken import take_turn
from tests.web.desk.conftest import NOW
from tests.web.desk.visiting import Desk, words
from tests.web.twilio_forms import Caller

OCTOBER = date(2026, 10, 20)


@pytest.fixture
def counted(desk: Desk, redis_at_now: Redis, book: Book) -> Desk:
    """Return a desk after a busy October."""
    topic = next(iter(book.topics))
    figures = {
        "text_opened": 120,
        "call_opened": 30,
        "person_asked": 4,
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
    answer = desk.get(f"/desk/figures/{month}.csv")
    assert "text/csv; charset=utf-8" == answer.headers["Content-Type"]
    assert f'attachment; filename="hotline-{month}.csv"' == answer.headers["Content-Disposition"]
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_a_month_is_shown_and_can_be_downloaded(counted: Desk) -> None:
    said = words(counted.get("/desk/figures/2026-10").text)
    assert "October 2026" in said
    found = rows(counted)
    assert ["Table", "What", "How often"] == found[0]
    for row in (
        ["What happened in the month", "Conversations started by text", "120"],
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


def test_counts_below_five_are_hidden(counted: Desk) -> None:
    """Nor are counts from which they could be derived, neither on the page nor in the CSV."""
    found = rows(counted)
    assert ["What happened in the month", "Parents who asked for a person", "fewer than 5"] in found
    assert ["Outcomes", "Early intervention, under 3", "fewer than 5"] in found
    assert ["Outcomes", "A 504 evaluation", "not shown"] in found
    assert ["States that parents named", "Oregon", "fewer than 5"] in found
    assert ["States that parents named", "California", "70"] in found
    page = counted.get("/desk/figures/2026-10").text
    assert not {"<td>4</td>", "<td>3</td>", "<td>2</td>", "<td>1</td>", "<td>20</td>"} & set(page.split())


def test_the_last_thirteen_months_are_listed(counted: Desk) -> None:
    page = counted.get("/desk/figures").text
    assert "October 2026 120 30 83" in words(page)
    assert 13 == page.count('<a href="/desk/figures/20')
    for month in ("2026-11", "2025-11"):
        assert 200 == counted.get(f"/desk/figures/{month}").status_code
    for month in ("2025-10", "2026-12", "2026-13", "x", "2026-1"):
        for end in ("", ".csv"):
            assert 404 == counted.get(f"/desk/figures/{month}{end}").status_code


def test_the_figures_are_available_in_spanish(counted: Desk) -> None:
    counted.send("/desk/language", None, language="es")
    assert "octubre 2026" in words(counted.get("/desk/figures/2026-10").text).lower()
    assert counted.get("/desk/figures/2026-10.csv").data.startswith(b"\xef\xbb\xbf")
    assert ["Idiomas", "Español", "50"] in rows(counted)


def test_conversations_are_counted_by_language(desk: Desk, desk_app: Flask, redis_at_now: Redis) -> None:
    """A text conversation counts under the language of our first reply, a call under the last one used."""
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


def test_a_label_is_never_a_formula() -> None:
    assert ["'=1+1", "'@x", "'-1", "A 504"] == [_harmless(each) for each in ("=1+1", "@x", "-1", "A 504")]


def test_a_month_ends_at_the_centers_midnight(desk: Desk) -> None:
    """On the evening of the last day in New York it is already the next month in UTC."""
    with time_machine.travel(NOW.replace(month=12, day=1, hour=3), tick=False):
        desk.signed_in()
        assert 404 == desk.get("/desk/figures/2026-12").status_code
    with time_machine.travel(NOW.replace(month=12, day=1, hour=6) + timedelta(), tick=False):
        assert 200 == desk.get("/desk/figures/2026-12").status_code


def put(redis: Redis, **figures: int) -> None:
    """Write the figures of a day in October."""
    for bucket, (name, count) in enumerate(figures.items()):
        redis.hset(counts_key(bucket, OCTOBER), name, count)


def test_failed_texts_are_explained_in_plain_words(desk: Desk, redis_at_now: Redis) -> None:
    put(
        redis_at_now,
        **{
            "followup.due": 90,
            "send.sent": 70,
            "status.delivered": 60,
            "status.failed.30003": 6,
            "reply.lost.30003": 5,
            "send.permanent.21614": 7,
            "reply.lost.30007": 8,
            "send.stop.30034": 9,
            "status.failed.other": 10,
            "drop.no_consent": 11,
        },
    )
    found = rows(desk)
    failed = {what: count for table, what, count in found if table == "Texts that failed, and why"}
    assert {
        "The phone was off or out of reach, or its network was busy.": "11",
        "The number is a landline, or cannot get texts.": "7",
        "A carrier filtered the text, as it does with spam.": "8",
        "There is a problem with our account or number. See the hotline's checks.": "9",
        "The carrier gave no reason.": "10",
    } == failed
    assert ["Planned texts not sent", "The parent no longer wanted texts.", "11"] in found
    assert ["Texts", "Planned texts due", "90"] in found
    assert ["Texts", "Planned texts delivered", "60"] in found


def test_each_reason_not_to_send_a_text_is_explained() -> None:
    assert set(Dropped) == set(NOT_SENT)


def test_stops_are_listed_in_the_order_of_the_flows(desk: Desk, redis_at_now: Redis, book: Book) -> None:
    questions = [s for s in book.states.values() if isinstance(s, Question) and not s.reminder]
    first, second = (each for each in questions if each.name in ("child_age", "menu"))
    put(
        redis_at_now,
        **{
            f"gave_up.sms.en.{second.name}": 40,
            f"gave_up.voice.es.{first.name}": 20,
            f"gave_up.sms.es.{first.name}": 3,
            "gave_up.sms.en.anything_else": 50,
            "gave_up.sms.en.gone": 50,
        },
    )
    found = [row for row in rows(desk) if row[0] == "Where parents stopped before an outcome"]
    asked = [book.texts["en"][text_id(each)][0] for each in (first, second)]
    assert [f"{asked[0]}: English, by text", "0"] == found[0][1:]
    assert [f"{asked[0]}: Spanish, by text", "fewer than 5"] == found[1][1:]
    assert [f"{asked[0]}: Spanish, in a call", "20"] == found[3][1:]
    assert [f"{asked[1]}: English, by text", "40"] == found[4][1:]
    assert 8 == len(found)
    page = desk.get("/desk/figures/2026-10").text
    assert '<rect width="160"' in page


def test_where_texts_were_not_understood_is_listed(desk: Desk, redis_at_now: Redis) -> None:
    put(
        redis_at_now,
        **{
            "misunderstood.child_age.en": 12,
            "misunderstood.child_age.es": 2,
            "misunderstood.new.es": 30,
            "misunderstood.no_longer_there.en": 6,
        },
    )
    found = [row[1:] for row in rows(desk) if row[0] == "Where texts were not understood"]
    assert [["A parent's first text: English", "0"], ["A parent's first text: Spanish", "30"]] == found[:2]
    assert ["12", "fewer than 5"] == [row[1] for row in found[2:4]]
    assert "no_longer_there: English" == found[4][0], (
        "a question that the flows no longer have keeps its name"
    )
    assert "Dónde no se entendieron" in words(
        desk.get("/desk/figures/2026-10", **{"Accept-Language": "es"}).text
    )


@pytest.mark.usefixtures("redis_at_now")
def test_only_words_of_three_people_are_shown(desk: Desk, desk_app: Flask) -> None:
    """This week's and last week's, on the page of this month alone, which is where they can be counted."""
    turns = desk_app.extensions["hotline"].turns
    for n, said in enumerate(
        (("speech", "bus"), ("speech", "bus"), ("speech", "bus"), ("lunch",), ("lunch",))
    ):
        event = Event(f"SM{n}", NOW - timedelta(days=7 * (n > 2)), Channel.SMS, EventKind.SAID)
        take_turn(turns, f"+1202555012{n}", event, Missed(said))
    shown = words(desk.get("/desk/figures/2026-11").text)
    assert "This week bus 3, speech 3 Last week No word was used by that many." in shown
    assert "lunch" not in shown
    assert "This week" not in words(desk.get("/desk/figures/2026-10").text)


def test_stops_are_drawn_on_the_flow(desk: Desk, desk_app: Flask, redis_at_now: Redis, book: Book) -> None:
    put(
        redis_at_now,
        **{
            "gave_up.sms.en.hardest": 40,
            "gave_up.voice.es.hardest": 20,
            "gave_up.sms.es.hardest": 3,
            "gave_up.voice.en.plan_now": 8,
            "gave_up.voice.en.more": 10,
            "answer.asked_before.no": 90,
            "answer.asked_before.said_no": 7,
            "answer.asked_before.no_answer": 2,
        },
    )
    counted = month_figures(redis_at_now, Month(2026, 10), NOW.date())
    with desk_app.test_request_context():
        drawing = drawn(book, counted)
    menu, age = drawing.flow
    assert ("menu", "child_age", (), ()) == (menu.name, age.name, menu.stops, age.stops)
    assert ["What to ask the school for"] == [way.answer for way in age.ways]
    lines = {line[0].name: [step.name for step in line] for line in age.parts}
    assert {"asked_before": ["asked_before", "hardest"], "sent_home": ["sent_home", "plan_now"]} == lines
    ((_, hardest), (_, plan_now)) = age.parts
    assert [
        ("English, by text", "40", 160),
        ("Spanish, by text", "fewer than 5", 0),
        ("Spanish, in a call", "20", 80),
    ] == [(stop.label, stop.value, stop.bar) for stop in hardest.stops]
    assert [
        ("No, not yet", "90"),
        ("I asked, no answer yet", "fewer than 5"),
        ("I asked, they said no", "not shown"),
    ] == [(way.answer, way.value) for way in hardest.ways]
    assert ["more"] == [step.name for step in drawing.aside]
    page = words(desk.get("/desk/figures/2026-10").text)
    assert page.index(plan_now.question) < page.index(drawing.aside[0].question)
    desk.client.set_cookie(COOKIE, "es", path="/desk", domain="localhost")
    spanish = words(desk.get("/desk/figures/2026-10").text)
    assert "→" not in spanish, "which a screen reader would say"
    assert "No, todavía no (90)" in spanish
    assert "Inglés, por mensaje de texto 40" in spanish


def test_the_cost_uses_the_prices_in_the_settings(desk: Desk, redis_at_now: Redis) -> None:
    """Segments and incoming texts cost 1.2 cents, minutes 0.9. Turns of a call are covered by the minutes.

    The end of a call is a turn that costs nothing.
    """
    put(
        redis_at_now,
        **{"segments": 1300, "turn.voice.answered": 350, "call_ended": 50},
        **{"turn.sms.answered": 200, "call_minutes": 100},
    )
    found = rows(desk)
    assert ["Cost", "Segments sent", "1000"] in found
    assert ["Cost", "Incoming texts", "200"] in found
    assert ["Cost", "Estimated cost", "$15.30"] in found


def test_call_minutes_are_counted_once(desk: Desk, desk_app: Flask) -> None:
    phone = Caller(desk_app.test_client(), desk_app.extensions["hotline"].settings)
    phone.dial()
    for _ in range(3):
        phone.post("/voice/ended", {**phone.voice_form(), "CallStatus": "completed", "CallDuration": "61"})
    assert ["Cost", "Minutes of incoming calls", "2"] in rows(desk, "2026-11")


def test_a_report_has_what_federal_parent_centers_must_report(counted: Desk, redis_at_now: Redis) -> None:
    past = {"waited": 60, "language": "es", "us_state": "CA", "wish": "call", "by": "anna"}
    for n in range(6):
        at = datetime(2026, 10, 5 + n, tzinfo=UTC).timestamp()
        line = json.dumps({**past, "done": at, "result": "talked", "mark": str(n)})
        redis_at_now.zadd(HISTORY, {line: at})
    answer = counted.get("/desk/figures/report.csv?first=2026-10&last=2026-11")
    found = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    for row in (
        ["Contacts by channel", "By text", "120"],
        ["Contacts by channel", "Calls", "30"],
        ["Languages", "Spanish", "50"],
        ["States that parents named", "California", "70"],
        ["Information given, by outcome", "An IEP evaluation", "60"],
        ["Referrals to a person, and their results", "Parents who asked for a person", "fewer than 5"],
        ["Referrals to a person, and their results", "Talked with the parent", "6"],
    ):
        assert row in found, row
    said = words(counted.get("/desk/figures/report?first=2026-11&last=2026-10").text)
    assert "October 2026 – November 2026" in said
    assert 200 == counted.get("/desk/figures/report").status_code
    for query in ("first=2020-01", "last=x"):
        assert 404 == counted.get(f"/desk/figures/report?{query}").status_code
