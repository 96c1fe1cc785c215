"""Pages /privacy and /terms, for parents, and for the carriers that register a number.

Rule 1: as with the letters, nothing is stored, no cookie is set, and Redis is not needed.
Rule 2: the retention periods on the privacy page come from the code that enforces them (`policy_names`).
"""

from __future__ import annotations

from babel.dates import format_date
from flask import Blueprint, Response, make_response, render_template, request
from markupsafe import Markup

from hotline.publishing.pages import Page
from hotline.web.letters import HEADERS, STORED_FOR, STYLE
from hotline.web.service import service as this_service

policies = Blueprint("policies", __name__, template_folder="templates")


@policies.get("/privacy")
def privacy() -> Response:
    """Show what is stored, for how long, and how to have it deleted."""
    return _shown(this_service().pages.by_name["privacy"])


@policies.get("/terms")
def terms() -> Response:
    """Show what the line is and is not, and what it costs."""
    return _shown(this_service().pages.by_name["terms"])


def _shown(page: Page) -> Response:
    """Render a page in the requested language, or in the default one if that is unknown."""
    service = this_service()
    asked = request.args.get("lang", "")
    lang = asked if asked in service.pages.languages else service.pages.languages[0]
    words = service.letters.words.get(lang) or service.letters.words[service.letters.languages[0]]
    response = make_response(
        render_template(
            "policy.html",
            page=page,
            pages=service.pages,
            letters=service.letters,
            lang=lang,
            words=words,
            reviewed=format_date(page.reviewed, "long", locale=lang),
            settings=service.named,
            style=Markup(STYLE),  # noqa: S704 -- our own file, read at start
        )
    )
    response.headers.update(HEADERS)
    response.headers["Content-Language"] = lang
    response.headers["Cache-Control"] = f"public, max-age={STORED_FOR}"
    return response
