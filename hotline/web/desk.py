"""The staff desk: /desk shows who waits for a call back and who left a message; "done" removes both.

Rule 1: the password before anything else; without DESK_PASSWORD there is no desk (404).
Rule 2: no script, no cookie but the one that tells a browser of the staff from strangers, nothing from elsewhere, and nothing kept by a browser or on the way.
Rule 3: a recording is deleted at the carrier before its request is done; if that fails it is not done.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import Authorization
from werkzeug.exceptions import BadGateway, Forbidden, HTTPException, NotFound, TooManyRequests, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from hotline import clock
from hotline.carrier.recordings import CarrierAway, RecordingGone
from hotline.config.settings import as_written
from hotline.log import log
from hotline.store.connection import StoreBusy
from hotline.store.login_throttle import ALL
from hotline.store.metrics import figures
from hotline.store.requests import SHOWN, Request
from hotline.web.desk_auth import COOKIE, KNOWN_FOR, REALM, Admission
from hotline.web.desk_view import Card, Cards, figures_of, outcomes_of, problems_in, written_moment
from hotline.web.health import looked_at
from hotline.web.service import Service
from hotline.web.service import service as this_service

desk = Blueprint("desk", __name__, template_folder="templates", url_prefix="/desk")

STYLE: Final = (Path(__file__).parent / "templates" / "desk.css").read_text(encoding="utf-8")
STYLE_HASH: Final = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; media-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}

TOLD: Final = {
    "done": "Done. The number and any message are removed.",
    "already": "That one was done already.",
}
"""What the page says after a button was pressed."""

GONE: Final = "There is no such recording. One that was left a moment ago can take a minute to be there."
BUSY: Final = "The desk cannot be shown: Redis does not answer. Check REDIS_URL and that it runs."
STALE: Final = "This page was open for too long. Go back to the desk and try again."


@desk.before_request
def admit() -> None:
    """The password, and not too many guesses. Raises HTTPException and StoreBusy."""
    service, admission = this_service(), Admission(this_service().settings)
    if not admission.open:
        raise NotFound
    browser = admission.browser(request.cookies.get(COOKIE, ""), _today())
    by = (browser,) if browser else (admission.stranger(request.remote_addr or ""), ALL)
    if shut := service.guesses.shut_for(*by):
        minutes = round(shut.total_seconds() / 60) or 1
        told = f"Too many wrong passwords. Try again in {minutes} minute{'s' if minutes > 1 else ''}."
        raise TooManyRequests(told, retry_after=int(shut.total_seconds()) + 1)
    login = _login()
    if login is not None and admission.fits(login.password):
        g.admitted = True
        return
    if login is not None:
        service.guesses.wrong(*by)
        log.warning("desk_refused", reason="wrong_password")
    raise Unauthorized("The desk opens with its password. Any user name will do.")


def _today() -> date:
    return clock.now().astimezone(this_service().settings.time_zone).date()


def _login() -> Authorization | None:
    """What was given to log in with; None where it cannot be read."""
    try:
        return request.authorization
    except ValueError:  # from bytes that are not ASCII, where base64 should stand
        return None


@desk.after_request
def guarded(response: Response) -> Response:
    """Rule 2, for every answer. Whoever was admitted gets the cookie, for KNOWN_FOR from now."""
    response.headers.update(HEADERS)
    if g.get("admitted"):
        response.set_cookie(
            COOKIE,
            Admission(this_service().settings).pass_for(_today()),
            max_age=KNOWN_FOR,
            path="/desk",
            secure=True,
            httponly=True,
            samesite="Strict",
        )
    return response


@desk.get("")
def show() -> str:
    """The desk."""
    service, now = this_service(), clock.now().astimezone(this_service().settings.time_zone)
    waiting = service.requests.waiting()
    cards = _cards(service, waiting, now.date())
    counted = figures(service.redis, now.date())
    return render_template(
        "desk.html",
        told=TOLD.get(request.args.get("told", "")),
        call_backs=[card for card in cards if not card.request.recording],
        messages=[card for card in cards if card.request.recording],
        cut=len(waiting) == SHOWN,
        figures=figures_of(counted),
        outcomes=outcomes_of(counted),
        checks=problems_in(looked_at(service)),
        now=written_moment(now, now.tzinfo or service.settings.time_zone),
        put_through=service.settings.staffed_at(now),
        staff_number=as_written(service.settings.staff_number),
        settings=service.settings,
        style=_style(),
    )


@desk.get("/recording/<id>")
def play(id: str) -> AnyResponse:
    """A message, as sound. In pieces for players that ask so."""
    service = this_service()
    asked = service.requests.get(id)
    if asked is None or not asked.recording:
        raise NotFound(GONE)
    try:
        sound, media_type = service.sounds.fetch(asked.recording)
    except RecordingGone:
        raise NotFound(GONE) from None
    except CarrierAway as away:
        raise BadGateway(f"The message cannot be played now: {away}.") from None
    response = Response(sound, mimetype=media_type)
    return response.make_conditional(request, accept_ranges=True, complete_length=len(sound))


@desk.post("/done/<id>")
def finish(id: str) -> AnyResponse:
    """One that waits is done: its number and its message go."""
    service, now = this_service(), clock.now().astimezone(this_service().settings.time_zone)
    if not Admission(service.settings).ours(request.form.get("token", ""), id, now.date()):
        raise Forbidden(STALE)
    asked = service.requests.get(id)
    if asked and asked.recording:
        service.sounds.drop(asked.recording)
        try:
            service.recordings.delete(asked.recording)
        except CarrierAway as away:
            raise BadGateway(f"The message could not be deleted, so it is still here: {away}.") from None
    done = service.requests.finish(id, now)
    log.info("request_done", outcome="done" if done else "already")
    return redirect(url_for("desk.show", told="done" if done else "already"), 303)


@desk.errorhandler(HTTPException)
def refused(error: HTTPException) -> AnyResponse:
    """A page that says what would be right. Its address is not logged: it may hold an id."""
    log.warning("request_refused", status=error.code, path="/desk")
    if error.response is not None or not error.code or error.code < 400:
        return AnyResponse.force_type(error.get_response())
    return _refusal(error.code, error.description or error.name, error)


@desk.errorhandler(StoreBusy)
def away(busy: StoreBusy) -> AnyResponse:
    """Redis does not answer."""
    log.warning("store_busy", path="/desk", cause=str(busy))
    return _refusal(503, BUSY)


def _refusal(status: int, told: str, error: HTTPException | None = None) -> AnyResponse:
    page = render_template(
        "desk_refused.html",
        told=told,
        back=status in (403, 502),
        settings=this_service().settings,
        style=_style(),
    )
    response = make_response(page, status)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after)
    if status == 401:
        response.headers["WWW-Authenticate"] = REALM
    return response


def _cards(service: Service, waiting: list[Request], today: date) -> list[Card]:
    admission = Admission(service.settings)
    cards = Cards(service.book, service.secrets, service.settings.time_zone)
    return [cards.card(asked, admission.token(asked.id, today)) for asked in waiting]


def _style() -> Markup:
    return Markup(STYLE)  # noqa: S704 -- our own file, read at start
