"""/privacy and /terms describe what the hotline does and work in any browser."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from hotline.config.settings import OWN_FLOWS, Settings
from hotline.conversation.model.events import FlowError
from hotline.publishing.pages import FILLED, load_pages
from hotline.store.retention import KINDS
from hotline.web.app import create_app
from hotline.web.policy_names import policy_names
from tests.copied_flows import copied_flows

BOTH = [(name, lang) for name in ("privacy", "terms") for lang in ("en", "es")]

NEEDED: dict[str, dict[str, tuple[str, ...]]] = {
    "privacy": {
        "en": ("STOP", "DELETE", "We do not sell", "any third party or affiliate for marketing", "Twilio"),
        "es": ("STOP", "BORRAR", "No vendemos", "ningún tercero ni afiliado para mercadeo", "Twilio"),
    },
    "terms": {
        "en": (
            "STOP",
            "HELP",
            "Message and data rates may apply",
            "at most 12 texts in any 90 days",
            "911",
            "988",
        ),
        "es": (
            "STOP",
            "AYUDA",
            "tarifas de mensajes y datos",
            "a lo más 12 mensajes en 90 días",
            "911",
            "988",
        ),
    },
}
"""What carriers check when a number is registered, and what parents must know."""


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Return a client; it needs no Redis."""
    return app.test_client()


def words(page: str) -> str:
    """Return the text of a page."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize(("name", "lang"), BOTH)
def test_a_page_has_the_required_text_and_the_names_in_the_settings(
    name: str, lang: str, visitor: FlaskClient
) -> None:
    """In the requested language."""
    answer = visitor.get(f"/{name}?lang={lang}")
    assert (200, "text/html", lang) == (
        answer.status_code,
        answer.mimetype,
        answer.headers["Content-Language"],
    )
    said = words(answer.text)
    for each in (*NEEDED[name][lang], "Example Parent Center", "510-555-0199", "Parent Hotline"):
        assert each in said
    assert f'<html lang="{lang}">' in answer.text
    assert "{" not in said, "every placeholder is filled"


@pytest.mark.parametrize(("name", "lang"), BOTH)
def test_a_page_loads_nothing_and_allows_nothing(name: str, lang: str, visitor: FlaskClient) -> None:
    """No cookies, scripts, frames, forms, or external resources, and no skipped heading levels."""
    answer = visitor.get(f"/{name}?lang={lang}")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert re.findall(r"<(?:script|img|iframe|form|link)\b|\son\w+=|\sstyle=", answer.text) == []
    assert re.findall(r'(?:href|src)="(?!/|tel:)', answer.text) == []
    levels = [int(level) for level in re.findall(r"<h([1-6])>", answer.text)]
    assert [1, *[2] * (len(levels) - 1)] == levels


def test_the_pages_and_the_letters_link_to_each_other(visitor: FlaskClient) -> None:
    """In the language of the linking page."""
    for path in ("/letters?lang=es", "/letters/evaluation?lang=es", "/privacy?lang=es", "/terms?lang=es"):
        page = visitor.get(path).text
        for link in ("/privacy?lang=es", "/terms?lang=es", "/letters?lang=es"):
            assert f'href="{link}"' in page, path
    assert 'hreflang="en"' in visitor.get("/privacy?lang=es").text


def test_an_unknown_language_gets_the_default(visitor: FlaskClient) -> None:
    assert "en" == visitor.get("/privacy?lang=zz").headers["Content-Language"]


def test_retention_periods_are_those_of_the_code(settings: Settings, visitor: FlaskClient) -> None:
    """They are the ones that `hotline retention` checks."""
    kept = {kind.name: kind.longest for kind in KINDS}
    named = policy_names(settings)
    assert set(FILLED) == named.keys()
    assert kept["where a conversation is"] == timedelta(days=int(named["place_days"]))
    assert kept["days that a child was out of school"] == timedelta(days=int(named["days_out_days"]))
    assert kept["language, consent, opt-out, sealed number"] == timedelta(days=int(named["person_days"]))
    assert kept["requests for a person"] == timedelta(days=int(named["request_days"]))
    assert kept["consents and opt-outs, without number"] == timedelta(days=365 * int(named["audit_years"]))
    said = words(visitor.get("/privacy").text)
    assert f"{named['person_days']} days after you last wrote" in said


def own(settings: Settings, folder: Path) -> Settings:
    """Copy the flows to this folder; return settings that use them."""
    copied_flows(folder)
    return replace(settings, flows_dir=folder)


def test_a_center_can_change_the_pages(settings: Settings, tmp_path: Path) -> None:
    """As with every other text."""
    changed = own(settings, tmp_path / "flows")
    file = tmp_path / "flows" / "pages" / "terms.toml"
    file.write_text(file.read_text("utf-8").replace('title = "Terms"', 'title = "Our terms"'), "utf-8")
    assert "<h1>Our terms</h1>" in create_app(changed).test_client().get("/terms").text


def test_broken_pages_are_replaced_by_ours_and_reported(settings: Settings, tmp_path: Path) -> None:
    """Our own pages are shown instead."""
    changed = own(settings, tmp_path / "flows")
    file = tmp_path / "flows" / "pages" / "privacy.toml"
    file.write_text(file.read_text("utf-8").replace("[es]", "[fr]"), "utf-8")
    client = create_app(changed).test_client()
    assert "<h1>Privacy</h1>" in client.get("/privacy").text
    assert "the pages are broken" in (client.get("/status").json or {})["flows"]


def test_flows_without_pages_show_ours(settings: Settings, tmp_path: Path) -> None:
    """A center may have copied its flows before pages existed."""
    changed = own(settings, tmp_path / "flows")
    shutil.rmtree(tmp_path / "flows" / "pages")
    client = create_app(changed).test_client()
    assert "<h1>Privacidad</h1>" in client.get("/privacy?lang=es").text
    assert "pages" not in (client.get("/status").json or {})["flows"]


BROKEN = {
    "a section of no language": (("privacy", "[es]", "[fr]"), "must have title, text and sections"),
    "a language that a page has not": (("privacy", "es", "fr"), "all pages must be in"),
    "an item less": (("terms", "- Mande STOP para no recibir más mensajes. Mande START para recibirlos otra vez.\n", ""), "differ from those of [en]"),
    "a name that nothing has": (("terms", "{center}", "{school}"), "nothing is called {school}"),
    "a date in quotes": (("terms", "reviewed = 2026-11-29", 'reviewed = "2026"'), "reviewed must be a date"),
    "no TOML": (("terms", 'title = "Terms"', "title = Terms"), "is not TOML"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_page_is_reported(change: tuple[str, str, str], expected: str, tmp_path: Path) -> None:
    """The error says what would be right."""
    name, before, after = change
    shutil.copytree(OWN_FLOWS / "pages", tmp_path / "pages")
    file = tmp_path / "pages" / f"{name}.toml"
    text = file.read_text("utf-8")
    assert before in text
    parts = re.compile(r"(?<=\[)es(?=[\].])") if before == "es" else re.compile(re.escape(before))
    file.write_text(parts.sub(after, text), "utf-8")
    with pytest.raises(FlowError, match=re.escape(expected)):
        load_pages(tmp_path / "pages", dict.fromkeys(FILLED, "1"))
