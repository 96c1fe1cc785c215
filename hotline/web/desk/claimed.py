"""Requests that the user has claimed, and why one cannot be used or changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import g, request
from werkzeug.exceptions import Conflict, NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline.config.office_hours import OfficeHours
from hotline.log import log
from hotline.store.request_work import LONGEST_NOTE, Refused, mark_of_request
from hotline.store.requests import Request
from hotline.web.desk import i18n
from hotline.web.desk.guard import audit, desk, now, viewer
from hotline.web.desk.refusals import refusal
from hotline.web.service import service as this_service

REFUSED: Final = {
    "gone": "That request no longer exists: the parent asked again, or had everything deleted.",
    "taken": "Someone else has taken that one.",
    "not_yours": "Take the request first.",
    "already": "That one is already done.",
    "open": "That one is open again already.",
    "late": "That one was done more than a day ago, and is deleted.",
    "full": "There are 20 notes already.",
    "long": "A note has at most 1000 characters.",
    "hidden": "The parent's number is hidden.",
    "calling": "A call for this request is in progress.",
    "often": "This parent was called ten times in a day. Call later.",
    "busy_line": "The desk has made 60 calls in this hour. Call later, or from your own phone.",
    "stopped": "The parent told us to stop all texts.",
    "texted": "The parent already got this text today.",
}
"""Why a request could not be changed, by `Refused.why`."""


def me() -> str:
    """Return the name under which the user claims requests; "-" without accounts, for all users."""
    return viewer().name or "-"


@dataclass(frozen=True, slots=True)
class Claims:
    """Who works on which request: `names` are those under which requests are claimed now."""

    names: frozenset[str]
    hours: OfficeHours
    at: datetime

    def holder(self, of: Request) -> str:
        """Return who works on a request, "" if nobody does: a claim ends with its account."""
        return of.claimed_by if of.claimed_by in self.names else ""

    def is_old(self, of: Request) -> bool:
        """Check whether a request is claimed for longer than a working day, so that anyone may take it over."""
        if of.claimed_at is None:
            return False
        over = self.hours.working_day_after(of.claimed_at) or of.claimed_at + timedelta(days=1)
        return over <= self.at

    def may_take(self, of: Request) -> bool:
        """Check whether a user who has not claimed this request may."""
        return not self.holder(of) or self.is_old(of)


def claims() -> Claims:
    """Return the claims as of now. Raises StoreBusy."""
    service = this_service()
    names = frozenset(account.name for account in service.accounts.all())
    return Claims(names or frozenset({me()}), service.live.now().hours, now())


def claimed(id: str) -> Request:
    """Return a waiting request that the user has taken. Raises NotFound and Conflict."""
    found = this_service().requests.get(id)
    if found is None:
        raise NotFound(why("gone"))
    if found.done is not None:
        raise Conflict(why("already"))
    if found.claimed_by != me():
        raise Conflict(why("taken" if found.claimed_by else "not_yours"))
    return found


class LongNote(Exception):
    """A note is longer than LONGEST_NOTE; nothing was done."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.id = id


def save_note(id: str) -> bool:
    """Save the note that was typed, whichever button of a request's page was pressed; return whether there is one.

    Raises LongNote, Refused and StoreBusy.
    """
    written = "\n".join(request.form.get("note", "").strip().splitlines())
    if len(written) > LONGEST_NOTE:
        raise LongNote(id)
    if written:
        audit_request("wrote a note", id)
        this_service().request_work.note(id, me(), written, now())
        g.desk_saved = ("note",)
    return bool(written)


def audit_request(what: str, id: str) -> None:
    """Record what the user is about to see or do of a request. Raises StoreBusy, as `audit` does."""
    audit(what, mark_of_request(this_service().secrets, id))


@desk.errorhandler(Refused)
def show_refusal(refused: Refused) -> AnyResponse:
    """Return a page that explains why the request could not be changed."""
    log.info("request_not_changed", reason=refused.why)
    status = 404 if refused.why == "gone" else 409
    return refusal(status, why(refused.why))


def why(reason: str) -> str:
    """Return why a request could not be used or changed, in the user's language."""
    return i18n.gettext(REFUSED[reason])
