"""Pages to read and print: the letters, and /privacy and /terms for parents and for carriers.

/ says what the line is, in all languages, and where its pages are. /letters lists the letters, /letters/<kind>?lang=es shows one, /l/<token> a finished one.

Rule 1: a request reads only the kind and the language, or the sealed token (`finished_letters`), stores nothing
        and sets no cookie. These pages need no signature and no Redis.
Rule 2: a page is self-contained: no scripts, fonts, images or external resources. Its Content-Security-Policy
        allows only its own style.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from babel.dates import format_date
from flask import Blueprint, Response, make_response, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from hotline.clock import now
from hotline.config.oddities import is_trial
from hotline.config.settings import as_written
from hotline.web.service import service as this_service

letters = Blueprint("letters", __name__, template_folder="templates")

STYLE: Final = (Path(__file__).parent / "templates" / "letters.css").read_text(encoding="utf-8")
STYLE_HASH: Final = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

STORED_FOR: Final = 3600
"""Seconds that a browser may cache a page, so an edited letter reaches everyone within the hour."""


@letters.get("/")
def front() -> Response:
    """Show what this is, for people who type the bare address. A carrier's signed request here is misdirected, and gets 404."""
    service = this_service()
    if service.signatures.header in request.headers:
        raise NotFound
    settings = service.settings
    trial = f"{settings.twilio_api_base_url}/phone" if is_trial(settings) else ""
    number, has_desk = as_written(settings.sender), service.live.now().requests_are_seen
    return _page("front.html", service.letters.languages[0], number=number, has_desk=has_desk, trial=trial)


@letters.get("/letters")
def list_letters() -> Response:
    """Show all letters, with when to use each."""
    return _list()


@letters.get("/letters/<kind>")
def show_letter(kind: str) -> Response:
    """Show one letter; for an unknown kind, return 404 with the list of letters."""
    lang = _asked(this_service().letters.languages)
    letter = this_service().letters.by_kind.get(kind)
    if letter is None:
        return _list(404, missing=True)
    reviewed = _written(letter.law.reviewed, lang)
    return _page("letter.html", lang, letter=letter, wording=letter.wordings[lang], reviewed=reviewed)


@letters.get("/l/<token>")
def show_finished(token: str) -> Response:
    """Show a letter with the answers filled in: in the default language, to send, and in the others beside it.

    For a token that has expired or is not ours, return 404 with the list of letters. The page may not be cached.
    """
    service = this_service()
    finished = service.finished_letters.read(token, service.book, now())
    if finished is None:
        return _list(404, closed=True)
    letter, languages = service.letters.by_kind[finished.kind], service.letters.languages
    filled = {
        language: letter.wordings[language].filled(
            service.finished_letters.answers(finished, service.book, language)
        )
        for language in languages
    }
    response = _page(
        "finished_letter.html",
        finished.language,
        cached=False,
        letter=letter,
        to_send=filled.pop(languages[0]),
        send_in=languages[0],
        beside=filled,
        reviewed=_written(letter.law.reviewed, finished.language),
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@letters.get("/privacy")
def privacy() -> Response:
    """Show what is stored, for how long, and how to have it deleted."""
    return _policy("privacy")


@letters.get("/terms")
def terms() -> Response:
    """Show what the line is and is not, and what it costs."""
    return _policy("terms")


def _list(status: int = 200, **why: bool) -> Response:
    return _page("letters.html", _asked(this_service().letters.languages), status, **why)


def _policy(name: str) -> Response:
    pages = this_service().pages
    page, lang = pages.by_name[name], _asked(pages.languages)
    return _page("policy.html", lang, page=page, reviewed=_written(page.reviewed, lang))


def _asked(languages: Sequence[str]) -> str:
    """Return the requested language, or the default one if that is unknown."""
    lang = request.args.get("lang", "")
    return lang if lang in languages else languages[0]


def _written(day: date, lang: str) -> str:
    return format_date(day, "long", locale=lang)


def _page(template: str, lang: str, status: int = 200, *, cached: bool = True, **values: object) -> Response:
    """Render a page with its headers."""
    service = this_service()
    words = service.letters.words
    page = render_template(
        template,
        letters=service.letters,
        pages=service.pages,
        lang=lang,
        words=words.get(lang) or words[service.letters.languages[0]],
        settings=service.named,
        style=Markup(STYLE),  # noqa: S704 -- our own file, read at start
        **values,
    )
    response = make_response(page, status)
    response.headers.update(HEADERS)
    response.headers["Content-Language"] = lang
    response.headers["Cache-Control"] = (
        f"public, max-age={STORED_FOR}" if cached and status == 200 else "no-store"
    )
    return response
