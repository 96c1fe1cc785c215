"""Requests for a callback and messages: listed without a number, claimed, worked on, finished, reopened.

Rule 1: a number, a message and notes are shown only to the user who has taken the request, and each view is
        audited.
Rule 2: a message is deleted at the carrier a day after its request is done (`workers.retention`), because until
        then the request can be reopened.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Response, g, redirect, request, url_for
from werkzeug.exceptions import BadGateway, NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline.carrier.recordings import CarrierAway, RecordingGone
from hotline.config.notify import Notify
from hotline.config.settings import as_written
from hotline.log import log
from hotline.store.metrics import figures
from hotline.store.request_work import LONGEST_NOTE, Result, mark_of_request
from hotline.store.requests import SHOWN, Request
from hotline.store.staff_roles import Role
from hotline.web.checks import AWAY, CHECKS, NOT_REPORTED, OK, is_well, reviews_due, run_checks
from hotline.web.desk import i18n
from hotline.web.desk.claimed import LongNote, audit_request, claimed, claims, me, save_note, why
from hotline.web.desk.guard import desk, is_again, keep_audited, now, page, say, viewer
from hotline.web.desk.journey import journey_of
from hotline.web.desk.reach import reach_of
from hotline.web.desk.view import (
    RESULTS,
    WISHES,
    Filter,
    card_of,
    figures_of,
    outcomes_of,
    problems_in,
    problems_of,
)
from hotline.web.service import service as this_service

GONE: Final = "There is no such recording. A new one can take a minute to appear."
NO_RESULT: Final = "Choose what came of it."
HISTORY_SHOWN: Final = 200


@desk.get("")
def show() -> Response:
    """Show waiting parents, the day's figures, and the health of the line."""
    service, moment = this_service(), now()
    waiting, chosen = service.requests.waiting(), Filter.read(request.args)
    taken = claims()
    shown = [
        card_of(each, holder=taken.holder(each), claim_is_old=taken.is_old(each))
        for each in waiting
        if chosen.admits(each, taken.holder(each), me())
    ]
    counted, in_force = figures(service.redis, moment.date()), service.live.fresh()
    checks, overdue, soon = run_checks(service), 0, 0
    if checks.get("review", OK) not in (OK, AWAY):
        overdue, soon = reviews_due(service, moment.date())
        if not (overdue or service.versions.conflicts):
            checks["review"] = OK  # due within a month: for an editor to plan, and no fault of today
    return page(
        "waiting.html",
        urgent=[card for card in shown if card.request.urgent],
        by=lambda wish: [each for each in shown if each.request.by == wish and not each.request.urgent],
        hidden=len(waiting) - len(shown),
        chosen=chosen,
        spoken=[code for code in service.book.languages if any(each.language == code for each in waiting)],
        me=me(),
        cut=len(waiting) == SHOWN,
        figures=figures_of(counted),
        outcomes=outcomes_of(counted),
        checks=problems_in(checks),
        problems=problems_of(checks),
        well=all(map(is_well, checks.values())),
        not_reported=NOT_REPORTED,
        law_check=CHECKS["review"].label if overdue or service.versions.conflicts else "",
        overdue=overdue,
        soon=soon,
        conflicts=len(service.versions.conflicts),
        now=moment,
        on_duty=[as_written(each.number) for each in in_force.on_duty(moment)],
        opening=in_force.opening,
        notified=_notified(service.settings.notify),
        closed_today=in_force.opening.is_closed_on(moment.date()),
    )


def _notified(notify: Notify) -> list[str]:
    """Return whom a new request is announced to; a webhook's address may contain a secret, so only its host."""
    hosts = [urlsplit(notify.webhook).hostname or ""] if notify.webhook else []
    return [*map(as_written, notify.numbers), *notify.emails, *hosts]


@desk.post("/request/<id>/claim")
def claim(id: str) -> AnyResponse:
    """Take a request, and redirect to it."""
    service = this_service()
    found, by = service.requests.get(id), claims()
    if found and found.claimed_by not in ("", me()) and by.may_take(found):
        audit_request("took over", id)
    else:
        audit_request("took", id)
    service.request_work.claim(id, me(), now(), may_take_over=by.may_take)
    return redirect(url_for("desk.open_request", id=id), 303)


@desk.get("/request/<id>")
def open_request(id: str) -> AnyResponse:
    """Show a request to the user who has taken it. Raises NotFound and Conflict.

    The page has the number, the message, the notes and the parent's answers.
    """
    return _request_page(claimed(id))


def _request_page(found: Request, *, long: bool = False, no_result: bool = False) -> AnyResponse:
    """Return the page of a request; if a note is too `long` or there is `no_result`, with what was typed."""
    service, id = this_service(), found.id
    if found.sealed:
        keep_audited(audit_request("saw a number", id))
    card = card_of(found, with_number=True)
    return page(
        "request.html",
        400 if long or no_result else 200,
        card=card,
        notes=service.request_work.notes(found),
        journey=journey_of(service.book, service.redis, id),
        reach=reach_of(found, card.number) if card.number else None,
        results=RESULTS,
        longest=LONGEST_NOTE,
        note=request.form.get("note", "").strip() if long or is_again() else "",
        wrong=why("long") if long else "",
        no_result=i18n.gettext(NO_RESULT) if no_result else "",
    )


@desk.get("/recording/<id>")
def play(id: str) -> AnyResponse:
    """Return the audio of a message, by range if requested. Raises NotFound, Conflict and BadGateway."""
    service, found = this_service(), claimed(id)
    if not found.recording:
        raise NotFound(i18n.gettext(GONE))
    audit_request("listened to a message", id)
    try:
        sound, media_type = service.sounds.fetch(found.recording)
    except RecordingGone:
        raise NotFound(i18n.gettext(GONE)) from None
    except CarrierAway as away:
        raise BadGateway(i18n.gettext("The message cannot be played now: %(why)s.", why=away)) from None
    response = Response(sound, mimetype=media_type)
    return response.make_conditional(request, accept_ranges=True, complete_length=len(sound))


@desk.post("/request/<id>/note")
def note(id: str) -> AnyResponse:
    """Save a note. Without one, show the page again with what was typed: Enter in a field comes here. Raises LongNote."""
    if save_note(id):
        return redirect(url_for("desk.open_request", id=id, said="noted"), 303)
    g.desk_page, g.desk_endpoint = url_for("desk.open_request", id=id), "desk.open_request"
    say(i18n.gettext("Nothing was done yet. Press the button of what you want to do."))
    return _request_page(claimed(id))


@desk.errorhandler(LongNote)
def long_note(refused: LongNote) -> AnyResponse:
    """Return the page of the request with the note, to be shortened."""
    return _request_page(claimed(refused.id), long=True)


@desk.post("/request/<id>/release")
def release(id: str) -> AnyResponse:
    """Release a request; editors and admins may also release one taken by another user."""
    save_note(id)
    audit_request("released", id)
    this_service().request_work.release(id, me(), of_anyone=viewer().may(Role.EDITOR))
    return redirect(url_for("desk.show", said="released"), 303)


@desk.post("/request/<id>/done")
def finish(id: str) -> AnyResponse:
    """Mark a request as done, with its result; a message leaves the memory of this process."""
    given = request.form.get("result", "")
    save_note(id)
    if given not in list(Result):
        return _request_page(claimed(id), no_result=True)
    result = Result(given)
    audit_request("done", id)
    this_service().request_work.finish(id, me(), result, now())
    if found := this_service().requests.get(id):
        this_service().sounds.drop(found.recording)
    log.info("request_done", outcome=result)
    return redirect(url_for("desk.show", said="done"), 303)


@desk.post("/request/<id>/undo")
def undo(id: str) -> AnyResponse:
    """Reopen a request that was done less than a day ago."""
    audit_request("undid", id)
    this_service().request_work.undo(id, me(), now())
    return redirect(url_for("desk.show", said="undone"), 303)


@desk.get("/history")
def history() -> AnyResponse:
    """Show finished requests without numbers: those that can be undone, and older ones."""
    service = this_service()
    done = [each for each in service.requests.finished() if each.done]
    cards = [card_of(each) for each in reversed(done)]
    return page(
        "history.html",
        cards=cards,
        wishes=WISHES,
        past=service.request_work.history(HISTORY_SHOWN),
        results=RESULTS,
        mark=lambda id: mark_of_request(service.secrets, id),
    )
