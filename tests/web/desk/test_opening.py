"""Changes of hours and closures by an editor, and their effect on parents and on the staff's phones."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from redis import Redis

from hotline import clock
from hotline.config.opening import Opening
from hotline.config.settings import Settings
from hotline.store.desk_audit import DeskAudit
from hotline.store.desk_versions import REFRESHED_EVERY
from hotline.store.in_force import Versions
from hotline.store.staff_roles import Role
from hotline.web.app import create_app
from tests.copied_flows import copied_flows
from tests.web.desk.conftest import NOW
from tests.web.desk.visiting import PASSPHRASE, Desk, account, words
from tests.web.twilio_forms import Caller, spoken

ANA, BEN = "+15105550141", "+15105550142"
USUAL = {"hours": "Mon-Fri 9:00-17:00", "holidays": "US", "number_0": "510-555-0141"}


@pytest.fixture(autouse=True)
def as_it_was(redis: Redis) -> Iterator[None]:
    """Leave nothing behind that would affect another test's app."""
    yield
    redis.flushall()


@pytest.fixture
def editor(desk_app: Flask, redis_at_now: Redis) -> Desk:  # noqa: ARG001 -- empties Redis first
    """Return a browser of an editor."""
    account(desk_app, "ed", Role.EDITOR)
    desk_app.extensions["hotline"].live.fresh()
    return Desk(desk_app).signed_in(PASSPHRASE, "ed")


def version_of(desk: Desk) -> str:
    """Return the version number in the page's forms."""
    found = re.search(r'name="version" value="(\d+)"', desk.get("/desk/opening").text)
    assert found
    return found[1]


def save(desk: Desk, path: str = "/desk/opening", **form: str) -> str:
    """Submit one of the page's forms; return the text of the next page."""
    answer = desk.post(path, version=version_of(desk), **form)
    assert 303 == answer.status_code, words(answer.text)
    return words(desk.get(answer.headers["Location"]).text)


def caller_of(app: Flask) -> Caller:
    """Return a parent's phone at another web process, which has just read the current settings."""
    service = app.extensions["hotline"]
    other = create_app(service.settings)
    return Caller(other.test_client(), service.settings)


def rung(caller: Caller) -> list[str]:
    """Return the phones that ring for a caller who asks for a person."""
    caller.dial()
    return re.findall(r"<Number[^>]*>([^<]+)</Number>", caller.turn(1, Digits="0").text)


def test_the_values_in_effect_are_shown(editor: Desk) -> None:
    page = editor.get("/desk/opening").text
    assert 'value="510-555-0123"' in page
    assert "The settings of the server This one is in effect." in words(page)


def test_staff_numbers_and_hours_take_effect(editor: Desk, desk_app: Flask) -> None:
    save(editor, **USUAL, number_1="510-555-0142", languages_1="es", hours_1="Mon 9:00-12:00")
    caller = caller_of(desk_app)
    assert [ANA] == rung(caller), "who speaks Spanish alone is not rung for English"
    caller = caller_of(desk_app)
    caller.text("hola")
    assert [ANA, BEN] == rung(caller)
    with time_machine.travel(datetime(2026, 11, 23, 18, tzinfo=UTC), tick=False):
        assert [ANA] == rung(caller_of(desk_app)), "it is one in the afternoon"
    with time_machine.travel(datetime(2026, 11, 23, 23, tzinfo=UTC), tick=False):
        assert [] == rung(caller_of(desk_app))


def test_a_change_takes_effect_without_a_restart(
    editor: Desk, desk_app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = create_app(desk_app.extensions["hotline"].settings)
    caller = Caller(other.test_client(), settings)
    assert ["+15105550123"] == rung(caller)
    save(editor, **USUAL)
    live = other.extensions["hotline"].live
    later = live._refreshing._clock() + REFRESHED_EVERY.total_seconds()
    monkeypatch.setattr(live._refreshing, "_clock", lambda: later)
    caller.call = "CA" + "7" * 32
    assert [ANA] == rung(caller)


def test_only_current_staff_numbers_get_the_announcement(editor: Desk, desk_app: Flask) -> None:
    save(editor, **USUAL)
    caller = caller_of(desk_app)
    ours = caller.settings.sender
    for number, status in ((ANA, 200), ("+15105550123", 403)):
        form = {**caller.voice_form(), "From": ours, "To": number}
        assert status == caller.post("/voice/whisper?lang=en", form).status_code


def test_a_closing_notice_comes_before_the_way_to_a_person(editor: Desk, desk_app: Flask) -> None:
    said = save(
        editor, "/desk/opening/today", words_en="We are closed: snow.", words_es="Cerrado: hay nieve."
    )
    assert "Closed for today." in said
    assert "Closed today: callers can leave a message" in words(editor.get().text)
    caller = caller_of(desk_app)
    caller.text("hello")
    asked = caller.text("person").text
    assert asked.index("We are closed: snow.") < asked.index("510-555-0199")
    spanish = caller_of(desk_app)
    spanish.number = "+12025550177"
    spanish.text("hola")
    assert "Cerrado: hay nieve." in spanish.text("persona").text
    assert "nieve" not in spanish.text("1").text
    phone = caller_of(desk_app)
    phone.number = "+12025550166"
    phone.dial()
    heard = spoken(phone.turn(1, Digits="0"))
    assert "We are closed: snow." in heard
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        tomorrow = caller_of(desk_app)
        assert ["+15105550123"] == rung(tomorrow)
        assert "nieve" not in tomorrow.text("persona").text


def test_a_closure_can_be_undone(editor: Desk, desk_app: Flask) -> None:
    save(editor, "/desk/opening/today", words_en="Snow.", words_es="Nieve.")
    assert [] == rung(caller_of(desk_app))
    assert "Open again, with the usual hours." in save(editor, "/desk/opening/today", open="1")
    caller = caller_of(desk_app)
    caller.call = "CA" + "8" * 32
    assert ["+15105550123"] == rung(caller)
    assert "Snow." not in caller.text("person").text


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"hours": "9 to 5"}, "Write days and hours on a 24-hour clock"),
        ({"hours": "Mon 17:00-9:00"}, "Hours must end after they begin."),
        ({"hours": ""}, "Write the hours in which the staff's phones ring."),
        ({"holidays": "XX"}, "Write “US” for the federal holidays"),
        ({"first": "2026-12-24", "last": "2026-12-01"}, "Write a first day and a last day"),
        ({"number_0": "555-0123"}, "Write a phone number with its area code, such as 510-555-0100."),
        ({"number_0": "whatsapp:+15105550123"}, "Write a phone number with its area code"),
        ({"number_0": "510-555-0100"}, "it would call itself"),
        ({"hours_0": "always"}, "Write days and hours on a 24-hour clock"),
        ({"hours_1": "Mon 9:00-12:00"}, "Write a number; to remove the phone, clear its hours"),
        ({"languages_1": "es"}, "Write a number; to remove the phone, clear its hours"),
        ({"number_0": "900-555-1234"}, "costs extra to call"),
        ({"first": "2026-01-01"}, "2026-01-01 is over. Did you mean 2027?"),
        ({"first": "9998-12-31"}, "9998-12-31 is too far ahead."),
        ({"center_name": "x" * 61}, "Write one line of at most 60 characters."),
        ({"center_name": "Center 😀"}, "Leave out emoji and other signs"),
        ({"center_name": "Center {person}"}, "Write a name without { and }."),
        ({"center_phone": "555-0199"}, "Write a phone number with its area code"),
        ({"center_phone": "510-555-0100"}, "it would call itself"),
    ],
)
def test_invalid_forms_change_nothing(
    form: dict[str, str], why: str, editor: Desk, redis_at_now: Redis
) -> None:
    answer = editor.post("/desk/opening", version="0", **{**USUAL, **form})
    assert 400 == answer.status_code
    assert why in words(answer.text)
    assert all(f'value="{value}"' in answer.text for value in form.values() if value)
    assert ("languages_1" not in form) or 'name="languages_1" value="es" checked' in answer.text
    in_spanish = editor.client.post(
        "/desk/opening",
        data={"token": editor.token(), "version": "0", **USUAL, **form},
        headers={"Accept-Language": "es"},
        base_url="https://localhost",
    )
    (said,) = set(re.findall(r'class="wrong" id="[^"]*">([^<]+)<', in_spanish.text))
    assert not {"the", "must", "Write", "hours", "it"} & set(re.findall(r"\w+", said)), said
    assert [] == Versions(redis_at_now).all()
    assert 400 == editor.post("/desk/opening/today", version="0", words_en="{person}").status_code


def test_curly_quotes_are_made_plain(editor: Desk, redis_at_now: Redis) -> None:
    """Phones and word processors write them, and each would make every text cost twice as much."""
    save(editor, **USUAL, center_name="Parents\u2019 Place \u2013 Oakland")
    save(
        editor, "/desk/opening/today", words_en="We\u2019re closed\u2026", words_es="Cerr\u00f3 el a\u00f1o."
    )
    opening = Versions(redis_at_now).all()[0].opening
    assert "Parents' Place - Oakland" == opening.center_name
    assert {"en": "We're closed...", "es": "Cerr\u00f3 el a\u00f1o."} == dict(opening.words)
    emoji = editor.post("/desk/opening/today", version=version_of(editor), words_en="Snow ❄️")
    assert 400 == emoji.status_code


def test_a_rejected_notice_leaves_the_form_below_it(editor: Desk) -> None:
    """Otherwise the editor's next Save would delete the phones, their hours and languages, and the closed days."""
    phone = {"number_1": "510-555-0142", "languages_1": "es", "hours_1": "Mon 9:00-12:00"}
    save(editor, **USUAL, **phone, first="2027-06-01", last="2027-06-09")
    usual = editor.get("/desk/opening").text.partition('id="usual"')[2]
    answer = editor.post("/desk/opening/today", version=version_of(editor), words_en="{x}")
    assert 400 == answer.status_code
    assert ">{x}</textarea>" in answer.text
    assert usual == answer.text.partition('id="usual"')[2]


def test_a_concurrent_change_is_not_overwritten(editor: Desk, desk_app: Flask, redis_at_now: Redis) -> None:
    other = Desk(desk_app).signed_in(PASSPHRASE, "ed")
    save(editor, **USUAL)
    answer = other.post("/desk/opening", version="0", **{**USUAL, "hours": "Sat 9:00-10:00"})
    assert (409, True) == (
        answer.status_code,
        "Someone else has changed this meanwhile" in words(answer.text),
    )
    assert 400 == other.post("/desk/opening", **USUAL).status_code
    assert 1 == len(Versions(redis_at_now).all())


def test_an_earlier_version_can_be_restored(editor: Desk, desk_app: Flask, redis_at_now: Redis) -> None:
    save(editor, **USUAL)
    save(editor, **{**USUAL, "number_0": "510-555-0142"})
    assert [BEN] == rung(caller_of(desk_app))
    assert "The earlier version is in effect again." in save(editor, "/desk/opening/back/1")
    caller = caller_of(desk_app)
    caller.call = "CA" + "8" * 32
    assert [ANA] == rung(caller)
    save(editor, "/desk/opening/back/0")
    caller.call, caller.client = "CA" + "9" * 32, caller_of(desk_app).client
    assert ["+15105550123"] == rung(caller)
    assert [("ed", 4), ("ed", 3), ("ed", 2), ("ed", 1)] == [
        (v.by, v.number) for v in Versions(redis_at_now).all()
    ]
    assert 404 == editor.post("/desk/opening/back/77", version="4").status_code
    changes = {(row.about, row.what) for row in DeskAudit(redis_at_now).rows() if row.about.isdigit()}
    assert {("1", "changed hours and staff"), ("4", "went back to earlier hours")} < changes


def test_past_closed_days_are_removed(editor: Desk, redis_at_now: Redis) -> None:
    def save_days(*dates: tuple[str, str]) -> int:
        form = {**USUAL, "token": editor.token(), "version": version_of(editor)}
        days = {"first": [first for first, _ in dates], "last": [last for _, last in dates]}
        return editor.client.post(
            "/desk/opening", data={**form, **days}, base_url="https://localhost"
        ).status_code

    dates = [("2027-06-01", "2027-06-09"), ("2026-11-24", "2026-11-25"), ("2026-12-24", "")]
    assert 303 == save_days(*dates)
    with time_machine.travel(NOW + timedelta(days=4), tick=False):
        assert 303 == save_days(*dates)
    closed = Versions(redis_at_now).all()[0].opening.closed
    assert ["2026-12-24", "2027-06-01"] == [each.first.isoformat() for each in closed]


def test_a_center_with_only_accounts_promises_callbacks(reached: Settings, redis_at_now: Redis) -> None:
    assert 0 == redis_at_now.dbsize()
    alone = replace(reached, desk_password="")
    caller = Caller(create_app(alone).test_client(), alone)
    caller.text("hello")
    assert "call you back" not in caller.text("person").text
    account(app := create_app(alone))
    app.extensions["hotline"].live.fresh()
    caller = Caller(app.test_client(), alone)
    assert "call you back" in caller.text("person").text


NAMED = {**USUAL, "center_name": "Bay Parent Center", "center_phone": "510-555-0188"}


@pytest.fixture
def hurried(reached: Settings) -> tuple[Caller, Callable[[], None]]:
    """Return a parent's phone at another process, and a function that makes that process reload."""
    app = create_app(reached)
    service = app.extensions["hotline"]
    later = iter(range(10, 10_000, 10))

    def wait() -> None:
        service.live.fresh()
        seconds = next(later)
        service.versions._clock = lambda: time.monotonic() + seconds

    return Caller(app.test_client(), reached), wait


def test_a_new_center_name_and_phone_appear_in_texts_at_once(
    editor: Desk, hurried: tuple[Caller, Callable[[], None]], desk_app: Flask, redis_at_now: Redis
) -> None:
    caller, wait = hurried
    service = desk_app.extensions["hotline"]
    settings = service.settings
    for said in ("hi", "1", "3"):
        caller.text(said)
    before = caller.text("help").text
    assert f"{settings.center_name}, {settings.center_phone_as_written}" in before
    save(editor, **NAMED)
    wait()
    assert "Bay Parent Center, 510-555-0188" in caller.text("help").text
    assert settings.center_name not in caller.text("person").text
    assert "510-555-0188" in caller.client.get("/letters").text
    link = service.finished_letters.link("evaluation en", service.book, clock.now())
    assert "510-555-0188" in caller.client.get(f"/l/{link.rpartition('/')[2]}").text
    assert "Bay Parent Center" in caller.client.get("/privacy").text
    assert "Bay Parent Center" in words(editor.get("/desk/figures/2026-11").text)
    save(editor, "/desk/opening/back/0")
    wait()
    assert f"{settings.center_name}, {settings.center_phone_as_written}" in caller.text("help").text
    assert [2, 1] == [version.number for version in Versions(redis_at_now).all()]


def test_values_of_the_settings_are_not_stored(editor: Desk, redis_at_now: Redis, desk_app: Flask) -> None:
    settings = desk_app.extensions["hotline"].settings
    save(editor, **USUAL, center_name=settings.center_name, center_phone=settings.center_phone)
    (version,) = Versions(redis_at_now).all()
    assert ("", "") == (version.opening.center_name, version.opening.center_phone)


def test_a_new_name_publishes_no_broken_edit(reached: Settings, tmp_path: Path, redis_at_now: Redis) -> None:
    folder = tmp_path / "flows"
    copied_flows(folder)
    app = create_app(replace(reached, flows_dir=folder, books_dir=tmp_path / "books"))
    service = app.extensions["hotline"]
    caller = Caller(app.test_client(), service.settings)
    with (folder / "hotline.toml").open("a") as file:
        file.write("\n[broken")
    for seconds in (10, 20, 30):
        service.versions._clock = lambda by=seconds: time.monotonic() + by
        service.versions.current()
    assert service.versions.problem
    opening = replace(Opening.of(service.settings), center_name="Bay Parent Center")
    Versions(redis_at_now).add(0, opening, "ed", NOW)
    service.live.fresh()
    service.versions._clock = lambda: time.monotonic() + 40
    assert "Bay Parent Center" in caller.text("help").text
    assert service.versions.problem


def test_each_version_says_what_it_changed(editor: Desk, redis_at_now: Redis) -> None:
    save(editor, **USUAL, first="2026-12-24", last="2027-01-02")
    assert "Phone added: 510-555-0141" in words(editor.get("/desk/opening").text)
    assert "Closed December 24, 2026 – January 2, 2027" in words(editor.get("/desk/opening").text)
    again = save(editor, **USUAL, first="2026-12-24", last="2027-01-02")
    assert "Nothing was changed: this is already in effect." in again
    assert 1 == len(Versions(redis_at_now).all())
    without = {"hours": USUAL["hours"], "holidays": "US", "first": "2026-12-24", "last": "2027-01-02"}
    assert "calls are now put through to no one" in save(editor, **without)
    said = words(editor.get("/desk/opening").text)
    assert "Phone removed: 510-555-0141; Calls are put through to no one" in said


def test_texts_with_accents_show_their_cost(editor: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Without its accents" not in words(editor.get("/desk/opening").text)
    service = editor.app.extensions["hotline"]
    named = {**service.book.texts["en"], "hotline.greeting.text": (f"{ACCENTED}. {'x' * 130}", "")}
    texts = {"en": named}
    monkeypatch.setattr(type(service), "book", replace(service.book, texts=texts))
    said = save(editor, center_name=ACCENTED, center_phone="510-555-0150", **USUAL)
    assert (
        "The name is in 1 texts, which take 3 segments in all. Without its accents (Centro José Avila) they would take 1."
        in said
    )
    monkeypatch.undo()
    save(editor, "/desk/opening/today", words_en="Closed.", words_es="Cerramos por la tormenta de aquí." * 3)
    said = words(editor.get("/desk/opening").text)
    assert "Closed. Segments: 1 " in said
    assert "Segments: 2. Without accents: 1" in said


ACCENTED = "Centro José Ávila"


def test_a_notice_in_one_language_asks_for_the_other(editor: Desk) -> None:
    only = editor.post("/desk/opening/today", version="0", words_en="Snow today.")
    assert (400, True) == (only.status_code, ">Snow today.</textarea>" in only.text)
    assert "Write it in Spanish as well" in words(only.text)
    assert '<a href="#words_es">' in only.text
    assert "You wrote no words" in save(editor, "/desk/opening/today")


@pytest.mark.parametrize(
    "typed",
    [
        "lun-vie 9:00-17:00; sáb 10:00-12:00",
        "Lunes-Viernes 9:00-17:00; sabado 10:00-12:00",
        "Mon-Fri 9-17; Sat 10-12",
    ],
)
def test_hours_are_in_the_desks_language(editor: Desk, typed: str) -> None:
    editor.send("/desk/language", None, language="es")
    typed = typed.replace("9-17", "9:00-17:00").replace("10-12", "10:00-12:00")
    said = save(editor, **(USUAL | {"hours": typed}))
    assert 'value="lun-vie 9:00-17:00; sáb 10:00-12:00"' in editor.get("/desk/opening").text
    assert "Horario: lun-vie 9:00-17:00; sáb 10:00-12:00" in said
    editor.send("/desk/language", None, language="en")
    assert 'value="Mon-Fri 9:00-17:00; Sat 10:00-12:00"' in editor.get("/desk/opening").text


def test_an_invalid_day_is_refused_in_spanish(editor: Desk) -> None:
    editor.send("/desk/language", None, language="es")
    form = USUAL | {"hours": "diario 9:00-17:00"}
    refused = editor.post("/desk/opening", version=version_of(editor), **form)
    assert 400 == refused.status_code
    assert "como lun-vie 9:00-17:00" in words(refused.text)
