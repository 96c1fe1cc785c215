"""A letter with a parent's answers: correct in both languages, anonymous, and available for three days."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from hotline.conversation.model.events import Tell, TextThis
from hotline.conversation.model.links import with_links
from hotline.conversation.model.session import Session, Turn
from hotline.store.keys import Secrets
from hotline.web import letters as page_of_letters
from hotline.web.finished_letters import CHOICE, KIND, OPEN_FOR, QUESTION, FinishedLetters, _choices, _hash
from tests.web.test_letters import words
from tests.web.twilio_forms import Caller

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SPECIFICATION = (
    "evaluation es letter_grade=K hardest=behavior letter_example_behavior=talking letter_since=years"
)


@pytest.fixture
def finished(app: Flask) -> FinishedLetters:
    """Return the object that makes and reads the links."""
    made = app.extensions["hotline"].finished_letters
    assert isinstance(made, FinishedLetters)
    return made


@pytest.fixture
def show(
    app: Flask, finished: FinishedLetters, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, timedelta], tuple[int, str]]:
    """Return a function that opens a specification's link after some time and returns status and page."""

    def shown(specification: str, after: timedelta = timedelta()) -> tuple[int, str]:
        link = finished.link(specification, app.extensions["hotline"].book, NOW)
        monkeypatch.setattr(page_of_letters, "now", lambda: NOW + after)
        answer = app.test_client().get(f"/l/{link.rsplit('/', 1)[1]}")
        return answer.status_code, answer.text

    return shown


def letter_in(page: str) -> str:
    """Return the text of the letter to send."""
    found = re.search(r"<article[^>]*>(.*?)</article>", page, re.DOTALL)
    assert found
    return words(found[1])


def test_a_parent_gets_a_letter_with_their_answers(caller: Caller, client: FlaskClient) -> None:
    for text in ("hola", "mi carta", "3ro", "2", "2", "2"):
        answer = caller.text(text)
    link = re.search(r"https?://\S+?/l/[\w-]+", answer.text)
    assert link
    shown = client.get("/l/" + link[0].split("/l/")[1])
    assert (200, "es", "no-store") == (
        shown.status_code,
        shown.headers["Content-Language"],
        shown.headers["Cache-Control"],
    )
    english, page = letter_in(shown.text), words(shown.text)
    assert "grade 3 " in english
    assert "Does not finish work in class" in english
    assert "Since last school year" in english
    assert "areas of concern, such as: Talking, focus or behavior" in english
    assert "[Child's full name]" in english, "names stay blanks"
    for spanish in ("No termina el trabajo", "Desde el año escolar pasado", "grado: 3"):
        assert spanish in page
    assert '<article lang="en">' in shown.text
    assert '<section class="beside" lang="es">' in shown.text


def test_the_email_has_the_letter_to_send(show: Callable[..., tuple[int, str]]) -> None:
    _, page = show(SPECIFICATION)
    link = re.search(r'href="mailto:\?([^"]+)"', page)
    assert link
    assert "uses%20few%20words" in unescape(link[1])
    assert "grade%20K" in unescape(link[1])


def test_the_urgent_letter_has_the_days_and_what_applies(show: Callable[..., tuple[int, str]]) -> None:
    _, page = show("discipline en plan_now=no_plan letter_grade=7 days_out=2026-11-16,2026-11-18")
    letter = letter_in(page)
    assert "removed from school on Nov 16, Nov 18. I count 2 school days this year." in letter
    assert "I believe my child may have a disability." in letter
    assert "manifestation" not in letter
    assert "[My child has" not in letter


def test_a_link_expires_after_three_days(show: Callable[..., tuple[int, str]]) -> None:
    assert 200 == show(SPECIFICATION, OPEN_FOR - timedelta(hours=2))[0]
    status, page = show(SPECIFICATION, OPEN_FOR + timedelta(hours=1))
    assert 404 == status
    assert "Text MY LETTER to get a new one" in page
    assert "uses few words" not in page


def test_a_link_reveals_nothing_and_cannot_be_altered(app: Flask, finished: FinishedLetters) -> None:
    book = app.extensions["hotline"].book
    token = finished.link(SPECIFICATION, book, NOW).rsplit("/", 1)[1]
    assert len(token) <= 56
    assert not re.search(r"talking|few|years|eval", token)
    for at in range(0, len(token), 7):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert finished.read(changed, book, NOW) is None
    other = replace(finished, secrets=Secrets("x" * 40))
    assert other.read(token, book, NOW) is None
    for odd in ("", "A", "é", "%00", token[:-4], token * 2):
        assert finished.read(odd, book, NOW) is None


def test_only_the_link_is_stored_and_no_cookie(caller: Caller, client: FlaskClient, redis: Redis) -> None:
    for text in ("hi", "my letter", "3rd", "2", "1", "2"):
        answer = caller.text(text)
    token = re.search(r"/l/([\w-]+)", answer.text)
    assert token
    before = {key: redis.dump(key) for key in redis.scan_iter("*session*")}
    shown = client.get(f"/l/{token[1]}")
    assert "Set-Cookie" not in shown.headers
    assert "noindex" == shown.headers["X-Robots-Tag"]
    assert before == {key: redis.dump(key) for key in redis.scan_iter("*session*")}
    assert re.findall(r"(?i)<script|<img|<link|<form|\bsrc=|\bstyle=|https?:|url\(", shown.text) == []
    stored = "".join(str(redis.hgetall(key)) for key in redis.scan_iter("*session*"))
    assert "Does not finish" not in stored
    assert "evaluation en" not in stored, "the specification was stored in place of the link"


def test_a_call_texts_the_same_link(app: Flask) -> None:
    told = Tell("letter_for_you.finished_evaluation.text", (("letter_link", SPECIFICATION),))
    turn = Turn(Session(last=(told,), textable=(told,), wanted=(told,)), (told,), (TextThis((told,)),))
    service = app.extensions["hotline"]
    linked = service.linked(turn, service.book, NOW)
    links = {
        dict(each.blanks)["letter_link"]
        for each in (*linked.replies, *linked.session.last, *linked.session.textable, *linked.session.wanted)
        if isinstance(each, Tell)
    }
    effect = linked.effects[0]
    assert isinstance(effect, TextThis)
    links |= {dict(tell.blanks)["letter_link"] for tell in effect.tells}
    assert 1 == len(links)
    assert next(iter(links)).startswith("http")
    assert linked == with_links(linked, lambda _: "made twice")


def test_no_two_names_have_the_same_hash(app: Flask, finished: FinishedLetters) -> None:
    book = app.extensions["hotline"].book
    questions = finished._questions(book)
    assert {
        "letter_grade",
        "hardest",
        "hardest_for_letter",
        "letter_since",
        "letter_example_behavior",
        "plan_now",
    } <= set(questions)
    groups = [(finished.letters.by_kind, KIND), (finished.letters.languages, KIND), (questions, QUESTION)]
    groups += [(_choices(book, name), CHOICE) for name in questions]
    for names, size in groups:
        assert len(names) == len({_hash(name, size) for name in names}), names


def test_every_slot_of_a_letter_is_filled_by_a_question(app: Flask, finished: FinishedLetters) -> None:
    questions = finished._questions(app.extensions["hotline"].book)
    for slot in finished.letters.slots - {"days_out", "days_counted"}:
        assert [name for name in questions if name == slot or name.startswith(f"{slot}_")], slot
