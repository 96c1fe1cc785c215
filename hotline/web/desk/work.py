"""Who waits for a call back and who left a message: shown, played, done.

Rule: a recording is deleted at the carrier before its request is done; if that fails it is not done.
"""

from __future__ import annotations

from typing import Final

from flask import Response, redirect, request, url_for
from werkzeug.exceptions import BadGateway, NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline.carrier.recordings import CarrierAway, RecordingGone
from hotline.config.settings import as_written
from hotline.log import log
from hotline.store.metrics import figures
from hotline.store.requests import SHOWN
from hotline.web.desk import words
from hotline.web.desk.guard import audit, desk, now, page
from hotline.web.desk.view import Cards, figures_of, outcomes_of, problems_in
from hotline.web.health import looked_at
from hotline.web.service import service as this_service

SAID: Final = {
    "done": "Done. The number and any message are removed.",
    "already": "That one was done already.",
}
"""What the page says after a button was pressed."""

GONE: Final = "There is no such recording. One that was left a moment ago can take a minute to be there."


@desk.get("")
def show() -> Response:
    """Show who waits, the day's figures, and whether the line is well."""
    service, moment = this_service(), now()
    waiting = service.requests.waiting()
    if any(each.sealed for each in waiting):
        audit("saw the numbers of those who wait", str(len(waiting)))
    cards = [Cards(service.book, service.secrets).card(each) for each in waiting]
    counted = figures(service.redis, moment.date())
    return page(
        "waiting.html",
        said=words.gettext(SAID.get(request.args.get("said", ""), "")),
        call_backs=[card for card in cards if not card.request.recording],
        messages=[card for card in cards if card.request.recording],
        cut=len(waiting) == SHOWN,
        figures=figures_of(counted),
        outcomes=outcomes_of(counted),
        checks=problems_in(looked_at(service)),
        now=moment,
        put_through=service.settings.staffed_at(moment),
        staff_number=as_written(service.settings.staff_number),
    )


@desk.get("/recording/<id>")
def play(id: str) -> AnyResponse:
    """Return a message as sound, in pieces for players that ask so. Raises NotFound and BadGateway."""
    service = this_service()
    asked = service.requests.get(id)
    if asked is None or not asked.recording:
        raise NotFound(words.gettext(GONE))
    try:
        sound, media_type = service.sounds.fetch(asked.recording)
    except RecordingGone:
        raise NotFound(words.gettext(GONE)) from None
    except CarrierAway as away:
        raise BadGateway(words.gettext("The message cannot be played now: %(why)s.", why=away)) from None
    audit("listened to a message", service.secrets.mark(id)[:12])
    response = Response(sound, mimetype=media_type)
    return response.make_conditional(request, accept_ranges=True, complete_length=len(sound))


@desk.post("/done/<id>")
def finish(id: str) -> AnyResponse:
    """Mark a request as done: its number and its message go. Raises BadGateway."""
    service = this_service()
    asked = service.requests.get(id)
    audit("done", service.secrets.mark(id)[:12])
    if asked and asked.recording:
        service.sounds.drop(asked.recording)
        try:
            service.recordings.delete(asked.recording)
        except CarrierAway as away:
            why = words.gettext("The message could not be deleted, so it is still here: %(why)s.", why=away)
            raise BadGateway(why) from None
    done = service.requests.finish(id, now())
    log.info("request_done", outcome="done" if done else "already")
    return redirect(url_for("desk.show", said="done" if done else "already"), 303)
