"""An editor's changes of texts at the desk, and their effect on parents and on other processes."""

from __future__ import annotations

import json
import re
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from redis import Redis
from werkzeug.test import TestResponse

from hotline.config.settings import Settings
from hotline.conversation.book.book import Book
from hotline.publishing.overlay import FaqWords, OwnFaq, read_overlay
from hotline.publishing.translations import update_files
from hotline.store.desk_audit import DeskAudit
from hotline.store.desk_versions import REFRESHED_EVERY
from hotline.store.staff_roles import Role
from hotline.store.words_versions import VERSIONS, Waiting, WordsVersion, WordsVersions
from hotline.web.app import create_app
from hotline.web.desk import words_publish
from hotline.web.desk.words_judge import Job, judge
from hotline.web.desk.words_lines import KINDS, TO_THE_FLOWS, line
from hotline.web.desk.words_reminders import in_words
from hotline.web.desk.words_state import words_now
from hotline.web.desk.words_topics import _name
from tests.copied_flows import copied_flows
from tests.web.desk.visiting import PASSPHRASE, Desk, account, words
from tests.web.twilio_forms import Caller
from tests.web.twilio_forms import messages as texts

QUICKLY_JUDGED = 20.0
"""CPU seconds for a change of texts alone, on a slow machine. A full walk takes four times as long."""

GREETING, COST = "hotline.greeting.text", "faq.faq_cost.text"
SNOW = {
    "written_en": "{hotline}: closed for snow today, free school help by text. PERSON for a person, STOP to end.",
    "spoken_en": "This is {hotline}. Closed for snow today. For a person, press 0.",
    "written_es": "{hotline}: hoy cerramos por la nieve, ayuda gratis por mensaje. PERSONA si quiere hablar, ALTO para terminar.",
    "spoken_es": "Esta es {hotline}. Hoy cerramos por la nieve. Para una persona, oprima cero.",
}
CAMP = {
    "label_en": "Our summer camp",
    "text_en": "Our free summer camp is in July. To sign up, call {person}.",
    "examples_en": "when is summer camp\nhow do i sign up for camp\ndo you have a camp in july",
    "label_es": "Nuestro campamento",
    "text_es": "Nuestro campamento gratis es en julio. Para apuntarse, llame a {person}.",
    "examples_es": "cuándo es el campamento\ncómo me apunto al campamento\nhay campamento en julio",
    "menu": "questions_school",
}


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Collect the jobs of the check instead of starting processes."""
    jobs: list[Job] = []
    monkeypatch.setattr(words_publish, "start", jobs.append)
    return jobs


@pytest.fixture
def known_walk(redis: Redis, known_facts: tuple[str, str]) -> None:
    """Store a walk of this repository's flows, as an earlier check would have."""
    WordsVersions(redis).store_walked(*known_facts)


@pytest.fixture
def editor(desk_app: Flask, redis: Redis, quiet: list[Job], known_walk: None) -> Iterator[Desk]:  # noqa: ARG001 -- in this order
    """Return an editor's browser; nothing has been published."""
    at_once(desk_app)
    account(desk_app, "ed", Role.EDITOR)
    yield Desk(desk_app).signed_in(PASSPHRASE, "ed")
    redis.flushall()
    at_once(desk_app)


def texter(app: Flask, number: str = "+12025550187") -> Caller:
    return Caller(app.test_client(), app.extensions["hotline"].settings, number)


def at_once(app: Flask) -> Book:
    """Make the process reload now; return its book."""
    service = app.extensions["hotline"]
    service.live_words.fresh()
    service.versions._look_at = 0.0
    book: Book = service.versions.current()
    return book


def greeting(app: Flask, language: str = "en") -> str:
    """Return the greeting that a new parent gets."""
    return at_once(app).texts[language][GREETING][0]


def number(desk: Desk, path: str = "/desk/words/versions") -> str:
    found = re.search(r'name="version" value="(\d+)"', desk.get(path).text)
    return found[1] if found else "0"


def post(desk: Desk, path: str, do: str = "publish", **form: str) -> TestResponse:
    given = form.pop("version", None) or number(desk, f"/desk/words/text/{GREETING}")
    return desk.post(f"/desk/words/{path}", version=given, do=do, **form)


def published(desk: Desk, jobs: list[Job], redis: Redis, path: str, **form: str) -> str:
    """Submit a form, run its check in this process, and return the text of the next page."""
    answer = post(desk, path, **form)
    assert 303 == answer.status_code, words(answer.text)
    assert "is being checked" in words(desk.get(answer.headers["Location"]).text)
    judge(jobs[-1], redis)
    return words(desk.get(answer.headers["Location"]).text)


def test_an_edited_text_reaches_the_next_parent_on_every_process(
    editor: Desk, desk_app: Flask, settings: Settings, quiet: list[Job], redis: Redis
) -> None:
    other, third = (create_app(replace(settings, desk_password="")) for _ in range(2))
    before = greeting(other)
    assert "Published as version 1" in published(editor, quiet, redis, f"text/{GREETING}", **SNOW)
    since = time.monotonic()
    found = ""
    while "snow" not in found and time.monotonic() - since < 10:
        (found,) = texts(texter(third).text("hi"))[:1]
        time.sleep(0.2)
    assert time.monotonic() - since < 5
    assert REFRESHED_EVERY.total_seconds() < 5
    assert "nieve" in greeting(other, "es")
    versions = words(editor.get("/desk/words/versions").text)
    assert "ed: “{hotline}: closed for snow today" in versions
    assert ["published words", "changed words"] == [row.what for row in DeskAudit(redis).rows()[:2]]
    answer = editor.post("/desk/words/back/0", version="1")
    judge(quiet[-1], redis)
    assert 303 == answer.status_code
    assert before == greeting(other) == greeting(desk_app)
    assert [2, 1] == [each.number for each in WordsVersions(redis).all()]


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"written_en": SNOW["written_en"] * 4}, "it costs 3 segments"),
        (
            {"written_en": "{hotline}: your child qualifies. STOP to end. PERSON for a person."},
            "“qualifies” promises something",
        ),
        ({"written_en": "Hello from {nobody}."}, "The hotline cannot fill in {nobody}."),
        (
            {"written_en": "Hello, we're here \U0001f600. STOP to end. PERSON for a person."},
            "Leave out emoji and other signs",
        ),
        ({"written_es": ""}, "Write the text in Spanish."),
        ({"spoken_en": "word " * 120}, "English: A call would need 48 seconds to say it"),
        ({"written_en": "{hotline}: reply XQZ, or PERSON for a person."}, "It asks parents to reply XQZ"),
    ],
)
def test_a_broken_edit_is_refused_with_its_finding(
    changed: dict[str, str], finding: str, editor: Desk, desk_app: Flask, quiet: list[Job], redis: Redis
) -> None:
    before = greeting(desk_app)
    answer = post(editor, f"text/{GREETING}", **{**SNOW, **changed})
    said = words(answer.text)
    if answer.status_code == 303:  # found only by the full check
        judge(quiet[-1], redis)
        said = words(editor.get(answer.headers["Location"]).text)
    else:
        assert 400 == answer.status_code
        assert changed.get("written_en", "") in answer.text.replace("&#39;", "'"), (
            "what was typed is not lost"
        )
    assert finding in said, said[said.find("This cannot") :][:900]
    assert before == greeting(desk_app)
    assert WordsVersions(redis).latest() is None


def test_a_preview_publishes_nothing(editor: Desk, quiet: list[Job]) -> None:
    answer = post(editor, f"text/{GREETING}", "look", **SNOW)
    said = words(answer.text)
    assert 200 == answer.status_code
    assert "No problems found" in said
    assert "Parent Hotline: closed for snow today" in said
    assert "Esta es Parent Hotline. Hoy cerramos por la nieve." in said
    assert [] == quiet


@pytest.mark.whole
def test_an_unchanged_language_must_be_confirmed(editor: Desk, quiet: list[Job], redis: Redis) -> None:
    row = words_of(editor, GREETING)
    english = {**row, "written_en": SNOW["written_en"]}
    assert "Another language was not changed" in words(post(editor, f"text/{GREETING}", **english).text)
    assert "Published" in published(editor, quiet, redis, f"text/{GREETING}", same="1", **english)


def words_of(desk: Desk, id: str) -> dict[str, str]:
    """Return the contents of a text's form."""
    page = desk.get(f"/desk/words/text/{id}").text
    found = re.findall(r'name="((?:written|spoken)_\w+)"[^>]*>([^<]*)</textarea>', page)
    return {name: value.replace("&#39;", "'").replace("&#34;", '"') for name, value in found}


@pytest.mark.whole
def test_two_editors_do_not_overwrite_each_other(editor: Desk, quiet: list[Job], redis: Redis) -> None:
    assert 303 == post(editor, f"text/{GREETING}", **SNOW).status_code
    assert 409 == post(editor, f"text/{GREETING}", **SNOW).status_code
    judge(quiet[-1], redis)
    other = {**SNOW, "spoken_en": f"{SNOW['spoken_en']} Goodbye.", "same": "1"}
    assert 409 == post(editor, f"text/{GREETING}", version="0", **other).status_code
    assert 400 == editor.post(f"/desk/words/text/{GREETING}", do="publish", version="x", **other).status_code


@pytest.mark.whole
def test_a_conversation_in_progress_keeps_the_old_texts(
    editor: Desk, desk_app: Flask, quiet: list[Job], redis: Redis
) -> None:
    half_way = texter(desk_app)
    half_way.text("hi")
    half_way.text("1")
    text = words_of(editor, "screening.sent_home.text")
    before = text["written_en"].split("{")[0][:40]
    changed = {**text, "written_en": "Is your child out of school right now?", "spoken_en": "", "same": "1"}
    assert "Published" in published(editor, quiet, redis, "text/screening.sent_home.text", **changed)
    current = at_once(desk_app).texts["en"]["screening.sent_home.text"][0]
    assert "Is your child out of school right now?" == current
    assert any(before in each for each in texts(half_way.text("3")))


@pytest.mark.whole
def test_a_bilingual_topic(editor: Desk, desk_app: Flask, quiet: list[Job], redis: Redis, book: Book) -> None:
    assert 200 == post(editor, "topic/new", "look", **CAMP).status_code
    assert "Published" in published(editor, quiet, redis, "topic/new", **CAMP)
    changed = at_once(desk_app)
    assert "own_our_summer_camp" in changed.states
    assert book.states.keys() < changed.states.keys()
    mother = texter(desk_app, "+12025550188")
    mother.text("hi")
    assert any("camp is in July" in each for each in texts(mother.text("wen is sumer camp")))
    father = texter(desk_app, "+12025550189")
    father.text("hola")
    assert any("campamento gratis" in each for each in texts(father.text("cuando es el campamento")))
    assert "Our summer camp" in words(editor.get("/desk/words/topics").text)
    assert "Published" in published(editor, quiet, redis, "topic/our_summer_camp", do="remove", **CAMP)
    assert "own_our_summer_camp" not in at_once(desk_app).states


def test_a_topic_may_be_called_new(desk_app: Flask) -> None:
    now = words_now(desk_app.extensions["hotline"])
    assert "new_2" == _name(now, OwnFaq({"en": FaqWords("New", "")}))


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"examples_en": "stop\nwhen is camp\nis there a camp"}, "“stop” already means something else"),
        (
            {"examples_en": "i want to kill myself\nwhen is camp\nis there a camp"},
            "The hotline reads “i want to kill myself” as danger",
        ),
        ({"examples_es": "cuándo es"}, "It has 1 examples. Write 3 or more"),
        ({"words_en": "camp"}, "“camp” is too short"),
        ({"text_en": "The school must let you come."}, "“must” states law, and this text has no source"),
        ({"text_es": ""}, "Write the answer in"),
    ],
)
def test_a_topic_that_would_not_be_understood_is_refused(
    changed: dict[str, str], finding: str, editor: Desk, quiet: list[Job]
) -> None:
    answer = post(editor, "topic/new", **{**CAMP, **changed})
    assert 400 == answer.status_code
    assert finding in words(answer.text)
    assert [] == quiet


LETTER, AROUND = "letters.records.letter", "letters.page.list_intro"


@pytest.mark.whole
def test_letters_and_pages_are_edited_like_any_text(
    editor: Desk, settings: Settings, quiet: list[Job], redis: Redis
) -> None:
    other = create_app(replace(settings, desk_password=""))
    page = words(editor.get(f"/desk/words/text/{LETTER}").text)
    assert "34 CFR 300.613" in page
    assert "Segments" not in page
    assert LETTER in editor.get("/desk/words?q=letters.records").text
    form = words_of(editor, LETTER)
    changed = {
        "written_en": form["written_en"].replace("If there is a charge for copies,", "If copies cost money,"),
        "written_es": form["written_es"].replace("Si hay un costo por las copias,", "Si las copias cuestan,"),
    }
    assert "If copies cost money," in words(post(editor, f"text/{LETTER}", "look", **changed).text)
    assert "Published as version 1" in published(editor, quiet, redis, f"text/{LETTER}", **changed)
    around = {"written_en": "Pick one of our letters.", "written_es": "Escoja una de nuestras cartas."}
    assert "Published as version 2" in published(editor, quiet, redis, f"text/{AROUND}", **around)
    at_once(other)
    client = other.test_client()
    assert "If copies cost money," in client.get("/letters/records").text
    assert "Si las copias cuestan," in client.get("/letters/records?lang=es").text
    assert "Escoja una de nuestras cartas." in client.get("/letters?lang=es").text
    editor.post("/desk/words/back/0", version="2")
    judge(quiet[-1], redis)
    at_once(other)
    assert "If there is a charge for copies," in client.get("/letters/records").text


@pytest.mark.parametrize(
    ("id", "changed", "finding"),
    [
        (LETTER, {"written_es": "[Fecha]"}, "must be the same in all languages"),
        (LETTER, {"written_en": "[Date] Your child qualifies."}, "promises something"),
        (
            "pages.terms.section_5.text",
            {"written_en": "In danger, call 911.", "written_es": "Llame al 911."},
            "It no longer gives 988.",
        ),
        (AROUND, {"written_en": "Pick a letter of {nobody}.", "written_es": "Elija."}, "nobody"),
    ],
)
def test_a_broken_letter_is_refused(
    id: str, changed: dict[str, str], finding: str, editor: Desk, quiet: list[Job]
) -> None:
    answer = post(editor, f"text/{id}", same="1", **{**words_of(editor, id), **changed})
    assert 400 == answer.status_code
    assert finding in words(answer.text)
    assert [] == quiet


def test_a_reminders_delay_can_change(editor: Desk, desk_app: Flask, quiet: list[Job], redis: Redis) -> None:
    for number, said in (
        ("soon", "Write a whole number."),
        ("999999", "at once, or between 1 hour and 365 days later"),
        ("400", "at once, or between 1 hour and 365 days later"),
    ):
        answer = post(editor, "reminders", number_sent_yet=number)
        assert (400, True) == (answer.status_code, said in words(answer.text))
        assert f'value="{number}"' in answer.text
    assert 400 == post(editor, "reminders").status_code, "nothing has changed"
    form = {"number_sent_yet": "10", "unit_sent_yet": "hours"}
    look = post(editor, "reminders", "look", **form)
    assert "10 hours (was 4 days)" in words(look.text)
    assert [] == quiet
    assert "Days of reminders: “" in published(editor, quiet, redis, "reminders", **form)
    assert timedelta(hours=10) == at_once(desk_app).reminders["sent_yet"].after
    spanish = words(editor.get("/desk/words/versions", **{"Accept-Language": "es"}).text)
    assert "Recordatorio: «¿Ya mandó su solicitud?" in spanish
    assert "Antes 4 días Después 10 horas" in spanish


def test_a_delay_is_in_the_desks_language(editor: Desk) -> None:
    spanish = {"Accept-Language": "es"}
    page = words(editor.get("/desk/words/reminders", **spanish).text)
    assert "días antes de ese día" in page
    with editor.app.test_request_context("/desk", headers=spanish):
        assert ["14 días antes de ese día", "1 hora", "de inmediato"] == [
            in_words(each) for each in ("-14 days", "1 hour", "at once")
        ]


@pytest.mark.whole
def test_a_states_center_can_change(editor: Desk, desk_app: Flask, quiet: list[Job], redis: Redis) -> None:
    form = {"center": "Our Group", "phone": "907-555-0123", "source": "Dialed"}
    assert "907-555-0123 is a number for examples" in words(post(editor, "center/AK", **form).text)
    past = post(editor, "center/AK", **{**form, "phone": "907-561-3702", "review_by": "2020-01-01"})
    assert (400, True) == (past.status_code, "must be after today" in words(past.text))
    assert all(f'value="{typed}"' in past.text for typed in ("2020-01-01", "907-561-3702"))
    assert "Published" in published(editor, quiet, redis, "center/AK", **{**form, "phone": "907-561-3702"})
    said = [text for id, (text, _) in at_once(desk_app).texts["es"].items() if id.endswith(".AK")]
    assert any("Our Group" in each and "907-561-3702" in each for each in said)


@pytest.mark.whole
def test_a_review_date_can_be_extended(editor: Desk, desk_app: Flask, quiet: list[Job], redis: Redis) -> None:
    answer = post(editor, "review/faq_cost", review_by="2020-01-01")
    assert answer.headers["Location"].endswith("?said=date")
    assert "Published" in published(editor, quiet, redis, "review/faq_cost", review_by="2035-01-01")
    law = at_once(desk_app).statement("faq_cost").basis.law
    assert law
    assert 2035 == law.review_by.year


@pytest.fixture
def upstream(settings: Settings, tmp_path: Path) -> Callable[[str, str, str], None]:
    """Return a function that edits the flows that this test's app reads."""
    copied_flows(tmp_path / "flows")

    def change(file: str, old: str, new: str) -> None:
        path = tmp_path / "flows" / file
        before = path.read_text(encoding="utf-8")
        assert old in before
        path.write_text(before.replace(old, new, 1), encoding="utf-8")

    assert settings.flows_dir != tmp_path
    return change


@pytest.mark.whole
@pytest.mark.parametrize(("take", "served"), [("ours", "snow"), ("theirs", "Free help for parents")])
def test_a_conflict_is_shown_with_both_texts_and_resolved(
    take: str,
    served: str,
    editor: Desk,
    settings: Settings,
    upstream: Callable[[str, str, str], None],
    quiet: list[Job],
    redis: Redis,
    tmp_path: Path,
) -> None:
    assert "Published" in published(editor, quiet, redis, f"text/{GREETING}", **SNOW)
    upstream(
        "hotline.toml",
        "{hotline}: free school help for parents, by computer.",
        "{hotline}: Free help for parents.",
    )
    upstream("faq.toml", "No cost to you. Testing", "It costs nothing. Testing")
    list(update_files(tmp_path / "flows", "es"))
    spanish = tmp_path / "flows" / "translations" / "es.po"
    spanish.write_text(spanish.read_text(encoding="utf-8").replace("#, fuzzy\n", ""), encoding="utf-8")
    app = create_app(replace(settings, flows_dir=tmp_path / "flows"))
    assert "snow" in greeting(app), "it states no law: the center's words count until somebody decides"
    assert at_once(app).texts["en"][COST][0].startswith("It costs nothing.")
    desk = Desk(app).signed_in(PASSPHRASE, "ed")
    page = words(desk.get("/desk/words/conflicts").text)
    assert "closed for snow" in page
    assert "Free help for parents" in page
    assert "free school help for parents, by computer" in page
    answer = desk.post(
        "/desk/words/conflicts", version="1", kind="text", name=GREETING, language="en", take=take
    )
    assert 303 == answer.status_code
    found = judge(quiet[-1], redis)
    assert () == found
    assert served in greeting(app)
    assert "There are none." in words(desk.get("/desk/words/conflicts").text)
    if take == "theirs":
        assert "" == WordsVersions(redis).all()[0].overlay, "a text is one in all languages"
        return
    overlay = read_overlay(str(WordsVersions(redis).all()[0].overlay), "it")
    assert "Free help" in overlay.texts["en", GREETING].was.written


def test_texts_can_be_searched_and_filtered(editor: Desk) -> None:
    assert GREETING in editor.get("/desk/words?q=by+computer").text
    assert "faq.faq_cost.text" in editor.get("/desk/words?q=faq_cost").text
    assert "0 of" in words(editor.get("/desk/words?which=own").text)
    assert "Page 2 of" in words(editor.get("/desk/words?q=school&page=1").text)
    assert "Try fewer words" in words(editor.get("/desk/words?q=zebra+school").text)
    assert 404 == editor.get("/desk/words/text/faq.no_such.text").status_code


def test_the_texts_begin_in_folded_groups_with_a_search_on_top(editor: Desk) -> None:
    """A group has its texts as links, without a script; the labels are in the language of the desk."""
    page = editor.get("/desk/words").text
    assert page.index('id="q"') < page.index('<details class="group">')
    assert "<details open" not in page
    assert 'class="cards"' not in page
    assert "Page 1 of" not in page
    labels = re.findall(r'<details class="group">\s*<summary>(.+?) <span', page)
    assert ["The first text, the menu, HELP and STOP", "Danger and abuse"] == labels[:2]
    assert len(set(labels)) == len(labels) > 10
    for each in (GREETING, COST, LETTER):
        assert f'href="/desk/words/text/{each}"' in page
    assert ">Recordatorios <span" in editor.get("/desk/words", **{"Accept-Language": "es"}).text
    assert "<details" not in editor.get("/desk/words?which=due").text


def test_a_whole_message_that_a_parent_got_is_found_in_its_parts(editor: Desk) -> None:
    """The greeting and the menu are one text message, from two texts, with names filled in."""
    (sent,) = texts(texter(editor.app).text("hi"))
    page = editor.post("/desk/words", q=sent).text
    assert "parts of the message" in words(page)
    found = re.findall(r'<h2 class="small"><a href="/desk/words/text/([\w.]+)"', page)
    assert GREETING == found[0]
    assert "hotline.menu.text" in found[:3]


def test_only_words_of_our_texts_come_into_the_address_of_a_search(editor: Desk) -> None:
    """Addresses stay in the browser's history and in a proxy's log, and what was pasted may be a parent's message."""
    ours = editor.post("/desk/words", q="by computer", which="own")
    assert (303, "/desk/words?q=by+computer&which=own") == (ours.status_code, ours.headers["Location"])
    assert "/desk/words" == editor.post("/desk/words", q=" ").headers["Location"]
    theirs = editor.post("/desk/words", q="my Zoe was hit by Mr Quux")
    assert (200, None) == (theirs.status_code, theirs.headers.get("Location"))
    assert "Try fewer words" in words(theirs.text)
    assert not re.findall(r'(?:href|action)="[^"]*Quux', theirs.text)


def test_texts_with_the_words_side_by_side_are_first(editor: Desk) -> None:
    """Others have the same words somewhere."""
    page = editor.get("/desk/words?q=we+keep+your+place").text
    first = re.findall(r'<h2 class="small"><a href="/desk/words/text/([\w.]+)"', page)[0]
    assert "hotline.goodbye.text" == first


def test_a_crashed_check_is_reported(
    editor: Desk, quiet: list[Job], redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = post(editor, f"text/{GREETING}", **SNOW)
    monkeypatch.setattr(words_publish, "JUDGE", ("false",))
    words_publish._run(quiet[-1])
    assert "The check failed" in words(editor.get(answer.headers["Location"]).text)
    assert [("changed words", True)] == audited(redis)
    assert WordsVersions(redis).latest() is None
    assert 303 == post(editor, f"text/{GREETING}", **SNOW).status_code


def audited(redis: Redis) -> list[tuple[str, bool]]:
    """Return the changes of words in the audit and whether each was refused, in alphabetical order."""
    rows = [(row.what, row.refused) for row in DeskAudit(redis).rows()]
    return sorted(row for row in rows if "words" in row[0])


def test_the_words_of_a_refused_change_are_opened_again(editor: Desk, quiet: list[Job], redis: Redis) -> None:
    """By who wrote them, to be corrected; they were lost with the form."""
    refused = post(editor, f"text/{GREETING}", **SNOW).headers["Location"]
    WordsVersions(redis).refuse(_waiting(redis), ("it says XQZ",))
    (again,) = re.findall(r'href="([^"]+again=\w+)">Open your words again', editor.get(refused).text)
    assert SNOW["written_es"] in words(editor.get(again).text)
    assert SNOW["spoken_en"] in words(editor.get(again).text)
    assert SNOW["written_es"] not in words(editor.get(again.split("?")[0]).text)
    assert 303 == post(editor, "reminders", number_sent_yet="10", unit_sent_yet="hours").status_code
    assert SNOW["written_es"] in words(editor.get(again).text), "another change began"
    account(editor.app, "other", Role.EDITOR)
    assert SNOW["written_es"] not in words(Desk(editor.app).signed_in(PASSPHRASE, "other").get(again).text)
    assert len(quiet) == 2


def test_an_unpublished_change_is_audited_as_refused(editor: Desk, quiet: list[Job], redis: Redis) -> None:
    assert 303 == post(editor, f"text/{GREETING}", **SNOW).status_code
    assert [("changed words", False)] == audited(redis)
    assert WordsVersions(redis).add(0, WordsVersion(1, 0.0, "eve", "another text", ""))
    judge(quiet[-1], redis)
    assert [("changed words", True), ("published words", True)] == audited(redis)


def test_the_check_runs_in_a_separate_process(editor: Desk, quiet: list[Job], redis: Redis) -> None:
    assert 303 == post(editor, f"text/{GREETING}", **SNOW).status_code
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    words_publish._run(quiet[-1])
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < QUICKLY_JUDGED, "it walked again"
    latest = WordsVersions(redis).latest()
    assert latest
    assert ("ed", GREETING, 1) == (latest.by, latest.what, latest.number)


@pytest.mark.whole
def test_each_change_has_its_own_result(editor: Desk, quiet: list[Job], redis: Redis) -> None:
    refused = post(editor, f"text/{GREETING}", **{**SNOW, "written_en": f"{SNOW['written_en']} XQZ"})
    wrong = replace(_waiting(redis), state="refused", findings=("it says XQZ",))
    WordsVersions(redis).wait(wrong)
    assert "Published" in published(editor, quiet, redis, f"text/{GREETING}", **SNOW)
    said = words(editor.get(refused.headers["Location"]).text)
    assert ("it says XQZ" in said, "Published" in said) == (True, False)
    top = words(editor.get("/desk/words").text)
    assert top.index("Published : “") < top.index("Not published, see why : “")
    assert 404 == editor.get("/desk/words/publishing/nope").status_code


GOODBYE: Final = "hotline.goodbye.text"
BYE: Final = {
    "written_en": "Thank you. Reply MENU any time.",
    "written_es": "Gracias. Escriba MENU cuando quiera.",
    "spoken_en": "Thank you. Goodbye.",
    "spoken_es": "Gracias. Adiós.",
}


def test_each_version_says_what_it_changed_and_one_change_is_taken_back(
    editor: Desk, desk_app: Flask, quiet: list[Job], redis: Redis
) -> None:
    was = greeting(desk_app)
    published(editor, quiet, redis, f"text/{GREETING}", **SNOW)
    published(editor, quiet, redis, f"text/{GOODBYE}", **BYE)
    page = "/desk/words/versions"
    said = words(editor.get(page).text)
    for text in (*SNOW.values(), *BYE.values()):
        assert text in said
    assert "Before Español: ESPAÑOL. {hotline}: free school help for parents" in said
    forms = re.findall(r'action="(/desk/words/take-back/\d)"', editor.get(page).text)
    assert ["/desk/words/take-back/2", "/desk/words/take-back/1"] == forms
    form = {"version": number(editor), "entry": "texts", "name": GREETING}
    answer = editor.post("/desk/words/take-back/1", **form)
    assert 303 == answer.status_code
    judge(quiet[-1], redis)
    assert was == greeting(desk_app)
    assert "any time" in at_once(desk_app).texts["en"][GOODBYE][0]
    again = editor.post("/desk/words/take-back/1", **{**form, "version": number(editor)})
    assert (409, True) == (again.status_code, "was changed again later" in words(again.text))
    for wrong in ({"entry": "texts", "name": GOODBYE}, {"entry": "x", "name": ""}):
        unknown = editor.post("/desk/words/take-back/1", **{"version": number(editor), **wrong})
        assert 404 == unknown.status_code
    assert 404 == editor.post("/desk/words/take-back/9", **form).status_code


def test_a_version_without_its_predecessor_says_so(editor: Desk, redis: Redis) -> None:
    broken = json.dumps({**asdict(WordsVersion(8, 0.0, "ed", "x", "")), "overlay": "not an overlay"})
    redis.rpush(VERSIONS, broken, json.dumps(asdict(WordsVersion(9, 0.0, "ed", "x", ""))))
    said = words(editor.get("/desk/words/versions").text)
    assert 2 == said.count("The version before it is no longer stored")


def _waiting(redis: Redis) -> Waiting:
    found = WordsVersions(redis).waiting()
    assert found
    return found


def test_an_empty_topic_is_refused_in_plain_words(editor: Desk) -> None:
    said = words(post(editor, "topic/new").text)
    assert "Write a name in English. Write the answer in English. Write a name in Spanish." in said
    assert "needs label" not in said
    listed = editor.get(f"/desk/words?q={GREETING}").text
    assert f"</a></h2> {GREETING}" in re.sub(r"\s*<p class=\"now\">", " ", listed)
    assert f">{GREETING}</a>" not in listed


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("free   SCHOOL help", GREETING),
        ("help school free", GREETING),
        ("ayuda gratis: escuéla", GREETING),
        (GREETING, GREETING),
        ("gracias guardamos su lugar por 7 dias", "hotline.goodbye.text"),
        ("stay put get help Example Parent Center", "faq.faq_take_away.text"),
    ],
)
def test_a_text_is_found_by_what_a_parent_sees(sought: str, found: str, editor: Desk) -> None:
    page = editor.client.get("/desk/words", query_string={"q": sought}, base_url="https://localhost")
    assert f"/desk/words/text/{found}" in page.text


def test_a_changes_summary_is_in_the_desks_language(desk_app: Flask) -> None:
    now = words_now(desk_app.extensions["hotline"])
    with desk_app.test_request_context("/desk", headers={"Accept-Language": "es"}):
        assert "Centro del estado: Alaska" == line(now, "center: AK")
        assert line(now, "reminders: sent_yet").startswith("Días de recordatorios: «¿Ya")
        assert line(now, "reviewed: faq_cost").startswith("Revisado otra vez: «")
        assert line(now, TO_THE_FLOWS).startswith("De vuelta a los textos originales")
        assert line(now, GREETING).startswith("«{hotline}: ayuda gratis")
        assert ["De vuelta a la versión 3", "topic camp"] == [
            line(now, "version: 3"),
            line(now, "topic camp"),
        ]
        assert all("%" not in line(now, f"{kind}: x") for kind in KINDS)
