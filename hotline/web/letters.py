"""Letters to print: /letters lists them, /letters/<kind>?lang=es shows one.

Rule 1: nothing is read but the kind and the language, nothing is kept, and no cookie is set. These
        pages need no signature and no Redis.
Rule 2: a page is one file: no script, no font, no picture, nothing from elsewhere. The policy in its
        headers allows its own style alone.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Final

from babel.dates import format_date
from flask import Blueprint, Response, make_response, render_template, request
from markupsafe import Markup

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

KEPT_FOR: Final = 3600
"""Seconds a browser may keep a page: an edited letter reaches everybody within the hour."""


@letters.get("/letters")
def list_letters() -> Response:
    """All letters, with when to use each."""
    return _page("letters.html", 200)


@letters.get("/letters/<kind>")
def show_letter(kind: str) -> Response:
    """One letter. An unknown one is answered 404 with those that are there."""
    letter = this_service().letters.by_kind.get(kind)
    if letter is None:
        return _page("letters.html", 404)
    return _page("letter.html", 200, letter)


def _page(template: str, status: int, letter: Letter | None = None) -> Response:
    """A page in the language asked for, or in the default one where that is not known."""
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
        missing=status == 404,
        settings=service.settings,
        style=Markup(STYLE),  # noqa: S704 -- our own file, read at start
    )
    response = make_response(page, status)
    response.headers.update(HEADERS)
    response.headers["Content-Language"] = lang
    response.headers["Cache-Control"] = f"public, max-age={KEPT_FOR}" if status == 200 else "no-store"
    return response
