"""The page of an error, for every form and every address of the desk.

Rule 1: it shows what was typed, so that it can be copied, and links to where the form was.
Rule 2: a passphrase is never shown, and no form of a stranger is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from flask import Response, current_app, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, TooManyRequests
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as AnyResponse

from hotline.log import log
from hotline.store.connection import StoreBusy
from hotline.web.desk import i18n
from hotline.web.desk.guard import BUSY, HEADERS, OUR_OWN_PAGE, desk, is_of_staff, load_viewer, page

NOT_TYPED: Final = frozenset(
    "token version page passphrase again username do take kind name language phone".split()
)
"""Fields of our forms that are secret, or are chosen and not typed."""

SECRET: Final = frozenset({"passphrase"})
NOT_AGAIN: Final = frozenset({"token", "version", "page", "language", "do"})
"""Fields that are not restored. The form gets a new `version`, since another person's change now counts as seen."""

NO_PAGE: Final = "There is no such page."
NO_PAGE_OF_A_FORM: Final = "This is the address of a form, and not of a page."
BROKEN: Final = "Something went wrong on our side. Look whether it was saved, then try again."
HEADINGS: Final = {
    400: "Something is missing or wrong",
    403: "You cannot do this now",
    404: "Not found",
    405: "Not found",
    409: "Not done: something has changed",
    429: "Too many attempts",
}
"""The heading of a refusal, by its status; any other has a general one."""

NAMED: Final = re.compile(r"[\w.-]+", re.ASCII)
"""What an address of ours may name, such as a text or a topic."""

WORTH_COPYING: Final = 4
"""Minimum characters of a text that is shown again."""


@dataclass(frozen=True, slots=True)
class Typed:
    """One text that a refused form contained; `language` is "" unless the field is for one."""

    words: str
    language: str


def refusal(status: int, why: str) -> Response:
    """Return the page of an error, with what was typed and a link to the form."""
    ours = request.headers.get("Sec-Fetch-Site", "") in OUR_OWN_PAGE and is_of_staff()
    submitted = ours and request.method == "POST" and request.url_rule is not None
    return page(
        "refused.html",
        status,
        heading=i18n.gettext(HEADINGS.get(status, "The desk could not do this")),
        why=why,
        typed=_typed() if submitted else [],
        fields=_fields() if submitted else [],
        form=_form_of(status) if submitted or (ours and status == MethodNotAllowed.code) else "",
    )


def _typed() -> list[Typed]:
    """Return the texts of the submitted form."""
    return [
        Typed(words.strip(), _language_of(field))
        for field, words in _unsaved()
        if field not in NOT_TYPED and len(words.strip()) >= WORTH_COPYING
    ]


def _fields() -> list[tuple[str, str]]:
    """Return the fields with which the form can be shown again; none if it has a secret."""
    fields = _unsaved()
    if any(field in SECRET for field, _ in fields):
        return []
    return [(field, words) for field, words in fields if field not in NOT_AGAIN and NAMED.fullmatch(field)]


def _unsaved() -> list[tuple[str, str]]:
    """Return the fields of the submitted form, but those that were saved before the refusal."""
    try:
        fields = [*request.form.items(multi=True)]
    except HTTPException:  # too long to be read
        return []
    return [(field, words) for field, words in fields if field not in g.get("desk_saved", ())]


def _language_of(field: str) -> str:
    """Return the language of a field such as "written_es"."""
    _, _, code = field.rpartition("_")
    return code if code in i18n.LANGUAGES else ""


def _form_of(status: int) -> str:
    """Return the page whose form was submitted, "" if none."""
    address = request.path
    if request.endpoint == "desk.choose_language":  # which submits the form of any page
        address = request.form.get("page", "").partition("?")[0]
    return page_above(address, exists=request.url_rule is not None and status != NotFound.code)


def page_above(path: str, *, exists: bool) -> str:
    """Return the page at this address of the desk, or at the nearest one above it; "" if none.

    An address that names something, such as a text, counts only if that `exists`.
    """
    path, pages = path.rstrip("/"), current_app.url_map.bind("")
    if not is_desk(path):
        return ""
    while path.count("/") > 1:
        try:
            _, given = pages.match(path, "GET")
        except RequestRedirect:
            return ""
        except HTTPException:
            pass
        else:
            if not given or (exists and all(NAMED.fullmatch(str(each)) for each in given.values())):
                return path
        path = path.rpartition("/")[0]
    return ""


@desk.errorhandler(HTTPException)
def refused(error: HTTPException) -> AnyResponse:
    """Return a page that explains the error and the fix.

    Its URL is not logged, because it may contain an id or a link token.
    """
    log.warning("request_refused", status=error.code, path="/desk")
    if error.response is not None or not error.code or error.code < 400:
        return AnyResponse.force_type(error.get_response())
    response = refusal(error.code, error.description or error.name)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


@desk.errorhandler(StoreBusy)
def away(busy: StoreBusy) -> Response:
    """Return a page that says that Redis does not answer."""
    log.warning("store_busy", path="/desk", cause=str(busy))
    return refusal(503, i18n.gettext(BUSY))


def is_desk(path: str) -> bool:
    """Check whether a path is that of the desk, with or without a page."""
    return path == "/desk" or path.startswith("/desk/")


def no_page(error: HTTPException) -> AnyResponse:
    """Return the page of an error at an address of the desk that has no page.

    It is plain text if there is no desk, or if Redis does not answer.
    """
    try:
        load_viewer()
    except (NotFound, StoreBusy):
        return Response(f"{error.description}\n", error.code, error.get_headers(), mimetype="text/plain")
    why = {404: NO_PAGE, 405: NO_PAGE_OF_A_FORM}.get(error.code or 0)
    response = _with_headers(
        refusal(error.code or 500, i18n.gettext(why) if why else error.description or "")
    )
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def broken() -> Response:
    """Return the page of an internal error."""
    return _with_headers(refusal(500, i18n.gettext(BROKEN)))


def _with_headers(response: Response) -> Response:
    """Apply Rule 5 of `guard` where its hooks do not run."""
    response.headers.update(HEADERS)
    return response
