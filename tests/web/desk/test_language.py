"""The button of the other language, and typed words in general: no press of another button loses them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from flask import Flask
from redis import Redis
from werkzeug.test import TestResponse

from hotline.conversation.model.events import AskPerson
from hotline.store.in_force import Versions
from hotline.store.staff_roles import Role
from tests.web.desk.visiting import PASSPHRASE, Ask, Desk, account, words

BUTTON = "/desk/language"
NOT_TYPED = {"hidden", "password", "checkbox", "radio", "date", "search"}


class Forms(HTMLParser):
    """The fields of a page in which words are typed, by the form that they are in, and all values of a form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.form = ""
        self.typed: dict[str, list[str]] = {}
        self.values: dict[str, dict[str, str]] = {}
        self.area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or a field."""
        has = dict(attrs)
        if tag == "form":
            self.form = has.get("id") or has.get("action") or ""
        if tag not in ("input", "textarea") or "readonly" in has:
            return
        name, form = has.get("name") or "", has.get("form") or self.form
        kind = has.get("type") or "text"
        if kind not in ("checkbox", "radio") or "checked" in has:
            self.values.setdefault(form, {})[name] = has.get("value") or ""
        if tag == "textarea" or kind not in NOT_TYPED:
            self.typed.setdefault(form, []).append(name)
        self.area = name if tag == "textarea" else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = ""
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        """Note what a large field has."""
        if self.area:
            self.values[self.form][self.area] = data


@pytest.fixture
def boss(desk_app: Flask, redis_at_now: Redis) -> Desk:  # noqa: ARG001 -- empties Redis first
    """Return a browser of an admin, to whom every page is open."""
    account(desk_app, "boss", Role.ADMIN)
    return Desk(desk_app).signed_in(PASSPHRASE, "boss")


PAGES = {
    "/desk/opening": 8,
    "/desk/words/text/hotline.goodbye.text": 4,
    "/desk/words/text/letters.records.letter": 2,
    "/desk/words/topic/new": 11,
    "/desk/words/centers?state=ak": 3,
    "/desk/words/reminders": 20,
    "/desk/team": 1,
    "request": 2,
}
"""The pages on which words are typed, and in how many fields at least."""


def switched(boss: Desk, path: str, typed: str) -> tuple[Forms, TestResponse]:
    """Type in each field of a page, press the button of the other language, and return the forms of both pages."""
    page = boss.get(path)
    before = Forms(page.text)
    assert ["typed"] == list(before.typed), "a field of another form would be lost"
    assert f'value="es" form="typed" formaction="{BUTTON}"' in page.text
    form = before.values["typed"] | {name: f"{typed} {name}" for name in before.typed["typed"]}
    return before, boss.send(BUTTON, None, language="es", **{"page": path, **form})


@pytest.mark.parametrize("path", PAGES)
def test_the_other_language_keeps_what_is_typed_and_saves_nothing(
    path: str, boss: Desk, happened: Ask, redis_at_now: Redis
) -> None:
    happened(AskPerson("morning"))
    address = boss.take() if path == "request" else path
    stored = {key: redis_at_now.dump(key) for key in redis_at_now.scan_iter("{desk}:*")}
    before, answer = switched(boss, address, "Nieve")
    assert 200 == answer.status_code, words(answer.text)
    assert '<html lang="es">' in answer.text
    after = Forms(answer.text)
    fields = before.typed["typed"]
    assert len(fields) >= PAGES[path]
    assert [f"Nieve {name}" for name in fields] == [after.values["typed"][name] for name in fields]
    assert before.values["typed"].get("version") == after.values["typed"].get("version")
    assert address == after.values["typed"]["page"].partition("&")[0] or "centers" in path
    kept = {key: redis_at_now.dump(key) for key in redis_at_now.scan_iter("{desk}:*")}
    assert stored.keys() <= kept.keys()
    assert "es" in boss.get("/desk").text[:60]


def test_without_typed_words_the_same_page_is_shown(boss: Desk) -> None:
    assert "/desk/history" == boss.send(BUTTON, None, language="es", page="/desk/history").headers["Location"]
    month = "/desk/figures/report?first=2026-10&last=2026-11"
    assert month == boss.send(BUTTON, None, language="en", page=month).headers["Location"]
    for odd in ("https://example.org/desk", "//example.org/desk", "/healthz", "", "/desk/nope"):
        assert "/desk" == boss.send(BUTTON, None, language="en", page=odd).headers["Location"]
    link = Desk(boss.app).send(BUTTON, None, language="es", page="/desk/passphrase/abc")
    assert "/desk/passphrase/abc" == link.headers["Location"], (
        "who has no account yet would be lost at the sign-in"
    )


def test_typed_words_are_shown_only_to_the_one_who_typed_them(boss: Desk, redis_at_now: Redis) -> None:
    """With the token of the session, and to one who may see the page; an ended session shows them to copy."""
    typed = {"language": "es", "page": "/desk/opening", "words_en": "Snow today."}
    assert 403 == boss.send(BUTTON, None, **typed, token="x").status_code
    account(boss.app, "sam", Role.STAFF)
    sam = Desk(boss.app).signed_in(PASSPHRASE, "sam")
    assert 403 == sam.post(BUTTON, **typed).status_code
    redis_at_now.delete(*redis_at_now.scan_iter("{desk}:session:*"))
    ended = boss.send(BUTTON, None, **typed, token="x")
    assert (403, True, True) == (ended.status_code, "Snow today." in ended.text, 'lang="es"' in ended.text)


def test_a_refused_form_is_filled_in_again_with_one_press(boss: Desk) -> None:
    version = Versions(boss.app.extensions["hotline"].redis)
    boss.post("/desk/opening", version="0", hours="Mon-Fri 8:00-16:00", holidays="no")
    number = str(version.all()[0].number)
    refused = boss.post("/desk/opening", version="7", hours="Mon-Fri 9:00-17:00", words_en="Snow today.")
    assert 409 == refused.status_code
    form = Forms(refused.text).values["typed"]
    assert "Snow today." == form["words_en"]
    for language in ("en", "es"):
        again = boss.send(BUTTON, None, language=language, **form)
        assert 200 == again.status_code
        values = Forms(again.text).values["typed"]
        assert ("Snow today.", number) == (values["words_en"], values["version"])
        assert "Mon-Fri 9:00-17:00" == values["hours"]


@pytest.mark.parametrize("button", ["call", "text", "done", "release", "call/cancel", "forget-phone", "note"])
def test_every_button_saves_a_typed_note(button: str, boss: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"))
    page = boss.take()
    answer = boss.post(f"{page}/{button}", note="Speak to Ana.", phone="", result="talked")
    assert "Speak to Ana." not in answer.text
    if button in ("done", "release"):
        assert 303 == answer.status_code
        boss.post(f"{page}/undo")
        boss.post(f"{page}/claim")
    assert 1 == words(boss.get(page).text).count("Speak to Ana.")


def test_done_needs_a_result_and_a_short_note(boss: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"))
    page = boss.take()
    without = boss.post(f"{page}/done", note="Called.")
    assert (400, True) == (without.status_code, "Choose what came of it." in words(without.text))
    assert "Called." in words(boss.get(page).text)
    for button in ("done", "release", "call"):
        long = boss.post(f"{page}/{button}", note="x" * 1001, result="talked")
        assert (400, True) == (long.status_code, "x" * 1001 in long.text)
    assert 200 == boss.get(page).status_code, "it is still taken"


def test_enter_in_a_field_never_changes_the_language(boss: Desk, happened: Ask) -> None:
    """It presses the first button of the form in the page, which is therefore another one."""
    happened(AskPerson("morning"))
    for path in PAGES:
        page = boss.get(boss.take() if path == "request" else path).text
        first = re.findall(r'<button[^>]*form="typed"[^>]*>', page)[0]
        assert ('class="hidden" tabindex="-1" aria-hidden="true"' in first, BUTTON in first) == (True, False)
