"""Printable letters: /letters lists them, /letters/<kind>?lang=es shows one, /l/<token> a finished one.

Rule 1: a request reads only the kind and the language, or the sealed token (`finished_letters`), stores nothing
        and sets no cookie. These pages need no signature and no Redis.
Rule 2: a page is self-contained: no scripts, fonts, images or external resources. Its Content-Security-Policy
        allows only its own style.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Final

from babel.dates import format_date
from flask import Blueprint, Response, make_response, render_template, request
from markupsafe import Markup

from hotline.clock import now
from hotline.publishing.letters import Letter
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


@letters.get("/letters")
def list_letters() -> Response:
    """Show all letters, with when to use each."""
    return _page("letters.html", 200)


@letters.get("/letters/<kind>")
def show_letter(kind: str) -> Response:
    """Show one letter; for an unknown kind, return 404 with the list of letters."""
    letter = this_service().letters.by_kind.get(kind)
    if letter is None:
        return _page("letters.html", 404)
    return _page("letter.html", 200, letter)


@letters.get("/l/<token>")
def show_finished(token: str) -> Response:
    """Show a letter with the answers filled in: in the default language, to send, and in the others beside it.

    For a token that has expired or is not ours, return 404 with the list of letters. The page may not be cached.
    """
    service = this_service()
    finished = service.finished_letters.read(token, service.book, now())
    if finished is None:
        return _page("letters.html", 404, closed=True)
    letter_set, lang = service.letters, finished.language
    letter = letter_set.by_kind[finished.kind]
    filled = {
        language: letter.wordings[language].filled(
            service.finished_letters.answers(finished, service.book, language)
        )
        for language in letter_set.languages
    }
    send_in = letter_set.languages[0]
    response = make_response(
        render_template(
            "finished_letter.html",
            letter=letter,
            to_send=filled.pop(send_in),
            send_in=send_in,
            beside=filled,
            reviewed=format_date(letter.law.reviewed, "long", locale=lang),
            letters=letter_set,
            pages=service.pages,
            lang=lang,
            words=letter_set.words[lang],
            settings=service.named,
            style=Markup(STYLE),  # noqa: S704 -- our own file, read at start
        )
    )
    response.headers.update(HEADERS)
    response.headers["Content-Language"] = lang
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _page(template: str, status: int, letter: Letter | None = None, *, closed: bool = False) -> Response:
    """Render a page in the requested language, or in the default one if that is unknown."""
    service = this_service()
    asked = request.args.get("lang", "")
    lang = asked if asked in service.letters.languages else service.letters.languages[0]
    words = service.letters.words[lang]
    page = render_template(
        template,
        letter=letter,
        wording=letter.wordings[lang] if letter else None,
        reviewed=format_date(letter.law.reviewed, "long", locale=lang) if letter else None,
        letters=service.letters,
        pages=service.pages,
        lang=lang,
        words=words,
        missing=status == 404 and not closed,
        closed=closed,
        settings=service.named,
        style=Markup(STYLE),  # noqa: S704 -- our own file, read at start
    )
    response = make_response(page, status)
    response.headers.update(HEADERS)
    response.headers["Content-Language"] = lang
    response.headers["Cache-Control"] = f"public, max-age={STORED_FOR}" if status == 200 else "no-store"
    return response
