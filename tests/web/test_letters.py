"""The letters' pages are complete, secure, and in the requested language."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hotline.config.settings import Settings
from hotline.publishing.letters import Letters
from hotline.web.app import create_app
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
    """Return the letters that the app shows."""
    shown = app.extensions["hotline"].letters
    assert isinstance(shown, Letters)
    return shown


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Return a client; it needs no Redis."""
    return app.test_client()


def words(page: str) -> str:
    """Return the text of a page, without styles and tags, with single spaces."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", body)).split())


@pytest.mark.parametrize(("kind", "lang"), PAGES)
def test_a_page_shows_the_whole_letter(kind: str, lang: str, visitor: FlaskClient, letters: Letters) -> None:
    """With every word and blank, the center, the disclaimer, the source and the review date."""
    answer = visitor.get(f"/letters/{kind}?lang={lang}")
    assert (200, "text/html", lang) == (
        answer.status_code,
        answer.mimetype,
        answer.headers["Content-Language"],
    )
    said, letter = words(answer.text), letters.by_kind[kind]
    for block in letter.wordings[lang].blocks:
        for line in block.lines:
            assert "".join(piece.text for piece in line) in said
    blanks = sum(block.blanks for wording in letter.wordings.values() for block in wording.blocks)
    assert blanks == len(re.findall(r'<span class="(?:blank(?: long)?|pick)"', answer.text))
    for expected in (
        letter.law.source,
        letters.words[lang]["disclaimer"],
        "Example Parent Center, 510-555-0199",
    ):
        assert expected in said
    assert f'<time datetime="{letter.law.reviewed}">' in answer.text
    assert "2026" in said


@pytest.mark.parametrize(("kind", "lang"), PAGES)
def test_the_other_language_is_shown_beside_the_letter(
    kind: str, lang: str, visitor: FlaskClient, letters: Letters
) -> None:
    """Completely, marked with its language, whose name is in the reader's language."""
    other = "es" if lang == "en" else "en"
    beside = re.search(
        rf'<section class="beside" lang="{other}">(.*?)</section>',
        visitor.get(f"/letters/{kind}?lang={lang}").text,
        re.DOTALL,
    )
    assert beside
    said = words(beside[1])
    assert said.startswith(f"{letters.words[lang]['beside']}: {letters.words[other]['language']}")
    for block in letters.by_kind[kind].wordings[other].blocks:
        for line in block.lines:
            assert "".join(piece.text for piece in line) in said


@pytest.mark.parametrize(("kind", "lang"), PAGES)
def test_a_letter_opens_in_an_email(kind: str, lang: str, visitor: FlaskClient, letters: Letters) -> None:
    """Without a recipient. Its subject is the title, its body the whole letter with blanks and lists."""
    page = visitor.get(f"/letters/{kind}?lang={lang}").text
    link = re.search(r'href="mailto:\?([^"]+)"', page)
    assert link
    wording = letters.by_kind[kind].wordings[lang]
    assert {"subject": [wording.title], "body": [wording.plain]} == parse_qs(unescape(link[1]))
    for block in wording.blocks:
        for line in block.lines:
            assert "".join(piece.text for piece in line) in wording.plain


def test_only_the_letter_is_printed(visitor: FlaskClient) -> None:
    """Without our headings, links and notices, and with lines to write on in place of the blanks."""
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


@pytest.mark.parametrize(("kind", "lang"), PAGES)
def test_a_caption_has_no_bracket_and_no_example(kind: str, lang: str, visitor: FlaskClient) -> None:
    """The printed caption is "What you see", not "[What you see. Example: ...]"."""
    captions = re.findall(r'data-caption="([^"]*)"', visitor.get(f"/letters/{kind}?lang={lang}").text)
    assert captions
    assert [c for c in captions if re.search(r"[\[\]|=]|Example|Ejemplo", c)] == []


def test_alternatives_are_not_printed_as_blanks(letters: Letters) -> None:
    """A parent circles "yes" or "no", and checks the paragraph that applies to their child."""
    pieces = [
        piece
        for block in letters.by_kind["discipline"].wordings["en"].blocks
        for line in block.lines
        for piece in line
    ]
    picked = {piece.text for piece in pieces if piece.picked}
    assert {"[yes / no]", "[wrote to / talked with]", "[My child has no plan:]"} <= picked
    assert not picked & {"[Date]", "[Your name]", "[Phone or email]"}


def test_the_urgent_letter_comes_first(letters: Letters) -> None:
    """Its deadlines are counted in school days."""
    assert "discipline" == next(iter(letters.by_kind))


@pytest.mark.parametrize(("kind", "lang"), PAGES)
def test_a_page_links_to_the_other_language_and_the_other_letters(
    kind: str, lang: str, visitor: FlaskClient
) -> None:
    """Each link exists, declares its language, and works."""
    page = visitor.get(f"/letters/{kind}?lang={lang}").text
    assert page.startswith(f'<!doctype html>\n<html lang="{lang}">')
    assert 1 == page.count("<h1>")
    links = set(re.findall(r'href="(/[^"]+)"', page))
    other = "es" if lang == "en" else "en"
    others = {f"/letters/{k}?lang={lang}" for k, _ in PAGES if k != kind}
    policies = {f"/privacy?lang={lang}", f"/terms?lang={lang}"}
    assert links == {f"/letters/{kind}?lang={other}", f"/letters?lang={lang}"} | others | policies
    assert f'lang="{other}" hreflang="{other}"' in page
    for link in links:
        assert 200 == visitor.get(link).status_code


@pytest.mark.parametrize(
    "address", ["/letters", "/letters/", "/letters/records?lang=es", "/letters/nope"], ids=str
)
def test_a_page_loads_nothing_and_allows_nothing(address: str, visitor: FlaskClient) -> None:
    """No cookie, no script, nothing external. The policy allows only the page's own style."""
    answer = visitor.get(address)
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style
    hashed = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert policy[:2] == ["default-src 'none'", f"style-src 'sha256-{hashed}'"]
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    assert "no-referrer" == answer.headers["Referrer-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert (
        re.findall(r"(?i)<script|<img|<link|<form|\bsrc=|\bstyle=|https?:|url\(|@import", answer.text) == []
    )


def test_a_page_may_be_cached_for_an_hour(visitor: FlaskClient) -> None:
    """No longer, so that a correction reaches parents. A 404 is not cached."""
    assert "public, max-age=3600" == visitor.get("/letters/504").headers["Cache-Control"]
    assert "no-store" == visitor.get("/letters/505").headers["Cache-Control"]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_list_has_every_letter(lang: str, visitor: FlaskClient, letters: Letters) -> None:
    """With the situation that each is for."""
    page = visitor.get(f"/letters?lang={lang}").text
    for kind, letter in letters.by_kind.items():
        assert f'<a href="/letters/{kind}?lang={lang}">{letter.wordings[lang].title}</a>' in page
        assert letter.wordings[lang].when in words(page)


def test_an_unknown_letter_gets_a_list_of_letters(visitor: FlaskClient) -> None:
    """A 404 in the requested language that lists the letters and does not repeat the unknown name."""
    answer = visitor.get("/letters/zzqq?lang=es")
    assert 404 == answer.status_code
    assert "Esa carta no está aquí" in answer.text
    assert 'href="/letters/evaluation?lang=es"' in answer.text
    assert "zzqq" not in answer.text


@pytest.mark.parametrize("lang", ["", "xx", "ES", "es%00", "<b>"])
def test_an_unknown_language_gets_english(lang: str, visitor: FlaskClient) -> None:
    """With the link to Spanish. The requested language is not repeated."""
    answer = visitor.get(f"/letters/evaluation?lang={lang}")
    assert (200, "en") == (answer.status_code, answer.headers["Content-Language"])
    assert TITLES["evaluation", "en"] in answer.text
    assert 'href="/letters/evaluation?lang=es"' in answer.text
    assert "<b>" not in answer.text


def test_a_head_request_gets_only_the_headers(visitor: FlaskClient) -> None:
    """Link previews send HEAD requests."""
    head, get = (ask("/letters/evaluation?lang=es") for ask in (visitor.head, visitor.get))
    assert (200, b"") == (head.status_code, head.data)
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.headers["Content-Security-Policy"] == get.headers["Content-Security-Policy"]


def test_a_letter_is_read_only(visitor: FlaskClient) -> None:
    """A POST is not allowed."""
    assert 405 == visitor.post("/letters/evaluation").status_code


def test_text_from_files_and_settings_is_escaped(settings: Settings, tmp_path: Path) -> None:
    """A center's name or a letter with < or & is shown as written."""
    flows = tmp_path / "flows"
    copied_flows(flows)
    records = flows / "letters" / "records.toml"
    text = records.read_text(encoding="utf-8")
    text = text.replace("[Principal / Records office", "[<b>Principal</b> & Records office")
    text = text.replace("Ask for school records", "Ask & <i>see</i>").replace("report cards", "<u>cards</u>")
    records.write_text(text, encoding="utf-8")
    changed = replace(settings, flows_dir=flows, center_name="Parents <s>&</s> Co")
    page = create_app(changed).test_client().get("/letters/records").text
    assert re.findall(r"<[biu]>|<s>", page) == []
    for shown in (
        "[<b>Principal</b> & Records office",
        "Ask & <i>see</i>",
        "<u>cards</u>",
        "Parents <s>&</s> Co",
    ):
        assert shown in words(page)


def test_with_a_broken_letter_at_startup_our_own_letters_are_served(
    settings: Settings, tmp_path: Path
) -> None:
    """As with a broken flow, a restart never takes parents' letters away, and /status says what is wrong."""
    flows = tmp_path / "flows"
    copied_flows(flows)
    (flows / "letters" / "504.toml").unlink()
    client = create_app(replace(settings, flows_dir=flows)).test_client()
    assert 200 == client.get("/letters/504").status_code
    assert "no letter named '504'" in (client.get("/status").json or {})["flows"]
