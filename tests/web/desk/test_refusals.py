"""The page of an error: it loses nothing that was typed, and leads back."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from redis import Redis

from hotline.conversation.model.events import AskPerson
from hotline.store.staff_roles import Role
from hotline.web.desk import opening
from tests.web.desk.visiting import PASSPHRASE, Ask, Desk, account, words

WRITTEN = "Called at 5: <b>ask for Ana</b>."


@pytest.fixture
def editor(desk_app: Flask, redis_at_now: Redis) -> Desk:  # noqa: ARG001 -- empties Redis first
    """Return a browser of an editor."""
    account(desk_app, "ed", Role.EDITOR)
    return Desk(desk_app).signed_in(PASSPHRASE, "ed")


def test_a_note_for_a_deleted_request_is_shown_to_copy(editor: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"))
    page = editor.take()
    editor.press("/release", on=page)
    answer = editor.post(f"{page}/note", note=WRITTEN)
    assert 409 == answer.status_code
    assert f"What you wrote, to copy It was not saved, and is only on this page. {WRITTEN}" in words(
        answer.text
    )
    assert "<b>ask" not in answer.text
    assert f'<a href="{page}">Back to the form</a>' in answer.text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/desk/opening", "/desk/opening"),
        ("/desk/opening/today", "/desk/opening"),
        ("/desk/opening/", "/desk/opening"),
        ("/desk/words/text/hotline.goodbye.text", "/desk/words/text/hotline.goodbye.text"),
    ],
)
def test_a_stale_form_is_shown_to_copy(path: str, form: str, editor: Desk) -> None:
    fields = {"written_en": "Snow: closed.", "words_es": "Nieve: cerrado."}
    refused = editor.send(path, None, token="x", **fields)
    assert 403 == refused.status_code
    assert '<p class="note" lang="en">Snow: closed.</p>' in refused.text
    assert '<p class="note" lang="es">Nieve: cerrado.</p>' in refused.text
    assert f'href="{form}"' in refused.text
    conflict = editor.post("/desk/opening", version="7", hours="Mon-Fri 9:00-17:00")
    assert (409, True) == (conflict.status_code, "Mon-Fri 9:00-17:00" in conflict.text)
    token = editor.token()
    assert f"x{token}" not in editor.send(path, None, token=f"x{token}", **fields).text


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/desk/nope", 404, "There is no such page."),
        ("/desk/opening/today", 405, "This is the address of a form, and not of a page. Back to the form"),
    ],
)
def test_an_unknown_page_leads_back(path: str, status: int, said: str, editor: Desk) -> None:
    answer = editor.get(path)
    assert (status, "text/html") == (answer.status_code, answer.mimetype)
    assert f"{said}" in words(answer.text)
    assert "Sign out ed" in words(answer.text)
    assert ('<a href="/desk/opening">Back to the form</a>' in answer.text) == (status == 405)
    assert ("POST" in answer.headers.get("Allow", "")) == (status == 405)
    assert "no-store" == answer.headers["Cache-Control"]


def test_an_internal_error_has_a_page(editor: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_versions", lambda: 1 // 0)
    answer = editor.post("/desk/opening", version="0", words_en=WRITTEN)
    assert (500, True) == (answer.status_code, WRITTEN in words(answer.text))
    assert "Something went wrong on our side." in words(answer.text)
    assert "ZeroDivision" not in answer.text


def test_an_expired_sessions_form_is_shown_to_copy(editor: Desk, redis_at_now: Redis) -> None:
    redis_at_now.delete(*redis_at_now.scan_iter("{desk}:session:*"))
    answer = editor.send("/desk/opening", words_en=WRITTEN)
    assert (403, True) == (answer.status_code, WRITTEN in words(answer.text))
    assert "You were signed out" in words(answer.text)


def test_a_strangers_input_is_not_shown(editor: Desk) -> None:
    elsewhere = editor.send("/desk/opening", {"Sec-Fetch-Site": "cross-site"}, words_en=WRITTEN)
    assert (403, False) == (elsewhere.status_code, "ask for Ana" in elsewhere.text)
    secret = editor.send("/desk/passphrase/x", passphrase="four secret words", again="four secret words")
    assert (404, False) == (secret.status_code, "four secret words" in secret.text)
    assert "ask for Ana" not in Desk(editor.app).send("/desk/passphrase/x", words_en=WRITTEN).text


def test_the_error_is_in_the_title_and_focused(editor: Desk, happened: Ask) -> None:
    """A role alone is not announced when a page loads."""
    happened(AskPerson("morning"))
    page = editor.take()
    noted = editor.get(editor.post(f"{page}/note", note="Called.").headers["Location"]).text
    assert "<title>The note is saved. Your request |" in noted
    assert '<p role="status" class="said" tabindex="-1" autofocus>The note is saved.</p>' in noted
    wrong = editor.post("/desk/opening", version="0", hours="9 to 5", number_1="555")
    assert "<title>Error: Open and closed |" in wrong.text
    assert '<div role="alert" class="wrong" tabindex="-1" autofocus>' in wrong.text
    assert '<li><a href="#hours">' in wrong.text
    assert '<li><a href="#number_1">' in wrong.text
    gone = editor.get("/desk/words/text/nope")
    assert "<title>Error: Not found |" in gone.text
    assert "<h1>Not found</h1>" in gone.text
    sign_in = Desk(editor.app).sign_in("wrong passphrase here", "ed").text
    assert "<title>Error: Sign in |" in sign_in
    assert 2 == sign_in.count('aria-invalid="true"')


def test_simultaneous_requests_have_different_names(editor: Desk, happened: Ask) -> None:
    happened(AskPerson("morning"))
    happened(AskPerson("morning"), number="+12025550177")
    labels = re.findall('aria-label="(Take it: [^"]+)"', editor.get().text)
    assert 2 == len(set(labels))
    assert labels[0].startswith("Take it: Call back, 11/23/26")
    assert labels[0].endswith(", 1 of 2")
