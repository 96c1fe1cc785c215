"""The button of the other language: the same page again, with what was typed in its form.

Rule 1: a page whose form has typed words has the ID "typed" on it, and the button submits that form here. So nothing is
        lost, and nothing is saved.
Rule 2: the words are shown again only to a signed-in user who may see the page, and only with their CSRF token.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast
from urllib.parse import urlsplit

from flask import current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from hotline.web.desk import i18n
from hotline.web.desk.guard import admit_to, desk, set_cookie
from hotline.web.desk.refusals import page_above

CHOSEN_FOR: Final = 365 * 24 * 3600
"""Seconds that a browser keeps its choice of language."""

OURS: Final = frozenset({"token", "version", "language", "page"})
"""Fields of a form that nobody types."""


@desk.post("/language")
def choose_language() -> AnyResponse:
    """Set the language of the desk in this browser, and show the page again. Raises Forbidden."""
    chosen = request.form.get("language", "")
    if chosen in i18n.LANGUAGES:
        g.desk_language = chosen
    response = _page_again()
    if chosen in i18n.LANGUAGES:
        set_cookie(response, i18n.COOKIE, chosen, max_age=CHOSEN_FOR)
    return response


def _page_again() -> AnyResponse:
    """Return the page on which the button was pressed, with what its form had. Raises Forbidden."""
    came_from = urlsplit(request.form.get("page", ""))
    path = page_above(came_from.path, exists=True) or url_for("desk.show")
    if not any(words.strip() for field, words in request.form.items() if field not in OURS):
        again = f"{path}?{came_from.query}" if came_from.query and path == came_from.path else path
        return redirect(again, 303)
    rule, values = current_app.url_map.bind("").match(path, "GET", return_rule=True)
    refused = admit_to("GET", rule.rule)
    if refused is not None:
        return refused
    g.desk_page, g.desk_endpoint = path, rule.endpoint
    view = cast("Callable[..., AnyResponse]", current_app.view_functions[rule.endpoint])
    return view(**values)
