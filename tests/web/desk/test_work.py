"""Waiting parents on the desk: listed correctly, with no data left once a request is done."""

from __future__ import annotations

import hashlib
import re
import time
from base64 import b64encode
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from flask import Flask
from redis import Redis
from structlog.testing import capture_logs

from devtools.twilio_sim import Serving
from devtools.twilio_sim.recordings import Recording
from hotline.config.settings import Settings
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Statement
from hotline.conversation.book.texts import text_id
from hotline.conversation.model.events import AskPerson, Channel, Count, LineType, ReachBy, Tell, Texting
from hotline.conversation.model.session import REACHED, Session
from hotline.conversation.model.session import Answer as SessionAnswer
from hotline.store.desk_audit import DeskAudit
from hotline.store.heartbeat import beat, store_problems
from hotline.store.keys import Keys
from hotline.store.metrics import count
from hotline.store.requests import BY_HAND
from hotline.store.staff_roles import Role
from hotline.store.webhook_counts import TAKEN, WebhookCounts, WebhookKind
from hotline.telemetry.measures import SET_ASIDE
from hotline.web.app import create_app
from hotline.web.checks import CHECKS, NOT_REPORTED
from hotline.web.desk import work
from hotline.web.desk.view import OUTCOMES, outcomes_of
from tests.web.desk.conftest import FATHER, NOW, VOICEMAIL
from tests.web.desk.visiting import PASSPHRASE, PASSWORD, Ask, Desk, account, same_browser, words
from workers.jobs import Dependencies


def cards(page: str) -> list[str]:
    """Return the text of each card, in order."""
    return [words(card) for part in page.split('<ul class="cards">')[1:] for card in part.split("<h3>")[1:]]


# --- the list of requests ------------------------------------------------------------------------


def test_an_empty_desk_says_so(desk: Desk) -> None:
    said = words(desk.get().text)
    assert "As of Monday, November 23, 2026 at 10:00 AM EST." in said
    assert "No one is waiting for a callback." in said
    assert "No messages." in said


def test_waiting_parents_are_listed_without_a_number(desk: Desk, happened: Ask) -> None:
    knows_state = Session(language="es", known=(("which_state", "CA"),))
    happened(AskPerson("evening"), number=FATHER, after=timedelta(hours=6), channel=Channel.VOICE)
    happened(AskPerson("morning"), session=knows_state)
    page = desk.get().text
    assert "Waiting for a callback (2)" in words(page)
    mother, father = cards(page)
    assert mother.startswith(
        "Call back: Spanish , 1 of 2 Language Spanish Good time Morning "
        "Asked Monday, November 23, 2026 at 10:00 AM EST , by text State California Take it"
    )
    assert father.startswith(
        "Call back: English , 2 of 2 Language English Good time After 5 pm "
        "Asked Monday, November 23, 2026 at 4:00 PM EST , in a call Take it"
    )
    assert "202-555" not in page
    assert '<time datetime="2026-11-23T15:00:00+00:00">' in page


def test_the_list_is_in_spanish_for_staff_who_chose_it(desk: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"), session=Session(language="es"))
    assert 303 == desk.send("/desk/language", None, language="es").status_code
    page = desk.get().text
    assert '<html lang="es">' in page
    assert "Esperan una llamada (1)" in words(page)
    assert cards(page)[0].startswith("Llamada: Español Idioma Español Buen momento Mañana")


def test_a_card_has_the_parents_language_and_phone(desk: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"), session=Session(tongue="chinese", line=LineType.LANDLINE))
    happened(
        AskPerson("morning"),
        session=Session(texting=Texting.STOPPED),
        number=FATHER,
        after=timedelta(hours=1),
    )
    first, second = cards(desk.get().text)
    assert first.startswith("Call back: Chinese (used the line in English)")
    assert "Phone It takes no texts" in first
    assert "Phone The parent stopped our texts" in second
    desk.send("/desk/language", None, language="es")
    assert cards(desk.get().text)[0].startswith("Llamada: Chino (usó la línea en inglés)")


def test_the_list_can_be_filtered(desk: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"), session=Session(language="es"))
    happened(AskPerson("evening"), number=FATHER, after=timedelta(hours=1))
    desk.take(0)
    for query, shown in (
        ("language=es", ["Spanish"]),
        ("language=en", ["English"]),
        ("kind=message", []),
        ("kind=call_back", ["Spanish", "English"]),
        ("whose=mine", ["Spanish"]),
        ("whose=free", ["English"]),
        ("whose=others", []),
        ("language=xx&kind=%3Cb%3E", []),
    ):
        page = desk.get(f"/desk?{query}").text
        assert shown == [card.split()[2] for card in cards(page)], query
        assert (f"Hidden by this filter: {2 - len(shown)}." in words(page)) == (len(shown) < 2), query


def test_parents_who_want_a_text_and_no_call_are_listed_separately(desk: Desk, happened: Ask) -> None:
    happened(AskPerson("text_evening", by=ReachBy.TEXT))
    happened(AskPerson("evening"), number=FATHER)
    assert "Waiting for a text (1)" in words(desk.get().text)
    (card,) = cards(desk.get("/desk?kind=text").text)
    assert card.startswith("Text back, do not call: English Language English Good time By text, after 5 pm")
    assert 1 == len(cards(desk.get("/desk?kind=call_back").text))
    desk.press("/done", on=desk.take(1), result="texted")
    (done,) = cards(desk.get("/desk/history").text)
    assert done.startswith("Texted with the parent Text back, do not call. English.")


def test_a_parent_who_may_be_in_danger_is_first(desk: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"))
    happened(AskPerson("evening", urgent=True), number=FATHER, after=timedelta(hours=1))
    page = words(desk.get().text)
    assert page.index("May be in danger (1)") < page.index("Waiting for a callback (1)")
    first, second = cards(desk.get().text)
    assert "There were signs of possible danger." in first
    assert "There were signs of possible danger." not in second
    assert "There were signs of possible danger." in words(desk.get(desk.take()).text)


@pytest.mark.usefixtures("voicemail")
def test_voicemails_are_listed_separately(desk: Desk) -> None:
    page = desk.get().text
    said = words(page)
    assert "Messages left (1)" in said
    assert "No one is waiting for a callback." in said
    (card,) = cards(page)
    assert card.startswith(
        "Message left: Spanish Language Spanish Asked Monday, November 23, 2026 at 10:05 AM EST , in a call"
    )
    assert "<audio" not in page
    assert re.search(
        r'<audio controls preload="none" src="/desk/recording/[0-9a-f]{32}-[0-9a-f]{12}" '
        r'aria-label="Message of Monday, November 23, 2026 at 10:05 AM EST"></audio>',
        opened := desk.get(desk.take()).text,
    )
    assert VOICEMAIL not in page + opened


@pytest.mark.parametrize(
    ("notify", "shown"),
    [
        (
            {
                "numbers": ("+15105550188",),
                "emails": ("a@example.org",),
                "webhook": "https://chat.example.org/secret",
            },
            "New requests are announced to 510-555-0188, a@example.org, chat.example.org.",
        ),
        ({}, "No one is told when a parent waits."),
    ],
)
def test_the_list_says_who_is_notified(
    reached: Settings, redis_at_now: Redis, notify: dict[str, object], shown: str
) -> None:
    assert 0 == redis_at_now.dbsize()
    app = create_app(replace(reached, notify=replace(reached.notify, **notify)))  # type: ignore[arg-type]  # a row
    page = Desk(app).signed_in().get().text
    assert shown in words(page)
    assert "/secret" not in page


# --- claiming a request --------------------------------------------------------------------------


def test_enter_in_a_field_of_a_request_calls_no_one(desk: Desk, happened: Ask) -> None:
    """A result chosen by keyboard, then Enter: the browser presses the first button, which keeps what was typed."""
    happened(AskPerson("morning"))
    page = desk.take()
    first = re.findall(r'<button form="typed"[^>]*>', desk.get(page).text)[0]
    assert "formaction" not in first
    assert f'<form method="post" action="{page}/note" id="typed">' in desk.get(page).text
    answer = desk.post(f"{page}/note", note=" ", result="no_answer", own="510-555-0143")
    assert 200 == answer.status_code
    assert "Nothing was done yet." in words(answer.text)
    assert 'value="no_answer" checked' in answer.text
    assert f'name="page" value="{page}"' in answer.text
    assert "Waiting for a callback (1)" in words(desk.get().text)


def test_a_too_long_note_is_kept_to_shorten(desk: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"))
    page = desk.take()
    answer = desk.post(f"{page}/note", note="y" * 1001)
    assert 400 == answer.status_code
    assert "A note has at most 1000 characters. This one has 1001." in words(answer.text)
    assert "y" * 1001 in answer.text
    assert 303 == desk.post(f"{page}/note", note="y" * 498 + "\r\n\r\n" + "z" * 500).status_code
    assert "z" * 500 in desk.get(page).text


def test_a_claim_older_than_a_working_day_may_be_taken_over(
    desk_app: Flask, happened: Ask, redis_at_now: Redis
) -> None:
    for name in ("anna", "ben"):
        account(desk_app, name)
    happened(AskPerson("morning"))
    anna, ben = (Desk(desk_app).signed_in(PASSPHRASE, name) for name in ("anna", "ben"))
    page = anna.take()
    assert "Taken by anna" in words(ben.get().text)
    assert "/claim" not in ben.get().text
    assert 409 == ben.post(f"{page}/claim").status_code
    with time_machine.travel(NOW + timedelta(days=1, hours=1), tick=False):
        listed = words(ben.get().text)
        assert "Taken by anna since Monday, November 23, 2026 at 10:00 AM EST Take it over" in listed
        assert 200 == ben.get(ben.take()).status_code
        assert 409 == anna.get(page).status_code
        assert "took over" == next(
            row.what for row in DeskAudit(redis_at_now).rows() if row.by == "ben" and "took" in row.what
        )


def test_the_claimant_of_a_request_sees_the_number(desk: Desk, happened: Ask) -> None:
    answered = Session(
        state="rest", answers=(SessionAnswer("has_plan", "no"), SessionAnswer("out_iep", REACHED))
    )
    happened(AskPerson("morning"), session=answered)
    page = desk.get(desk.take()).text
    assert '<a href="tel:+12025550123">Call from your own phone (shows your number)</a>' in page
    assert "<h1>202-555-0123</h1>" in page.replace("\n", "")
    assert "Yours: open it" in words(desk.get().text)


def test_what_the_parent_answered_is_shown(desk: Desk, happened: Ask, book: Book) -> None:
    asked = next(s for s in book.states.values() if isinstance(s, Question) and len(s.choices) > 2)
    reached = next(
        s
        for s in book.states.values()
        if isinstance(s, Statement) and s.outcome and s.outcome.id == "OUT-IEP"
    )
    answers = (
        SessionAnswer(asked.name, asked.choices[0].name),
        SessionAnswer("a question that is gone", "yes"),
        SessionAnswer(reached.name, REACHED),
    )
    waits = next(s for s in book.states.values() if isinstance(s, Question) and s.name == "call_back_time")
    session = Session(
        state="rest",
        paused=waits.name,
        answers=answers,
        earlier=(reached.name,),
        known=(("sent_on", "2026-11-20"), ("which_state", "CA")),
        last=(Tell("plans.what_504.text"),),
        days_out=("2026-11-16", "2026-11-17"),
        safe_asked=NOW,
    )
    happened(AskPerson("morning"), session=session)
    page = desk.get(desk.take()).text
    said = words(page)
    assert '<dd lang="en">' not in page, "the topics are in the language of the page"
    assert (
        "Outcome An IEP evaluation Before that An IEP evaluation Topics What a 504 Plan is Days out 2" in said
    )
    assert "There were signs of possible danger." in said
    assert f"{asked.choices[0].text} {book.texts['en'][text_id(waits)][0]} not answered yet" in said
    assert "November 20, 2026" in said
    assert "CA" not in said.partition("What the parent told the hotline")[2]


def test_a_good_time_in_own_words_is_for_the_claimant(desk: Desk, happened: Ask) -> None:
    happened(AskPerson("afternoon", words="between two and <four>"))
    with capture_logs() as logs:
        listed, taken = desk.get().text, desk.take()
        page = desk.get(taken).text
    assert "and <four>" not in words(listed)
    assert "Good time Afternoon In their words between two and <four>" in words(page)
    assert "between two" not in str(logs)
    desk.send("/desk/language", None, language="es")
    assert "Con sus palabras between two and <four>" in words(desk.get(taken).text)


def test_an_unsent_text_is_a_task(desk: Desk, happened: Ask) -> None:
    happened(AskPerson(BY_HAND))
    (card,) = cards(desk.get().text)
    assert "The hotline could not send a reminder that this parent agreed to." in card
    assert "Good time" not in card
    assert "could not send a reminder" in words(desk.get(desk.take()).text)
    desk.send("/desk/language", None, language="es")
    assert "no pudo enviar un recordatorio" in words(desk.get().text)


def test_set_aside_texts_are_a_problem_for_two_days(desk: Desk, redis: Redis) -> None:
    count(redis, SET_ASIDE, NOW.date() - timedelta(days=1))
    assert "Parents whose text could not be sent are on the list of waiting parents." in words(
        desk.get().text
    )
    redis.flushdb()
    count(redis, SET_ASIDE, NOW.date() - timedelta(days=2))
    assert "Parents whose text could not be sent" not in words(desk.get().text)


def test_without_answers_there_is_no_section(desk: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"), session=Session(state="rest"))
    assert "What the parent told the hotline" not in words(desk.get(desk.take()).text)


def test_a_foreign_number_is_shown_unformatted(desk: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"), number="+525512345678")
    assert '<a href="tel:+525512345678">' in desk.get(desk.take()).text


def test_a_missing_number_is_explained(desk: Desk, happened: Ask, reached: Settings) -> None:
    """The caller may have hidden it, or HOTLINE_SECRET may have changed since it was encrypted."""
    happened(AskPerson(), number="CA" + "3" * 32, reachable=False, channel=Channel.VOICE)
    page = desk.get(desk.take()).text
    assert "The number is hidden" in words(page)
    assert "tel:" not in page
    happened(AskPerson("morning"))
    changed = Desk(
        create_app(replace(reached, hotline_secret="another secret of the tests, long"))
    ).signed_in()
    assert "The number cannot be read: HOTLINE_SECRET has changed" in words(changed.get(changed.take()).text)


@pytest.fixture
def staff(desk_app: Flask, redis_at_now: Redis) -> tuple[Desk, Desk, Desk]:  # noqa: ARG001 -- empties Redis first
    for name in ("anna", "ben"):
        account(desk_app, name)
    account(desk_app, "ed", Role.EDITOR)
    anna, ben, ed = (Desk(desk_app).signed_in(PASSPHRASE, name) for name in ("anna", "ben", "ed"))
    return anna, ben, ed


def test_two_people_cannot_claim_the_same_request(staff: tuple[Desk, Desk, Desk], happened: Ask) -> None:
    anna, ben, _ = staff
    id = happened(AskPerson("morning"))
    path = f"/desk/request/{id}/claim"
    tokens = {each: each.token() for each in (anna, ben)}
    with ThreadPoolExecutor(20) as pressing:
        presses = [(same_browser(each), tokens[each]) for each in [anna, ben] * 10]
        answers = list(pressing.map(lambda press: press[0].send(path, None, token=press[1]), presses))
    assert {303: 10, 409: 10} == Counter(answer.status_code for answer in answers)
    owner, other = (anna, ben) if "Yours" in words(anna.get().text) else (ben, anna)
    assert "202-555-0123" in owner.get(f"/desk/request/{id}").text
    for what in ("", "/note", "/done", "/release"):
        refused = (
            other.post(f"/desk/request/{id}{what}", note="x") if what else other.get(f"/desk/request/{id}")
        )
        assert 409 == refused.status_code, what
        assert "Someone else has taken that one." in words(refused.text)
        assert "202-555" not in refused.text
    assert "Taken by" in words(other.get().text)


def test_an_unclaimed_request_cannot_be_worked_on(desk: Desk, happened: Ask) -> None:
    id = happened(AskPerson("morning"))
    for path in (f"/desk/request/{id}/note", f"/desk/request/{id}/done"):
        answer = desk.post(path, note="x", result="talked")
        assert 409 == answer.status_code
        assert "Take the request first." in words(answer.text)
    assert 409 == desk.get(f"/desk/recording/{id}").status_code
    assert "Waiting for a callback (1)" in words(desk.get().text)


def test_a_request_can_be_released(staff: tuple[Desk, Desk, Desk], happened: Ask) -> None:
    anna, ben, ed = staff
    happened(AskPerson("morning"))
    anna.press("/release", on=anna.take())
    page = ben.take()
    assert 200 == ben.get(page).status_code
    assert "/release" not in anna.get().text
    assert 303 == ed.press("/release").status_code
    assert 409 == ben.get(page).status_code


def test_notes_are_encrypted_and_shown_to_the_claimant(
    staff: tuple[Desk, Desk, Desk], happened: Ask, redis_at_now: Redis
) -> None:
    anna, ben, _ = staff
    happened(AskPerson("morning"))
    page = anna.take()
    anna.press("/note", on=page, note="Speak <slowly>.\nCalls at noon")
    assert "Speak <slowly>. Calls at noon Monday, November 23, 2026 at 10:00 AM EST, anna" in unescape(
        words(anna.get(page).text)
    )
    assert "<slowly>" not in anna.get(page).text
    assert "slowly" not in everything(redis_at_now)
    anna.press("/release", on=page)
    assert "Notes 1" in words(ben.get().text)
    assert "Calls at noon" in words(ben.get(ben.take()).text)


def test_a_newer_request_of_the_same_parent_keeps_its_claimant(desk: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"))
    desk.press("/note", on=desk.take(), note="prefers Ana")
    newer = happened(AskPerson("evening"), after=timedelta(hours=1))
    said = words(desk.get(f"/desk/request/{newer}").text)
    assert "Good time After 5 pm" in said
    assert "prefers Ana" in said


def test_the_figures_of_the_day_are_shown(desk: Desk, happened: Ask) -> None:
    today = [
        Count("word.crisis"),
        Count("word.abuse"),
        Count("stop"),
        Count("miss"),
        Count("outcome.OUT-IEP"),
    ]
    happened(*today, Count("text_opened"))
    happened(Count("outcome.OUT-IEP"), Count("outcome.OUT-504"), Count("call_opened"), number=FATHER)
    happened(Count("miss"), after=timedelta(days=-1))
    said = words(desk.get().text)
    assert (
        "Conversations started by text 1 Calls 1 Words of danger 2 Parents who asked for a person 0 Not understood 1 Opt-outs 1"
        in said
    )
    assert "Outcome How often An IEP evaluation 2 A 504 evaluation 1" in said


def test_every_outcome_of_the_flows_has_a_label(book: Book) -> None:
    ids = {s.outcome.id for s in book.states.values() if isinstance(s, Statement) and s.outcome}
    assert ids == set(OUTCOMES)
    assert {"OUT-OWN": 2} == outcomes_of({"outcome.OUT-OWN": 2, "miss": 1})


def test_a_day_ends_at_the_centers_midnight(desk: Desk, happened: Ask) -> None:
    happened(Count("miss"))
    with time_machine.travel(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), tick=False):
        evening = words(desk.get().text)
    assert "As of Monday, November 23, 2026 at 9:00 PM EST." in evening
    assert "Not understood 1 " in evening
    with time_machine.travel(datetime(2026, 11, 24, 5, 0, tzinfo=UTC), tick=False):
        assert "Not understood 0 " in words(desk.get().text)


def test_the_desk_shows_the_hotlines_health(desk: Desk, redis_at_now: Redis) -> None:
    before = words(desk.get().text)
    assert "The hotline needs attention" in before
    assert before.index("The hotline needs attention") < before.index("Today in figures"), (
        "not below all lists"
    )
    assert (
        "Reminders are not sent, because the part that starts them has stopped. Show this to the person who runs the "
        "hotline: No clock has sent a heartbeat for a while; start one: systemctl start hotline-clock, or elsewhere "
        "python -m hotline clock." in before
    )
    assert "The database answers: yes." in before
    assert "No se mandan recordatorios, porque se detuvo" in words(desk.get(**{"Accept-Language": "es"}).text)
    for process in ("clock", "worker", "inbox"):
        beat(redis_at_now, process, NOW)
    store_problems(redis_at_now, [])
    WebhookCounts(redis_at_now).add(Counter({(WebhookKind.TEXTS, TAKEN): 1}), NOW)
    after = words(desk.get().text)
    assert "Show this to" not in after
    assert "The hotline is working" in after


def test_what_redis_hides_is_no_problem(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {**dict.fromkeys(CHECKS, "ok"), "persistence": NOT_REPORTED}
    monkeypatch.setattr(work, "run_checks", lambda _: found)
    said = words(desk.get().text)
    assert "The hotline is working" in said
    assert f"Parents' answers survive a crash: not known. {NOT_REPORTED}." in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Calls are now put through to 510-555-0123."),
        (
            {"office_hours": ()},
            "Now it is outside office hours: callers can leave a message or request a callback.",
        ),
        (
            {"office_hours": (), "staff_number": ""},
            "No calls are put through, because no staff number is set.",
        ),
    ],
    ids=["open", "closed", "never"],
)
@pytest.mark.usefixtures("redis_at_now")
def test_the_desk_says_if_calls_are_rung(changed: dict[str, object], said: str, reached: Settings) -> None:
    client = create_app(replace(reached, **changed))  # type: ignore[arg-type]  # each has its field's type
    assert said in words(Desk(client).signed_in().get().text)


@pytest.mark.usefixtures("redis_at_now")
def test_stored_text_is_escaped(reached: Settings, happened: Ask) -> None:
    happened(AskPerson("<b>now</b>"), session=Session(language="<i>", known=(("which_state", "<u>"),)))
    page = Desk(create_app(replace(reached, hotline_name="Parents <s>&</s> Co"))).signed_in().get().text
    assert re.findall(r"<[bius]>", page) == []
    assert "Parents <s>&</s> Co: staff desk" in unescape(page)
    assert "<b>now</b>" in unescape(page)


# --- the recordings -----------------------------------------------------------------------------


def recording_path(desk: Desk) -> str:
    """Claim the first request; return the URL of its recording."""
    found = re.search(r'src="(/desk/recording/[^"]+)"', desk.get(desk.take()).text)
    assert found
    return found[1]


def test_a_voicemail_is_played_from_the_carrier(desk: Desk, voicemail: Recording) -> None:
    path, sound = recording_path(desk), voicemail.sound()
    whole = desk.get(path)
    assert (200, "audio/mpeg", sound) == (whole.status_code, whole.mimetype, whole.data)
    part = desk.get(path, Range="bytes=10-19")
    assert (206, sound[10:20]) == (part.status_code, part.data)
    assert f"bytes 10-19/{len(sound)}" == part.headers["Content-Range"]
    assert 416 == desk.get(path, Range="bytes=9999999-").status_code


def test_a_message_leaves_memory_with_its_request(desk: Desk, voicemail: Recording) -> None:
    desk.get(recording_path(desk))
    sounds = desk.app.extensions["hotline"].sounds
    assert voicemail.sid in sounds._sounds
    desk.press("/done", on=f"/desk/request/{ids_on(desk)[0]}", result="talked")
    assert voicemail.sid not in sounds._sounds


def test_a_missing_recording_is_reported(desk: Desk, voicemail: Recording, serving: Serving) -> None:
    path = recording_path(desk)
    serving.carrier.recordings.delete(voicemail.sid)
    desk.app.extensions["hotline"].sounds.drop(voicemail.sid)  # other tests have played it
    assert 404 == desk.get(path).status_code
    assert "A new one can take a minute" in words(desk.get(path).text)
    for id in ("x", "..%2f..%2fAccounts", f"{'0' * 32}-{'0' * 12}", VOICEMAIL):
        assert 404 == desk.get(f"/desk/recording/{id}").status_code


def test_a_request_without_a_message_has_no_recording(desk: Desk, happened: Ask) -> None:
    id = happened(AskPerson("morning"))
    desk.take()
    assert 404 == desk.get(f"/desk/recording/{id}").status_code


@pytest.mark.usefixtures("voicemail")
def test_a_refusal_by_the_carrier_is_reported(reached: Settings) -> None:
    client = create_app(replace(reached, twilio_auth_token="another", desk_password=PASSWORD))
    desk = Desk(client).signed_in()
    answer = desk.get(recording_path(desk))
    assert 502 == answer.status_code
    assert "The message cannot be played now: Twilio refuses us; check TWILIO_AUTH_TOKEN" in words(
        answer.text
    )


# --- done ---------------------------------------------------------------------------------------


def ids_on(desk: Desk) -> list[str]:
    return re.findall(r"/desk/request/([0-9a-f]{32}-[0-9a-f]{12})", desk.get().text)


def everything(redis: Redis) -> str:
    return " ".join(str(redis.hgetall(key)) for key in redis.scan_iter() if redis.type(key) == "hash")


def test_done_can_be_undone_for_a_day(desk: Desk, happened: Ask) -> None:
    id = happened(AskPerson("morning"))
    answer = desk.do(result="left_message")
    assert (303, "/desk?said=done") == (answer.status_code, answer.headers["Location"])
    assert "Done. You can undo this for a day" in words(desk.get(answer.headers["Location"]).text)
    assert "No one is waiting for a callback." in words(desk.get().text)
    listed = desk.get("/desk/history").text
    assert "Left a message Call back. English" in words(listed)
    assert "202-555" not in listed
    again = desk.post(f"/desk/request/{id}/done", result="talked")
    assert (409, True) == (again.status_code, "already done" in words(again.text))
    assert 303 == desk.press("/undo", on="/desk/history").status_code
    assert "Yours: open it" in words(desk.get().text)
    assert "Nothing was finished in the last day." in words(desk.get("/desk/history").text)
    desk.post(f"/desk/request/{id}/done", result="talked")
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        late = desk.signed_in().press("/undo", on="/desk/history")
    assert (409, True) == (late.status_code, "more than a day ago" in words(late.text))


def test_a_day_later_nothing_about_the_parent_is_left(
    desk: Desk, voicemail: Recording, serving: Serving, redis_at_now: Redis, reached: Settings
) -> None:
    assert "llámeme" == voicemail.words
    desk.press("/note", on=desk.take(), note="a note")
    desk.press("/done", on=f"/desk/request/{ids_on(desk)[0]}", result="talked")
    Dependencies(reached).retention.end(NOW + timedelta(days=1))
    assert [""] == [each.words for each in serving.carrier.recordings.all() if each.sid == VOICEMAIL]
    hashes = " ".join(str(redis_at_now.hgetall(key)) for key in redis_at_now.scan_iter("*requests*"))
    assert "" == hashes
    said = words(desk.get("/desk/history").text)
    assert "Talked with the parent Message left Spanish" in said


def test_only_the_chosen_request_is_done(desk: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"), session=Session(language="es"))
    happened(AskPerson("evening"), number=FATHER, after=timedelta(hours=1))
    desk.do(0)
    (left,) = cards(desk.get().text)
    assert left.startswith("Call back: English")


def test_the_history_has_local_days(
    desk: Desk, happened: Ask, redis_at_now: Redis, reached: Settings
) -> None:
    happened(AskPerson("morning"))
    with time_machine.travel(datetime(2026, 11, 24, 4, 30, tzinfo=UTC), tick=False):
        desk.do()
    Dependencies(reached).retention.end(NOW + timedelta(days=2))
    assert redis_at_now.exists("{desk}:history")
    assert "Longer ago" in (said := words(desk.get("/desk/history").text))
    assert "Nov 23, 2026" in said
    assert "Nov 24, 2026" not in said


def test_a_request_deleted_meanwhile_is_gone(desk: Desk, happened: Ask, redis_at_now: Redis) -> None:
    id = happened(AskPerson("morning"))
    page = desk.take()
    redis_at_now.delete(Keys(id[:32]).requests)
    for answer in (desk.get(page), desk.post(f"/desk/request/{id}/done", result="talked")):
        assert (404, True) == (answer.status_code, "no longer exists" in words(answer.text))


# --- what applies to every page -------------------------------------------------------------------


@pytest.mark.usefixtures("voicemail")
def test_a_page_loads_nothing_and_is_not_cached(desk: Desk, desk_app: Flask) -> None:
    visitor, shown = Desk(desk_app), desk.get()
    style = re.search(r"<style>(.*?)</style>", shown.text, re.DOTALL)
    assert style
    hashed = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    answers = [
        shown,
        visitor.get("/desk"),
        visitor.get("/desk/sign-in"),
        desk.get("/desk/team"),
        desk.get("/desk/recording/x"),
        desk.send("/desk/request/x/done"),
        desk.get(recording_path(desk)),
        desk.get("/desk/history"),
        desk.get(f"/desk/request/{ids_on(desk)[0]}"),
    ]
    assert [200, 303, 200, 200, 404, 403, 200, 200, 200] == [answer.status_code for answer in answers]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"] == (
            f"default-src 'none'; style-src 'sha256-{hashed}'; media-src 'self'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        assert "no-store" == answer.headers["Cache-Control"]
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert "no-referrer" == answer.headers["Referrer-Policy"]
        if answer.mimetype == "text/html":
            assert [] == re.findall(
                r"(?i)<script|<img|<link|\bstyle=|\bon\w+=|https?:|url\(|@import", answer.text
            )


def test_nothing_about_a_parent_is_logged(desk: Desk, desk_app: Flask, happened: Ask) -> None:
    id = happened(AskPerson("morning"))
    visitor = Desk(desk_app)
    with capture_logs() as lines:
        desk.get()
        desk.get(f"/desk/recording/{id}")
        visitor.get(f"/desk/recording/{id}")
        visitor.sign_in("wrong")
        desk.send(f"/desk/request/{id}/done")
        desk.do()
    assert {"request_refused", "desk_refused", "request_done"} == {line["event"] for line in lines}
    assert id[:32] not in str(lines)
    assert "5550123" not in str(lines)


@pytest.mark.parametrize("path", ["/desk", "/desk/sign-in", f"/desk/recording/{'0' * 32}-{'0' * 12}"])
def test_the_desk_says_that_redis_is_down(path: str, reached: Settings) -> None:
    dead = Desk(create_app(replace(reached, redis_url="redis://127.0.0.1:9/0")))
    began = time.monotonic()
    answer = dead.get(path)
    assert 503 == answer.status_code
    assert "Parents who text or call get 911, 988 and whom to call." in words(answer.text)
    assert "Redis does not answer; check REDIS_URL" in words(answer.text)
    assert "no-store" == answer.headers["Cache-Control"]
    assert time.monotonic() - began < 2


def test_the_desk_accepts_a_trailing_slash(desk: Desk) -> None:
    assert 200 == desk.get("/desk/").status_code


@pytest.mark.parametrize(
    ("due", "heading", "said"),
    [
        ((0, 2), "The hotline is working", "Soon Statements of law due for review within a month: 2."),
        ((1, 2), "The hotline needs attention", "Statements of law past their review date: 1."),
    ],
)
def test_law_due_soon_is_no_alarm(
    due: tuple[int, int], heading: str, said: str, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {**dict.fromkeys(CHECKS, "ok"), "review": "statements of law: 2 due; faq.toml [faq_law_changed]"}
    monkeypatch.setattr(work, "run_checks", lambda _: dict(found))
    monkeypatch.setattr(work, "reviews_due", lambda *_: due)
    page = desk.get().text
    assert heading in words(page)
    assert said in words(page)
    assert "faq.toml" not in page
    assert '<a href="/desk/words?which=due">Read them and record the review</a>' in page


def test_an_unanswered_question_alone_is_no_section(desk: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"), session=Session(state="menu"))
    assert "What the parent told the hotline" not in desk.get(desk.take()).text
