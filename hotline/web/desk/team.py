"""Accounts of the staff: an admin adds a person, makes a new sign-in link, changes a role, or removes an account.

Rule 1: the first account is made with `hotline staff add`, so that DESK_PASSWORD alone makes nobody an admin.
Rule 2: a link is on the page that follows the act, and nowhere else. It is not in the address of a page, because
        proxies log addresses.
"""

from __future__ import annotations

from typing import Final

from flask import request
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Response as AnyResponse

from hotline import clock
from hotline.store.staff_accounts import LINK_LASTS, MOST, read_name
from hotline.store.staff_changes import LINK_PATH, NoAccount, NotChanged, StaffChanges, Why
from hotline.store.staff_roles import MAY, Role
from hotline.web.desk import i18n
from hotline.web.desk.guard import desk, is_again, page, say, viewer
from hotline.web.desk.refusals import refusal
from hotline.web.service import service as this_service

FIRST: Final = "The first account is made on the server, with: hotline staff add NAME"
NO_ACCOUNT: Final = "There is no account with this name."
BAD_NAME: Final = "Write a name of up to 32 letters, digits, dots, dashes and underscores that begins with a letter or a digit, such as lucía.núñez."
REFUSED: Final = {
    Why.TAKEN: "There is already an account with this name. Choose another name, or make a new link for it below.",
    Why.FULL: "There are %(most)s accounts, the most there can be. Remove one first.",
    Why.LAST_ADMIN: "This is the last account that may change accounts. Make someone else an admin first.",
    Why.OWN: "You cannot change the role of your own account or remove it: another admin can.",
}
"""Why a change was refused."""


@desk.get("/team")
def team() -> AnyResponse:
    """Show the accounts and the latest entries of the audit log."""
    return _page()


@desk.post("/team")
def add_account() -> AnyResponse:
    """Add an account, and show the link with which its owner sets a passphrase. Raises BadRequest and Forbidden."""
    if not viewer().accounts:
        raise Forbidden(i18n.gettext(FIRST))
    name, role = read_name(request.form.get("name", "")), _role()
    if name is None:
        return _page(400, wrong=i18n.gettext(BAD_NAME))
    try:
        added = _changes().add(name, role, clock.now())
    except NotChanged as refused:
        return _page(409, wrong=_why(refused))
    role_name = i18n.gettext(added.role.value)
    say(i18n.gettext("%(name)s has an account now: %(role)s.", name=name, role=role_name))
    return _page(linked=name, token=added.token)


@desk.post("/team/<name>/link")
def make_link(name: str) -> AnyResponse:
    """Show a new link to set a passphrase; earlier ones end. Raises NoAccount."""
    token = _changes().link(name, clock.now())
    say(i18n.gettext("There is a new link for %(name)s. The earlier ones no longer work.", name=name))
    return _page(linked=name, token=token)


@desk.post("/team/<name>/role")
def change_role(name: str) -> AnyResponse:
    """Change what an account may do; its owner stays signed in. Raises BadRequest, NoAccount and NotChanged."""
    role = _role()
    _changes().set_role(name, role, clock.now())
    say(i18n.gettext("%(name)s has another role now: %(role)s.", name=name, role=i18n.gettext(role.value)))
    return _page()


@desk.post("/team/<name>/remove")
def remove_account(name: str) -> AnyResponse:
    """Remove an account, end its sessions, and release its requests. Raises NoAccount and NotChanged."""
    released = _changes().remove(name, clock.now())
    said = [i18n.gettext("The account %(name)s is removed.", name=name)]
    if released == 1:
        said.append(i18n.gettext("One request that it had taken can be taken by others now."))
    elif released:
        said.append(
            i18n.gettext("%(count)s requests that it had taken can be taken by others now.", count=released)
        )
    say(" ".join(said))
    return _page()


@desk.post("/team/<name>/sign-out")
def sign_out_everywhere(name: str) -> AnyResponse:
    """End all sessions and links of an account, as after a lost phone or a stolen cookie. Raises NoAccount."""
    _changes().sign_out(name, clock.now())
    say(i18n.gettext("%(name)s is signed out everywhere.", name=name))
    return _page()


@desk.errorhandler(NoAccount)
def no_account(_error: NoAccount) -> AnyResponse:
    """Return the page of an act on an account that does not exist, or no longer."""
    return refusal(404, i18n.gettext(NO_ACCOUNT))


@desk.errorhandler(NotChanged)
def not_changed(refused: NotChanged) -> AnyResponse:
    """Return the page of an act that was refused."""
    return refusal(409, _why(refused))


def _changes() -> StaffChanges:
    service = this_service()
    return StaffChanges(service.accounts, service.audit, service.request_work, viewer().name)


def _role() -> Role:
    """Return the submitted role. Raises BadRequest."""
    given = request.form.get("role", "")
    if given not in list(Role):
        raise BadRequest(i18n.gettext("Choose a role."))
    return Role(given)


def _why(refused: NotChanged) -> str:
    return i18n.gettext(REFUSED[refused.why], most=MOST)


def _page(status: int = 200, *, wrong: str = "", linked: str = "", token: str = "") -> AnyResponse:
    """Return the page, with the link of the account `linked` if one was made."""
    service = this_service()
    return page(
        "team.html",
        status,
        accounts=service.accounts.all(),
        rows=service.audit.rows(),
        may={role: i18n.gettext(may) for role, may in MAY.items()},
        first=i18n.gettext(FIRST),
        wrong=wrong,
        given=request.form if wrong or is_again() else {},
        linked=linked,
        link=service.settings.public_base_url + LINK_PATH + token if token else "",
        hours=int(LINK_LASTS.total_seconds() // 3600),
    )
