"""Requests for a call back and messages: listed without a number, claimed, worked on, finished, reopened.

Rule 1: a number, a message and notes are shown only to the user who has taken the request, and each view is
        audited.
Rule 2: a message is deleted at the carrier a day after its request is done (`workers.retention`), because
        until then that can be undone.
"""

from __future__ import annotations

from typing import Final

from flask import Response, redirect, request, url_for
from werkzeug.exceptions import BadGateway, Conflict, NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline.carrier.recordings import CarrierAway, RecordingGone
from hotline.config.settings import as_written
from hotline.log import log
from hotline.store.metrics import figures
from hotline.store.request_work import LONGEST_NOTE, Refused, RequestWork, Result, mark_of_request
from hotline.store.requests import SHOWN, Request
from hotline.store.staff_roles import Role
from hotline.web.desk import words
from hotline.web.desk.guard import audit, desk, now, page, viewer
from hotline.web.desk.view import RESULTS, Cards, Filter, figures_of, outcomes_of, problems_in
from hotline.web.health import looked_at
from hotline.web.service import service as this_service

SAID: Final = {
    "done": "Done. It can be undone for a day; then the number, the notes and any message are removed.",
    "undone": "It waits again, and you have taken it.",
    "released": "It is free for others to take.",
    "noted": "The note is saved.",
}
"""Messages after a button was pressed."""

REFUSED: Final = {
    "gone": "That request is no longer there: the parent asked again, or had everything deleted.",
    "taken": "Somebody else has taken that one.",
    "not_yours": "Take the request first.",
    "already": "That one was done already.",
    "late": "That one was done more than a day ago, and is removed.",
    "full": "There are 20 notes already.",
}
"""Why a request could not be changed, by `Refused.why`."""

GONE: Final = "There is no such recording. One that was left a moment ago can take a minute to be there."
HISTORY_SHOWN: Final = 200


def me() -> str:
    """Return the name under which the user claims requests; "-" without accounts, for all users."""
    return viewer().name or "-"


def work() -> RequestWork:
    """Return the store that changes requests."""
    return RequestWork(this_service().redis, this_service().secrets)


@desk.get("")
def show() -> Response:
    """Show waiting parents, the day's figures, and the health of the line."""
    service, moment = this_service(), now()
    waiting, chosen = service.requests.waiting(), Filter.read(request.args)
    shown = [Cards(service.book, service.secrets).card(each) for each in waiting if chosen.admits(each, me())]
    counted, in_force = figures(service.redis, moment.date()), service.live.fresh()
    return page(
        "waiting.html",
        said=words.gettext(SAID.get(request.args.get("said", ""), "")),
        call_backs=[card for card in shown if not card.request.recording],
        messages=[card for card in shown if card.request.recording],
        hidden=len(waiting) - len(shown),
        chosen=chosen,
        spoken=[code for code in service.book.languages if any(each.language == code for each in waiting)],
        language_name=words.language_name,
        me=me(),
        cut=len(waiting) == SHOWN,
        figures=figures_of(counted),
        outcomes=outcomes_of(counted),
        checks=problems_in(looked_at(service)),
        now=moment,
        on_duty=[as_written(each.number) for each in in_force.on_duty(moment)],
        opening=in_force.opening,
        closed_today=in_force.opening.is_closed_on(moment.date()),
    )


@desk.post("/request/<id>/claim")
def claim(id: str) -> AnyResponse:
    """Take a request, and redirect to it."""
    service = this_service()
    audit("took", mark_of_request(service.secrets, id))
    work().claim(id, me())
    return redirect(url_for("desk.open_request", id=id), 303)


@desk.get("/request/<id>")
def open_request(id: str) -> AnyResponse:
    """Show a request to the user who has taken it. Raises NotFound and Conflict.

    The page has the number, the message, the notes and the parent's answers.
    """
    service, found = this_service(), _taken(id)
    if found.sealed:
        audit("saw a number", mark_of_request(service.secrets, id))
    cards = Cards(service.book, service.secrets)
    return page(
        "request.html",
        said=words.gettext(SAID.get(request.args.get("said", ""), "")),
        card=cards.card(found, with_number=True),
        notes=work().notes(found),
        journey=cards.journey(service.redis, id),
        results=RESULTS,
        longest=LONGEST_NOTE,
    )


@desk.get("/recording/<id>")
def play(id: str) -> AnyResponse:
    """Return the audio of a message, by range if requested.

    Raises NotFound, Conflict and BadGateway.
    """
    service, found = this_service(), _taken(id)
    if not found.recording:
        raise NotFound(words.gettext(GONE))
    audit("listened to a message", mark_of_request(service.secrets, id))
    try:
        sound, media_type = service.sounds.fetch(found.recording)
    except RecordingGone:
        raise NotFound(words.gettext(GONE)) from None
    except CarrierAway as away:
        raise BadGateway(words.gettext("The message cannot be played now: %(why)s.", why=away)) from None
    response = Response(sound, mimetype=media_type)
    return response.make_conditional(request, accept_ranges=True, complete_length=len(sound))


@desk.post("/request/<id>/note")
def note(id: str) -> AnyResponse:
    """Save a note; ignore an empty one."""
    written = request.form.get("note", "").strip()
    if written:
        audit("wrote a note", mark_of_request(this_service().secrets, id))
        work().note(id, me(), written, now())
    return redirect(url_for("desk.open_request", id=id, said="noted" if written else None), 303)


@desk.post("/request/<id>/release")
def release(id: str) -> AnyResponse:
    """Release a request; editors and admins may also release one taken by another user."""
    audit("released", mark_of_request(this_service().secrets, id))
    work().release(id, me(), of_anyone=viewer().may(Role.EDITOR))
    return redirect(url_for("desk.show", said="released"), 303)


@desk.post("/request/<id>/done")
def finish(id: str) -> AnyResponse:
    """Mark a request as done, with its result."""
    given = request.form.get("result", "")
    result = Result(given) if given in list(Result) else Result.OTHER
    audit("done", mark_of_request(this_service().secrets, id))
    work().finish(id, me(), result, now())
    log.info("request_done", outcome=result)
    return redirect(url_for("desk.show", said="done"), 303)


@desk.post("/request/<id>/undo")
def undo(id: str) -> AnyResponse:
    """Reopen a request that was done less than a day ago."""
    audit("undid", mark_of_request(this_service().secrets, id))
    work().undo(id, me(), now())
    return redirect(url_for("desk.show", said="undone"), 303)


@desk.get("/history")
def history() -> AnyResponse:
    """Show finished requests without numbers: those that can be undone, and older ones."""
    service = this_service()
    done = [each for each in service.requests.finished() if each.done]
    cards = [Cards(service.book, service.secrets).card(each) for each in reversed(done)]
    return page(
        "history.html",
        said=words.gettext(SAID.get(request.args.get("said", ""), "")),
        cards=cards,
        past=work().history(HISTORY_SHOWN),
        results=RESULTS,
        language_name=words.language_name,
        mark=lambda id: mark_of_request(service.secrets, id),
    )


@desk.errorhandler(Refused)
def not_as_it_was(refused: Refused) -> AnyResponse:
    """Say why the request could not be changed."""
    log.info("request_not_changed", reason=refused.why)
    status = 404 if refused.why == "gone" else 409
    return page("refused.html", status, why=_why(refused.why), back=True)


def _taken(id: str) -> Request:
    """Return a waiting request that the user has taken. Raises NotFound and Conflict."""
    found = this_service().requests.get(id)
    if found is None:
        raise NotFound(_why("gone"))
    if found.done is not None:
        raise Conflict(_why("already"))
    if found.claimed_by != me():
        raise Conflict(_why("taken" if found.claimed_by else "not_yours"))
    return found


def _why(reason: str) -> str:
    return words.gettext(REFUSED[reason])
