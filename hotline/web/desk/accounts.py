"""Accounts: signing in and out, and setting a passphrase through a single-use link.

`team` and `hotline staff` create, change and remove accounts.

Rule 1: an attempt is throttled before the passphrase is checked (`known_browsers`, `store.login_throttle`),
        and the response does not reveal whether an account exists.
Rule 2: DESK_PASSWORD works only while there are no accounts.
"""

from __future__ import annotations

from typing import Final

from flask import redirect, request, url_for
from werkzeug.exceptions import NotFound, TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from hotline import clock
from hotline.log import log
from hotline.store.desk_sessions import LONGEST
from hotline.store.staff_accounts import Account
from hotline.web.desk import i18n, passphrases
from hotline.web.desk.guard import SESSION_COOKIE, browsers, desk, page, set_cookie, today, viewer
from hotline.web.desk.known_browsers import COOKIE, KNOWN_FOR, client_of
from hotline.web.service import service as this_service

WRONG: Final = "The name or the passphrase is wrong."
WRONG_PASSWORD: Final = "That is not the password."  # noqa: S105 -- a message
LINK_OVER: Final = "This link was used or has expired. Ask for a new one."


@desk.get("/sign-in")
def sign_in() -> AnyResponse:
    """Show the sign-in form, or redirect a signed-in user to the desk."""
    if viewer().session:
        return redirect(url_for("desk.show"), 303)
    return page("sign_in.html")


@desk.post("/sign-in")
def take_sign_in() -> AnyResponse:
    """Sign in a user whose passphrase is right. Raises TooManyRequests."""
    typed = request.form.get("name", "").strip().casefold()
    name = this_service().accounts.name_for_sign_in(typed) if viewer().accounts else ""
    counted = _pace(name)
    fits, account = _verified(name, request.form.get("passphrase", ""))
    if not fits:
        this_service().login_throttle.wrong(*counted)
        log.warning("desk_refused", reason="wrong_password")
        wrong = WRONG if viewer().accounts else WRONG_PASSWORD
        return page("sign_in.html", 401, wrong=i18n.gettext(wrong), name=typed)
    return _signed_in(account)


@desk.post("/sign-out")
def sign_out() -> AnyResponse:
    """End the user's session."""
    this_service().sessions.end(request.cookies.get(SESSION_COOKIE, ""))
    response = redirect(url_for("desk.sign_in"), 303)
    response.delete_cookie(SESSION_COOKIE, path="/desk")
    return response


@desk.get("/passphrase/<token>")
def set_passphrase(token: str) -> AnyResponse:
    """Show the form of a link; opening it does not use it up. Raises NotFound."""
    return page("passphrase.html", name=_linked(token), link=token)


@desk.post("/passphrase/<token>")
def take_passphrase(token: str) -> AnyResponse:
    """Set the passphrase of the link's account, and sign its owner in. Raises NotFound."""
    name, passphrase = _linked(token), request.form.get("passphrase", "")
    wrong = passphrases.what_is_wrong(passphrase, request.form.get("again", ""), name)
    if wrong:
        return page("passphrase.html", 400, name=name, link=token, wrong=i18n.gettext(wrong))
    accounts = this_service().accounts
    used = accounts.accept(token, passphrases.hashed(passphrase))
    account = accounts.get(used) if used else None
    if account is None:
        raise NotFound(i18n.gettext(LINK_OVER))
    this_service().audit.add(account.name, "set a passphrase", account.name, clock.now())
    return _signed_in(account)


def _pace(name: str) -> tuple[str, ...]:
    """Return the keys that count a wrong attempt. Raises TooManyRequests."""
    throttle = this_service().login_throttle
    cookie = request.cookies.get(COOKIE, "")
    address = client_of(request.remote_addr or "", request.headers.get("X-Forwarded-For", ""))
    counted = browsers().counted_as(cookie, name, address, today())
    if wait := throttle.locked_for(*counted):
        minutes = round(wait.total_seconds() / 60) or 1
        why = i18n.gettext("Too many wrong passphrases. Try again in %(minutes)s minutes.", minutes=minutes)
        raise TooManyRequests(why, retry_after=int(wait.total_seconds()) + 1)
    return counted


def _verified(name: str, passphrase: str) -> tuple[bool, Account | None]:
    """Check the passphrase; return whether it is right, and the account.

    The account is None for DESK_PASSWORD and for a wrong passphrase.
    """
    if not viewer().accounts:
        return passphrases.is_shared_password(passphrase, this_service().settings.desk_password), None
    accounts = this_service().accounts
    account = accounts.get(name)
    if not passphrases.fits(account.hash if account else "", passphrase[: passphrases.LONGEST + 1]):
        return False, None
    if account and passphrases.is_older(account.hash):
        accounts.rehash(account, passphrases.hashed(passphrase))
    return True, account


def _signed_in(account: Account | None) -> AnyResponse:
    service, name = this_service(), account.name if account else ""
    shared = browsers().shared(service.settings.desk_password)
    token = service.sessions.open(account, shared, clock.now())
    service.audit.add(name, "signed in", "", clock.now())
    response = redirect(url_for("desk.show"), 303)
    set_cookie(response, SESSION_COOKIE, token, max_age=LONGEST)
    known = browsers().cookie_for(name, today())
    set_cookie(response, COOKIE, known, max_age=KNOWN_FOR)
    return response


def _linked(token: str) -> str:
    name = this_service().accounts.linked(token)
    if name is None:
        raise NotFound(i18n.gettext(LINK_OVER))
    return name
