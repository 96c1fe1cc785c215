"""Webhooks of the calls to staff phones: a parent's call that is put through, and a callback started at the desk.

Those for a parent's own leg are in `webhooks`, but that of a callback is here.

Rule 1: only Twilio gets an answer, and only for a call from one of our numbers: to a staff number or, for a callback,
        to the phone that the desk rang, as recorded with the call (`store.request_calls`).
Rule 2: every webhook of a callback is idempotent: if requested again, it returns the same answer.
Rule 3: the parent's number appears only in the TwiML that rings it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from werkzeug.exceptions import Forbidden

from hotline import clock
from hotline.channels import call_back, whisper
from hotline.channels.twiml import Asked
from hotline.log import log
from hotline.store.followup_record import who_of
from hotline.store.request_calls import CallState
from hotline.web.forms import need_id, signed_form
from hotline.web.incoming import Answer, Incoming, nothing, twiml

BECAME: Final = {
    "completed": CallState.REACHED,
    "answered": CallState.REACHED,
    "in-progress": CallState.TALKING,
    "busy": CallState.BUSY,
    "no-answer": CallState.NO_ANSWER,
    "failed": CallState.FAILED,
    "canceled": CallState.HUNG_UP,
}
"""Meanings of Twilio's status for the parent's leg."""

GONE: Final = "This request is gone, or was called already. Look at the desk. Goodbye."
SAID: Final = {
    CallState.BUSY: "The line is busy. Goodbye.",
    CallState.NO_ANSWER: "Nobody answered. Goodbye.",
    CallState.FAILED: "The number could not be called. Goodbye.",
}
"""What the staff hear when the parent was not reached."""


def whispered(incoming: Incoming) -> Answer:
    """Announce a parent's call on a staff phone that was picked up. `lang` in the URL is the parent's language."""
    _staff_form(incoming)
    service = incoming.service
    return twiml(whisper.ask(service.book, service.settings.hotline_name, incoming.argument("lang")))


def whisper_answered(incoming: Incoming) -> Answer:
    """Handle the key pressed after the announcement: join the parent's call, or refuse it."""
    digits = _staff_form(incoming).get("Digits", "")
    log.info("call_answered_by_staff", outcome="joined" if digits == whisper.ACCEPTS else "refused")
    return twiml(whisper.answer(digits))


def answered(incoming: Incoming) -> Answer:
    """Answer the staff phone once it is picked up."""
    form, service = _form(incoming), incoming.service
    id, token = _call(incoming)
    found = service.call_backs.rung(id, token, form.get("To", ""), form["CallSid"], clock.now())
    if found is None:
        return twiml(call_back.end(service.book, GONE))
    action = call_back.url_of(call_back.ACCEPTED_PATH, id, token, Asked.STEP)
    speaks = found.tongue or found.language
    return twiml(call_back.ask(service.book, service.settings.hotline_name, speaks, action))


def accepted(incoming: Incoming) -> Answer:
    """Handle the key pressed at the staff phone: ring the parent, or hang up."""
    form, service = _form(incoming), incoming.service
    id, token = _call(incoming)
    if form.get("Digits", "") != whisper.ACCEPTS:
        return twiml(call_back.end(service.book))
    joined = service.call_backs.join(id, token, form.get("To", ""), form["CallSid"], clock.now())
    if joined is None or not service.settings.serves(joined[1]):
        return twiml(call_back.end(service.book, GONE))
    log.info("call_back", outcome=CallState.JOINING)
    document = call_back.dial(
        service.book,
        joined[1],
        caller_id=form["From"],
        action=call_back.url_of(call_back.DIALED_PATH, id, token, Asked.STEP),
        status_callback=call_back.url_of(call_back.PARENT_PATH, id, token, Asked.STATUS),
    )
    return twiml(document)


def dialed(incoming: Incoming) -> Answer:
    """Tell the staff member how the parent's leg ended, once it is over."""
    form, service = _form(incoming), incoming.service
    became = BECAME.get(form.get("DialCallStatus", ""))
    if became:
        _record(incoming, became)
    return twiml(call_back.end(service.book, SAID.get(became, "") if became else ""))


def parent_leg(incoming: Incoming) -> Answer:
    """Record the result of the parent's leg."""
    form, service = _our_call(incoming), incoming.service
    id, _ = _call(incoming)
    if who_of(id) != service.secrets.who(form.get("To", "")):
        raise Forbidden("this request is not that number's")
    if became := BECAME.get(form.get("CallStatus", "")):
        _record(incoming, became)
    return nothing()


def ended(incoming: Incoming) -> Answer:
    """Record that the staff phone's leg is over, however it ended."""
    _form(incoming)
    id, token = _call(incoming)
    _log(incoming.service.call_backs.hung_up(id, token))
    return nothing()


def _record(incoming: Incoming, state: CallState) -> None:
    _log(incoming.service.call_backs.settle(*_call(incoming), state))


def _log(state: CallState | None) -> None:
    if state is not None:
        log.info("call_back", outcome=state)


def _call(incoming: Incoming) -> tuple[str, str]:
    """Return the ids of the request and of the call in our URL."""
    return incoming.argument("request"), incoming.argument("call")


def _form(incoming: Incoming) -> Mapping[str, str]:
    """Return the form of a staff phone's leg of a callback. Raises HTTPException."""
    form = _our_call(incoming)
    need_id(incoming.service, form, "CallSid")
    return form


def _staff_form(incoming: Incoming) -> Mapping[str, str]:
    """Return the form of a call to a staff number. Raises HTTPException."""
    form = _our_call(incoming)
    if form.get("To") not in incoming.service.live.now().staff_numbers:
        raise Forbidden("not a call to a staff number")
    return form


def _our_call(incoming: Incoming) -> Mapping[str, str]:
    """Return the form, once verified as Twilio's and as being about a call from one of our numbers."""
    form = signed_form(incoming)
    if form.get("From") not in incoming.service.settings.hotline_numbers:
        raise Forbidden("not a call from HOTLINE_NUMBER")
    return form
