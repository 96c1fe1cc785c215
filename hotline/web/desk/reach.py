"""Reach a parent from the desk: call back through the hotline with one press, and text when the staff try next.

Rule 1: only the person who claimed the request may, and only between 9:00 and 20:00 where the parent may be
        (`channels.quiet_hours`); a text requested at night is sent in the morning.
Rule 2: the phone that rings first is a staff number, or the account's own, in a country that we serve.
Rule 3: a parent who asked to be texted and not called gets no text about calls, and is called only after a
        second confirmation.
Rule 4: the parent's number goes only to the carrier, and only after the key press (`web.staff_calls`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from flask import redirect, request, url_for
from werkzeug.exceptions import BadGateway, BadRequest, Conflict
from werkzeug.wrappers import Response as AnyResponse

from hotline.carrier.client import CarrierError
from hotline.carrier.errors import why
from hotline.channels import call_back
from hotline.channels.quiet_hours import may_text, next_moment, zones_named, zones_of_area
from hotline.channels.twiml import Asked
from hotline.conversation.book.states import Role as State
from hotline.conversation.book.texts import text_id
from hotline.conversation.model.events import LineType
from hotline.log import log
from hotline.store.request_calls import CallState, is_over
from hotline.store.request_texts import TextsBack
from hotline.store.request_work import Result
from hotline.store.requests import CallBack, Request
from hotline.web.desk import i18n
from hotline.web.desk.claimed import audit_request, claimed, me, save_note
from hotline.web.desk.claimed import why as why_not
from hotline.web.desk.guard import desk, now, viewer
from hotline.web.desk.phones import chosen_phone, own_phone, phones
from hotline.web.desk.texts_failed import plain_words
from hotline.web.service import service as this_service

DAYS_AHEAD: Final = 14
DAYS_OFFERED: Final = 5
"""Days offered for the next try."""

STATES: Final = {
    CallState.RINGING: "Your phone rings now. Pick up, and press 1 to call the parent.",
    CallState.JOINING: "The parent's phone rings now.",
    CallState.TALKING: "You are connected.",
    CallState.REACHED: "The call was answered.",
    CallState.BUSY: "The line was busy.",
    CallState.NO_ANSWER: "Nobody answered.",
    CallState.FAILED: "The number could not be called. It may not be in use.",
    CallState.MISSED: "Your phone was not answered, or 1 was not pressed. The parent's phone did not ring.",
    CallState.HUNG_UP: "You hung up before the parent answered.",
    CallState.REFUSED: "The carrier rejected the call.",
}

OFFERED: Final = {
    CallState.BUSY: Result.NO_ANSWER,
    CallState.NO_ANSWER: Result.NO_ANSWER,
    CallState.FAILED: Result.WRONG_NUMBER,
}
"""The result to preselect, by how the call ended."""

TEXT_STATES: Final = {
    "waiting": "It is on its way.",
    "claimed": "It is on its way.",
    "sent": "The carrier has it.",
    "delivered": "It arrived.",
    "failed": "It did not arrive.",
    "dropped": "It was not sent.",
}
NO_TEXTS: Final = "The parent's phone takes no texts."
NIGHT: Final = "not_now"
"""The reason of a text that waits for the morning."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt as displayed: a call or a text, and its result."""

    at: datetime
    by: str
    text: bool
    became: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What the page of a request shows and offers.

    `phones` are values and labels of the phones that can ring; `rests_until` is when the parent may be
    called, None if now; `days` are offered for the next try, none if no text may be sent today; `no_text` says why the
    parent's phone gets none at all. `by_text` says that the parent asked to be texted and not called.
    """

    by_text: bool

    phones: tuple[tuple[str, str], ...]
    may_set_own: bool
    has_own: bool
    calling: bool
    rings: bool
    rests_until: datetime | None
    days: tuple[date, ...]
    no_text: str
    tried: tuple[Attempt, ...]
    offered: Result | None


def reach_of(found: Request, number: str) -> Reach:
    """Return what a request's page offers to the user who claimed it. Raises StoreBusy."""
    calls = found.calls
    last = CallState(calls[-1].state) if calls else None
    no_text = _no_text(found)
    texted = any(each.at.astimezone(now().tzinfo).date() == now().date() for each in found.texts)
    return Reach(
        by_text=not this_service().requests.may_be_called(found),
        phones=phones(),
        may_set_own=bool(viewer().name),
        has_own=own_phone() is not None,
        calling=bool(calls) and not is_over(calls[-1], now()),
        rings=last is CallState.RINGING,
        rests_until=_rests_until(found, number),
        days=() if texted or no_text else _days(),
        no_text=no_text,
        tried=_tried(found),
        offered=OFFERED.get(last) if last else None,
    )


@desk.post("/request/<id>/call")
def call(id: str) -> AnyResponse:
    """Ring the chosen phone; the parent's rings after a key press there. Raises HTTPException."""
    service, found = this_service(), claimed(id)
    save_note(id)
    if not (request.form.get("anyway") or service.requests.may_be_called(found)):
        raise Conflict(i18n.gettext("The parent asked to be texted, and not called."))
    phone, number = chosen_phone(), service.secrets.unseal(found.sealed) if found.sealed else None
    if number and (until := _rests_until(found, number)):
        when = i18n.written_moment(until)
        raise Conflict(
            i18n.gettext(
                "It may be early morning or night where the parent is. You can call from %(when)s.",
                when=when,
            )
        )
    audit_request("called a parent back", id)
    calls = service.call_backs
    token = calls.start(id, me(), phone, now())
    base = service.settings.public_base_url
    try:
        service.calls.start(
            phone,
            service.calls.caller_id(found.ours),
            url=base + call_back.url_of(call_back.PATH, id, token, Asked.STEP),
            status_callback=base + call_back.url_of(call_back.ENDED_PATH, id, token, Asked.STATUS),
        )
    except CarrierError as refused:
        log.error("call_back_refused", code=refused.code)
        calls.settle(id, token, CallState.REFUSED)
        raise BadGateway(
            i18n.gettext("The carrier rejected the call: %(why)s.", why=why(refused.code))
        ) from None
    calls.count(now())
    log.info("call_back", outcome=CallState.RINGING)
    return redirect(url_for("desk.open_request", id=id), 303)


@desk.post("/request/<id>/call/cancel")
def cancel_call(id: str) -> AnyResponse:
    """Give a call up before the parent's phone rings: who answers the staff phone now is not connected."""
    service, found = this_service(), claimed(id)
    save_note(id)
    last = found.calls[-1] if found.calls else None
    if last is not None and CallState(last.state) is CallState.RINGING:
        audit_request("canceled a call", id)
        service.call_backs.cancel(id, last.token)
    return redirect(url_for("desk.open_request", id=id), 303)


@desk.post("/request/<id>/forget-phone")
def forget_phone(id: str) -> AnyResponse:
    """Delete the account's own phone, and go back to the request."""
    save_note(id)
    this_service().accounts.set_phone(viewer().name, "")
    return redirect(url_for("desk.open_request", id=id), 303)


@desk.post("/request/<id>/text")
def text(id: str) -> AnyResponse:
    """Text the parent on which day we call again or, as they asked, text them. Raises HTTPException."""
    service, found = this_service(), claimed(id)
    save_note(id)
    day = next((each for each in _days() if each.isoformat() == request.form.get("again")), None)
    if day is None:
        raise BadRequest(i18n.gettext("Choose a day."))
    audit_request("texted a parent", id)
    book, may_call = service.book, service.requests.may_be_called(found)
    said = text_id(book.statement(State.TRIED_TO_REACH_YOU if may_call else State.WILL_TEXT_YOU))
    TextsBack(service.redis, service.secrets).send(id, me(), book.version, said, day, now())
    return redirect(url_for("desk.open_request", id=id, said="texted"), 303)


def _no_text(found: Request) -> str:
    """Return why the hotline cannot text this parent, "" if it can."""
    if TextsBack(this_service().redis, this_service().secrets).is_stopped(found):
        return why_not("stopped")
    return i18n.gettext(NO_TEXTS) if found.line is LineType.LANDLINE else ""


def _rests_until(found: Request, number: str) -> datetime | None:
    """Return when the parent may be called, None if now."""
    book, at = this_service().book, now()
    home, area = zones_named(book, found.us_state), zones_of_area(book, number)
    return None if may_text(number, at, home, area) else next_moment(number, at, home, area)


def _days() -> tuple[date, ...]:
    """Return the next days when the center is open."""
    hours, today = this_service().live.now().hours, now()
    found: list[date] = []
    for ahead in range(DAYS_AHEAD):
        day = (today + timedelta(days=ahead)).date()
        begins = today if ahead == 0 else datetime.combine(day, time(), today.tzinfo)
        opens = hours.opening(begins)
        if opens and opens.date() == day:
            found.append(day)
    return tuple(found[:DAYS_OFFERED])


def _tried(found: Request) -> tuple[Attempt, ...]:
    service = this_service()
    states = TextsBack(service.redis, service.secrets).states(found)
    texts = (
        Attempt(each.at, each.by, text=True, became=_text_became(*states.get(each.followup, ("", ""))))
        for each in found.texts
    )
    calls = (Attempt(each.at, each.by, text=False, became=_call_became(each)) for each in found.calls)
    return tuple(sorted((*calls, *texts), key=lambda each: each.at, reverse=True))


def _call_became(call: CallBack) -> str:
    state = CallState(call.state)
    if is_over(call, now()) and state in (CallState.RINGING, CallState.JOINING, CallState.TALKING):
        return i18n.gettext("We do not know how it ended.")
    if state is CallState.RINGING and call.by != me():
        return i18n.gettext("The phone of %(name)s rings now.", name=call.by)
    return i18n.gettext(STATES[state])


def _text_became(state: str, reason: str) -> str:
    if state == "waiting" and reason == NIGHT:
        return i18n.gettext("It will be sent in the morning.")
    said = i18n.gettext(TEXT_STATES.get(state, TEXT_STATES["dropped"]))
    because = plain_words(reason) if state in ("failed", "dropped") else ""
    return f"{said} {i18n.gettext(because)}" if because else said
