"""Access rules for every page of the desk: who may see it, which forms are valid, and the browser policy.

Rule 1: without DESK_PASSWORD and without an account there is no desk (404).
Rule 2: `roles.ROUTES` defines who may request what. A visitor who is not signed in is redirected to the sign-in
        page.
Rule 3: a form must come from one of our pages. A browser reports the origin (Sec-Fetch-Site), and each form
        of a signed-in user carries the CSRF token of their session.
Rule 4: a form that changes what has versions carries the one that it is based on, so that no change overwrites
        another (`need_version`).
Rule 5: no scripts, no external resources, and nothing that a browser or proxy may cache.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, Conflict, Forbidden, NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline import clock
from hotline.store.connection import StoreBusy
from hotline.store.desk_sessions import Session
from hotline.store.staff_roles import Role
from hotline.web.desk import i18n
from hotline.web.desk.known_browsers import COOKIE, KnownBrowsers
from hotline.web.desk.roles import ROUTES
from hotline.web.service import service as this_service

desk = Blueprint("desk", __name__, template_folder="templates", url_prefix="/desk")

PLAIN_ADDRESS: Final = re.compile(r"/desk[\w/.\-\u00a1-\U0010ffff]*")
"""An address that our own links lead to; the name of an account in it may have letters and accents of any language."""

SESSION_COOKIE: Final = "desk_session"

STYLE: Final = (Path(__file__).parent / "templates" / "desk" / "desk.css").read_text(encoding="utf-8")
STYLE_HASH: Final = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; media-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}

OUR_OWN_PAGE: Final = ("same-origin", "none", "")
"""Values of Sec-Fetch-Site that are accepted; an old browser sends none."""

SAID: Final = {
    "done": "Done. You can undo this for a day; then the number, the notes and any message are deleted.",
    "undone": "It is open again, and you have taken it.",
    "released": "Others can take it now.",
    "noted": "The note is saved.",
    "texted": "The text is on its way.",
    "saved": "Saved. It takes effect everywhere within five seconds.",
    "same": "Nothing was changed: this is already in effect.",
    "nobody": "Saved. No phone of the staff is set, so calls are now put through to no one.",
    "closed": "Closed for today. The usual hours apply again tomorrow.",
    "silent": "Closed for today. You wrote no words, so parents are not told that you are closed.",
    "open": "Open again, with the usual hours.",
    "back": "The earlier version is in effect again.",
}
"""Messages of the page after a button was pressed, by `said` in its query."""

BUSY: Final = (
    "The desk cannot be shown just now. Parents who text or call get 911, 988 and whom to call. Tell the person who runs "
    "the hotline: Redis does not answer; check REDIS_URL and that it runs."
)
STALE: Final = "This page was open for too long. Go back to the desk and try again."
ENDED: Final = "You were signed out after a while. Sign in again, then submit the form once more."
MEANWHILE: Final = "Someone else has changed this meanwhile. Check it, then make your change."


@dataclass(frozen=True, slots=True)
class Viewer:
    """User of a request. `session` is None if not signed in; `accounts` says whether any accounts exist."""

    session: Session | None
    accounts: bool

    @property
    def name(self) -> str:
        """The account name, or "" for a user of DESK_PASSWORD or one who is not signed in."""
        return self.session.name if self.session else ""

    def may(self, role: Role) -> bool:
        """Check whether the user is signed in with this role, or one that includes it."""
        return self.session is not None and self.session.role.includes(role)


def viewer() -> Viewer:
    """Return the user of this request."""
    return cast("Viewer", g.desk_viewer)


def now() -> datetime:
    """Return the current time in the center's time zone."""
    return this_service().now()


def today() -> date:
    """Return the current date in the center's time zone."""
    return now().date()


def browsers() -> KnownBrowsers:
    """Return the `KnownBrowsers` that identify the staff's browsers."""
    return KnownBrowsers(this_service().settings)


def is_of_staff() -> bool:
    """Check whether this request is from a signed-in user, or from a browser in which one has signed in."""
    signed_in = "desk_viewer" in g and viewer().session is not None
    return signed_in or browsers().knows(request.cookies.get(COOKIE, ""), today())


def audit(what: str, about: str) -> str:
    """Record what the user is about to see or do, and return the row. Raises StoreBusy.

    After StoreBusy, you must not show or do it. If the response is an error, the row says that it was refused, unless
    you call `keep_audited` once it is done.
    """
    row = this_service().audit.add(viewer().name, what, about, clock.now())
    g.desk_audited = (*g.get("desk_audited", ()), row)
    return row


def keep_audited(row: str) -> None:
    """Keep a row as it is, because it is done even if the rest of the request is refused."""
    g.desk_audited = tuple(each for each in g.desk_audited if each != row)


def load_viewer() -> Session | None:
    """Load the user of this request; return their session. Raises NotFound if there is no desk, and StoreBusy."""
    service = this_service()
    shared = browsers().shared(service.settings.desk_password)
    token = request.cookies.get(SESSION_COOKIE, "")
    session, accounts = service.sessions.load(token, shared, clock.now())
    g.desk_viewer = Viewer(session, accounts)
    if not (shared or accounts):
        raise NotFound
    return session


@desk.before_request
def admit() -> AnyResponse | None:
    """Enforce Rules 1 to 3. Raises HTTPException and StoreBusy.

    Return a redirect to the sign-in page, or None to continue.
    """
    load_viewer()
    method = "GET" if request.method in ("GET", "HEAD") else request.method
    rule = request.url_rule.rule if request.url_rule else ""
    if method == "OPTIONS":
        return None  # Flask itself answers with the allowed methods
    if method == "POST" and request.headers.get("Sec-Fetch-Site", "") not in OUR_OWN_PAGE:
        raise Forbidden(i18n.gettext(STALE))
    return admit_to(method, rule)


def admit_to(method: str, rule: str) -> AnyResponse | None:
    """Enforce Rule 2 for a page, and the token of Rule 3. Raises Forbidden.

    Return a redirect to the sign-in page, or None to continue.
    """
    if (method, rule) not in ROUTES:
        raise Forbidden
    needed = ROUTES[method, rule]
    return None if needed is None else _need(needed, viewer().session)


def _need(needed: Role, session: Session | None) -> AnyResponse | None:
    """Check the session and its form against the role that a route needs. Raises Forbidden.

    Return a redirect to the sign-in page, or None if access is granted.
    """
    if session is None:
        if request.method == "POST" and is_of_staff():
            raise Forbidden(i18n.gettext(ENDED))  # a redirect would lose what was typed
        return redirect(url_for("desk.sign_in"), 303)
    if not session.role.includes(needed):
        raise Forbidden(
            i18n.gettext("Your account cannot do this. Ask the person who manages the desk's accounts.")
        )
    given = request.form.get("token", "") if request.method == "POST" else session.csrf
    if not hmac.compare_digest(given.encode(errors="surrogateescape"), session.csrf.encode()):
        raise Forbidden(i18n.gettext(STALE))
    return None


def need_version(current: int) -> None:
    """Raise BadRequest or Conflict unless the form is based on the current version."""
    given = request.form.get("version", "")
    if not (given.isascii() and given.isdigit()):
        raise BadRequest(i18n.gettext(MEANWHILE))
    if int(given) != current:
        raise Conflict(i18n.gettext(MEANWHILE))


@desk.after_request
def audited(response: Response) -> Response:
    """Mark in the audit what was refused; after StoreBusy (503) we do not know, and the row stays."""
    if response.status_code >= 400 and response.status_code != 503:
        with suppress(StoreBusy):
            for row in g.get("desk_audited", ()):
                this_service().audit.refuse(row)
    return response


@desk.after_request
def guarded(response: Response) -> Response:
    """Apply Rule 5 to every response."""
    response.headers.update(HEADERS)
    return response


def set_cookie(response: AnyResponse, name: str, value: str, **how: object) -> None:
    """Set a cookie that is sent only to the desk and that no script can read."""
    secure = this_service().settings.public_base_url.startswith("https:")
    response.set_cookie(name, value, path="/desk", secure=secure, httponly=True, samesite="Lax", **how)  # type: ignore[arg-type]  # only max_age


def say(words: str) -> None:
    """Set the message of the page that this request returns; its title begins with it."""
    g.desk_said = words


def _said() -> str:
    """Return the message of `say`, or for the `said` of the query; "" if there is none."""
    return g.get("desk_said") or i18n.gettext(SAID.get(request.args.get("said", ""), ""))


def is_again() -> bool:
    """Check whether this request shows a page again with what was typed (`language`): `request.form` has it."""
    return "desk_page" in g


def refilled(field: str, otherwise: object) -> object:
    """Return what was typed in a field if the page is shown again, otherwise the given value."""
    return request.form.get(field, otherwise) if is_again() else otherwise


def _here(query: Mapping[str, str]) -> str:
    """Return the address of this page, which the button of the other language shows again; "" for an odd one."""
    address: str = g.get("desk_page") or request.path
    given = urlencode({name: value for name, value in query.items() if value})
    return "?".join(filter(None, (address, given))) if PLAIN_ADDRESS.fullmatch(address) else ""


def _is_of_form() -> bool:
    """Check whether a signed-in user has submitted a form, whose page a refusal leads back to."""
    submitted = request.method == "POST" and request.url_rule is not None
    return submitted and "desk_viewer" in g and viewer().session is not None


def page(
    template: str, status: int = 200, *, query: Mapping[str, str] | None = None, **values: object
) -> Response:
    """Render a page of the desk in the user's language; `query` are the parameters of its own address."""
    shown = render_template(
        f"desk/{template}",
        _=i18n.gettext,
        language=i18n.language(),
        languages=i18n.LANGUAGES,
        language_name=i18n.language_name,
        said=_said,
        refilled=refilled,
        here=_here(query or {}) if status < 400 or _is_of_form() else "",
        endpoint_now=g.get("desk_endpoint", request.endpoint),
        is_wrong=status >= 400,
        today=today(),
        moment=i18n.written_moment,
        short=i18n.short_moment,
        day=i18n.written_day,
        viewer=g.get("desk_viewer") or Viewer(None, accounts=False),
        Role=Role,
        settings=this_service().named,
        style=Markup(STYLE),  # noqa: S704 -- our own file, read at start
        **values,
    )
    return make_response(shown, status)
