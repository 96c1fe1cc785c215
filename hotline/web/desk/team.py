"""Accounts and audit log, for an admin. `hotline staff` creates and removes accounts."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline.store.desk_audit import DeskAudit
from hotline.store.staff_accounts import Accounts
from hotline.web.desk import words
from hotline.web.desk.guard import audit, desk, page
from hotline.web.service import service as this_service


@desk.get("/team")
def team() -> AnyResponse:
    """Show the accounts and the latest entries of the audit log."""
    redis = this_service().redis
    return page("team.html", accounts=Accounts(redis).all(), rows=DeskAudit(redis).rows())


@desk.post("/team/<name>/sign-out")
def sign_out_everywhere(name: str) -> AnyResponse:
    """End all sessions of an account, as after a lost phone or a stolen cookie.

    Raises NotFound.
    """
    accounts = this_service().accounts
    if accounts.get(name) is None:
        raise NotFound(words.gettext("There is no account with this name."))
    audit("ended all sessions", name)
    accounts.sign_out(name)
    return redirect(url_for("desk.team"), 303)
