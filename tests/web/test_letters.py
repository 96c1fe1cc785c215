"""The pages to read and print are complete, secure, and in the requested language."""

import hashlib
import re
import shutil
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from html import unescape
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hotline.config.settings import Settings, as_written
from hotline.publishing.letter_text import LetterText
from hotline.publishing.letters import Letters
from hotline.publishing.pages import FILLED
from hotline.store.retention import KINDS as STORED
from hotline.web.app import create_app
from hotline.web.service import policy_names
from tests.copied_flows import copied_flows

KINDS = (
    *("discipline", "evaluation", "504", "not_followed", "meeting"),
    *("notice", "records", "disagree", "state_complaint"),
)
PAGES = [(kind, lang) for kind in KINDS for lang in ("en", "es")]
TITLES = {
    ("evaluation", "en"): "Ask for an evaluation (IEP and 504)",
    ("evaluation", "es"): "Pedir una evaluación (IEP y 504)",
}


@pytest.fixture
def letters(app: Flask) -> Letters:
    shown = app.extensions["hotline"].letters
    assert isinstance(shown, Letters)
    return shown


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Return a client; it needs no Redis."""
    return app.test_client()


@pytest.fixture(scope="module")
def pages(app: Flask) -> dict[tuple[str, str], TestResponse]:
    visitor = app.test_client()
    return {(kind, lang): visitor.get(f"/letters/{kind}?lang={lang}") for kind, lang in PAGES}


Shown = dict[tuple[str, str], TestResponse]


def own(settings: Settings, folder: Path) -> Settings:
    copied_flows(folder)
    return replace(settings, flows_dir=folder)


def words(page: str) -> str:
    """Return the text of a page, without styles and tags, with single spaces."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", body)).split())


def lines(wording: LetterText) -> list[str]:
    return ["".join(piece.text for piece in line) for block in wording.blocks for line in block.lines]


def test_a_page_shows_the_whole_letter(pages: Shown, letters: Letters) -> None:
    for (kind, lang), answer in pages.items():
        head = (answer.status_code, answer.mimetype, answer.headers["Content-Language"])
        assert (200, "text/html", lang) == head
        said, letter = words(answer.text), letters.by_kind[kind]
        blanks = sum(block.blanks for wording in letter.wordings.values() for block in wording.blocks)
        assert blanks == len(re.findall(r'<span class="(?:blank(?: long)?|pick)"', answer.text)), kind
        for expected in (
            *lines(letter.wordings[lang]),
            letter.law.source,
            letters.words[lang]["disclaimer"],
            "Example Parent Center, 510-555-0199",
        ):
            assert expected in said
        assert f'<time datetime="{letter.law.reviewed}">' in answer.text
        assert "2026" in said


def test_the_other_language_is_shown_beside_the_letter(pages: Shown, letters: Letters) -> None:
    for (kind, lang), answer in pages.items():
        other = "es" if lang == "en" else "en"
        beside = re.search(rf'<section class="beside" lang="{other}">(.*?)</section>', answer.text, re.DOTALL)
        assert beside, kind
        said = words(beside[1])
        assert said.startswith(f"{letters.words[lang]['beside']}: {letters.words[other]['language']}")
        assert [] == [line for line in lines(letters.by_kind[kind].wordings[other]) if line not in said]


def test_a_letter_opens_in_an_email(pages: Shown, letters: Letters) -> None:
    for (kind, lang), answer in pages.items():
        link = re.search(r'href="mailto:\?([^"]+)"', answer.text)
        assert link, kind
        wording = letters.by_kind[kind].wordings[lang]
        assert {"subject": [wording.title], "body": [wording.plain]} == parse_qs(unescape(link[1]))
        assert [] == [line for line in lines(wording) if line not in wording.plain]


def test_only_the_letter_is_printed(visitor: FlaskClient) -> None:
    page = visitor.get("/letters/discipline").text
    printed = page[page.index("@media print {") : page.index("</style>")]
    hidden = re.search(r"(?m)^  ([^{]+) \{ display: none; \}", printed)
    assert hidden
    body = page[page.index("<body>") :]
    apart = set(re.findall(r"<(header|nav|footer|h1)\b", body)) | {
        f".{name}" for name in re.findall(r'class="(how|beside)"', body)
    }
    assert apart == set(hidden[1].split(", "))
    assert re.search(r"\.blank \{[^}]*border-bottom: [^}]*#000[^}]*font-size: 0", printed), (
        "the bracket shows"
    )
    assert ".edge { display: none; }" in printed
    assert re.search(r"\.blank::after \{ content: attr\(data-caption\)", printed)


def test_a_caption_has_no_bracket_and_no_example(pages: Shown) -> None:
    for answer in pages.values():
        captions = re.findall(r'data-caption="([^"]*)"', answer.text)
        assert captions
        assert [c for c in captions if re.search(r"[\[\]|=]|Example|Ejemplo", c)] == []


def test_alternatives_are_not_printed_as_blanks(letters: Letters) -> None:
    pieces = [
        piece
        for block in letters.by_kind["discipline"].wordings["en"].blocks
        for line in block.lines
        for piece in line
    ]
    picked = {piece.text for piece in pieces if piece.picked}
    assert {"[yes / no]", "[wrote to / talked with]", "[My child has no plan:]"} <= picked
    assert not picked & {"[Date]", "[Your name]", "[Phone or email]"}


def test_the_bare_address_says_what_this_is_in_all_languages(
    visitor: FlaskClient, settings: Settings
) -> None:
    """With the number, the letters and the desk; nothing about the machine, and the phone page only where it is."""
    answer = visitor.get("/")
    assert 200 == answer.status_code
    said = unescape(answer.text)
    for words in ("free help for parents", "ayuda gratis para familias", as_written(settings.sender)):
        assert words in said
    assert {"/letters?lang=en", "/letters?lang=es", "/desk"} <= set(
        re.findall(r'href="([^"]+)"', answer.text)
    )
    assert 'href="http://127.0.0.1:8001/phone"' in answer.text
    public = create_app(
        replace(settings, public_base_url="https://hotline.example.org", twilio_api_base_url="")
    )
    page = public.test_client().get("/").text
    assert "/desk" in page
    assert not re.search(r"/phone|127\.0\.0|" + re.escape(version("parent-hotline")), page)


@pytest.mark.parametrize(("password", "linked"), [("a long password", True), ("", False)])
def test_the_bare_address_links_to_the_desk_only_where_there_is_one(
    settings: Settings, password: str, linked: bool
) -> None:
    page = create_app(replace(settings, desk_password=password)).test_client().get("/").text
    assert linked is ('href="/desk"' in page)


def test_the_urgent_letter_comes_first(letters: Letters) -> None:
    """Its deadlines are counted in school days."""
    assert "discipline" == next(iter(letters.by_kind))


def test_a_page_links_to_the_other_language_and_the_other_letters(pages: Shown, visitor: FlaskClient) -> None:
    found = set[str]()
    for (kind, lang), answer in pages.items():
        page, other = answer.text, "es" if lang == "en" else "en"
        assert page.startswith(f'<!doctype html>\n<html lang="{lang}">')
        assert 1 == page.count("<h1>")
        links = set(re.findall(r'href="(/[^"]+)"', page))
        others = {f"/letters/{k}?lang={lang}" for k in KINDS if k != kind}
        policies = {f"/privacy?lang={lang}", f"/terms?lang={lang}"}
        assert links == {f"/letters/{kind}?lang={other}", f"/letters?lang={lang}"} | others | policies
        assert f'lang="{other}" hreflang="{other}"' in page
        found |= links
    assert {200} == {visitor.get(link).status_code for link in found}


@pytest.mark.parametrize(
    "address",
    ["/letters", "/letters/", "/letters/records?lang=es", "/letters/nope"]
    + [f"/{name}?lang={lang}" for name in ("privacy", "terms") for lang in ("en", "es")],
)
def test_a_page_loads_nothing_and_allows_nothing(address: str, visitor: FlaskClient) -> None:
    answer = visitor.get(address)
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style
    hashed = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert policy[:2] == ["default-src 'none'", f"style-src 'sha256-{hashed}'"]
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    assert "no-referrer" == answer.headers["Referrer-Policy"]
    assert "Set-Cookie" not in answer.headers
    loads = r"(?i)<script|<img|<iframe|<link|<form|\bsrc=|\bstyle=|\son\w+=|https?:|url\(|@import"
    assert [] == re.findall(loads, answer.text)
    assert [] == re.findall(r'href="(?!/|tel:|#|mailto:)', answer.text)


def test_a_page_may_be_cached_for_an_hour(visitor: FlaskClient) -> None:
    assert "public, max-age=3600" == visitor.get("/letters/504").headers["Cache-Control"]
    assert "no-store" == visitor.get("/letters/505").headers["Cache-Control"]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_list_has_every_letter(lang: str, visitor: FlaskClient, letters: Letters) -> None:
    page = visitor.get(f"/letters?lang={lang}").text
    for kind, letter in letters.by_kind.items():
        assert f'<a href="/letters/{kind}?lang={lang}">{letter.wordings[lang].title}</a>' in page
        assert letter.wordings[lang].when in words(page)


def test_an_unknown_letter_gets_a_list_of_letters(visitor: FlaskClient) -> None:
    answer = visitor.get("/letters/zzqq?lang=es")
    assert 404 == answer.status_code
    assert "Esa carta no está aquí" in answer.text
    assert 'href="/letters/evaluation?lang=es"' in answer.text
    assert "zzqq" not in answer.text


@pytest.mark.parametrize("lang", ["", "xx", "ES", "es%00", "<b>"])
def test_an_unknown_language_gets_english(lang: str, visitor: FlaskClient) -> None:
    assert "en" == visitor.get(f"/privacy?lang={lang}").headers["Content-Language"]
    answer = visitor.get(f"/letters/evaluation?lang={lang}")
    assert (200, "en") == (answer.status_code, answer.headers["Content-Language"])
    assert TITLES["evaluation", "en"] in answer.text
    assert 'href="/letters/evaluation?lang=es"' in answer.text
    assert "<b>" not in answer.text


def test_a_head_request_gets_only_the_headers(visitor: FlaskClient) -> None:
    head, get = (ask("/letters/evaluation?lang=es") for ask in (visitor.head, visitor.get))
    assert (200, b"") == (head.status_code, head.data)
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.headers["Content-Security-Policy"] == get.headers["Content-Security-Policy"]


def test_a_letter_is_read_only(visitor: FlaskClient) -> None:
    assert 405 == visitor.post("/letters/evaluation").status_code


def test_text_from_files_and_settings_is_escaped(settings: Settings, tmp_path: Path) -> None:
    changed = replace(own(settings, tmp_path / "flows"), center_name="Parents <s>&</s> Co")
    records = changed.flows_dir / "letters" / "records.toml"
    text = records.read_text(encoding="utf-8")
    text = text.replace("[Principal / Records office", "[<b>Principal</b> & Records office")
    text = text.replace("Ask for school records", "Ask & <i>see</i>").replace("report cards", "<u>cards</u>")
    records.write_text(text, encoding="utf-8")
    page = create_app(changed).test_client().get("/letters/records").text
    assert re.findall(r"<[biu]>|<s>", page) == []
    for shown in (
        "[<b>Principal</b> & Records office",
        "Ask & <i>see</i>",
        "<u>cards</u>",
        "Parents <s>&</s> Co",
    ):
        assert shown in words(page)


def test_with_a_broken_letter_at_startup_ours_are_served(settings: Settings, tmp_path: Path) -> None:
    changed = own(settings, tmp_path / "flows")
    (changed.flows_dir / "letters" / "504.toml").unlink()
    client = create_app(changed).test_client()
    assert 200 == client.get("/letters/504").status_code
    assert "no letter named '504'" in (client.get("/status").json or {})["flows"]


# --- /privacy and /terms ---

NEEDED = {
    ("privacy", "en"): "STOP | DELETE | We do not sell | any third party or affiliate for marketing | Twilio",
    ("privacy", "es"): "STOP | BORRAR | No vendemos | ningún tercero ni afiliado para mercadeo | Twilio",
    (
        "terms",
        "en",
    ): "STOP | HELP | Message and data rates may apply | at most 12 texts in any 90 days | 911 | 988",
    (
        "terms",
        "es",
    ): "STOP | AYUDA | tarifas de mensajes y datos | a lo más 12 mensajes en 90 días | 911 | 988",
}
"""What carriers check when a number is registered, and what parents must know."""


@pytest.mark.parametrize(("name", "lang"), NEEDED)
def test_a_policy_has_the_required_text_and_the_names_in_the_settings(
    name: str, lang: str, visitor: FlaskClient
) -> None:
    answer = visitor.get(f"/{name}?lang={lang}")
    assert (200, "text/html", lang) == (
        answer.status_code,
        answer.mimetype,
        answer.headers["Content-Language"],
    )
    said = words(answer.text)
    for each in (*NEEDED[name, lang].split(" | "), "Example Parent Center", "510-555-0199", "Parent Hotline"):
        assert each in said
    assert f'<html lang="{lang}">' in answer.text
    assert "{" not in said, "every placeholder is filled"
    levels = [int(level) for level in re.findall(r"<h([1-6])>", answer.text)]
    assert [1, *[2] * (len(levels) - 1)] == levels


def test_the_pages_and_the_letters_link_to_each_other(visitor: FlaskClient) -> None:
    for path in ("/letters?lang=es", "/letters/evaluation?lang=es", "/privacy?lang=es", "/terms?lang=es"):
        page = visitor.get(path).text
        for link in ("/privacy?lang=es", "/terms?lang=es", "/letters?lang=es"):
            assert f'href="{link}"' in page, path
    assert 'hreflang="en"' in visitor.get("/privacy?lang=es").text


def test_retention_periods_are_those_of_the_code(settings: Settings, visitor: FlaskClient) -> None:
    kept = {kind.name: kind.longest for kind in STORED}
    named = policy_names(settings)
    assert set(FILLED) == named.keys()
    assert kept["where a conversation is"] == timedelta(days=int(named["place_days"]))
    assert kept["days that a child was out of school"] == timedelta(days=int(named["days_out_days"]))
    assert kept["language, consent, opt-out, sealed number"] == timedelta(days=int(named["person_days"]))
    assert kept["requests for a person"] == timedelta(days=int(named["request_days"]))
    assert kept["consents and opt-outs, without numbers"] == timedelta(days=365 * int(named["audit_years"]))
    said = words(visitor.get("/privacy").text)
    assert f"{named['person_days']} days after you last wrote" in said


def test_a_center_can_change_the_pages(settings: Settings, tmp_path: Path) -> None:
    changed = own(settings, tmp_path / "flows")
    file = tmp_path / "flows" / "pages" / "terms.toml"
    file.write_text(file.read_text("utf-8").replace('title = "Terms"', 'title = "Our terms"'), "utf-8")
    assert "<h1>Our terms</h1>" in create_app(changed).test_client().get("/terms").text


def test_broken_pages_are_replaced_by_ours_and_reported(settings: Settings, tmp_path: Path) -> None:
    changed = own(settings, tmp_path / "flows")
    file = tmp_path / "flows" / "pages" / "privacy.toml"
    file.write_text(file.read_text("utf-8").replace("[es]", "[fr]"), "utf-8")
    client = create_app(changed).test_client()
    assert "<h1>Privacy</h1>" in client.get("/privacy").text
    assert "the pages are broken" in (client.get("/status").json or {})["flows"]


def test_flows_without_pages_show_ours(settings: Settings, tmp_path: Path) -> None:
    changed = own(settings, tmp_path / "flows")
    shutil.rmtree(tmp_path / "flows" / "pages")
    client = create_app(changed).test_client()
    assert "<h1>Privacidad</h1>" in client.get("/privacy?lang=es").text
    assert "pages" not in (client.get("/status").json or {})["flows"]
