"""Twilio webhooks: texts, calls, statuses, and the static fallbacks.

Rule 1: nothing is processed without a valid signature. A request without one gets 403 before its body is parsed,
        and one with a wrong signature gets 403 before Redis is queried.
Rule 2: every text and call from Twilio gets 200 and TwiML, even while Redis is down.
Rule 3: a person whom the line does not serve gets no answer, or in a call one sentence, and is not stored.
Rule 4: a fallback is static and reads nothing, so it needs no signature: it must work even if the token is
        wrong. A signed one indicates that an answer was not seen (`store.unseen`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial

from werkzeug.exceptions import BadRequest, Forbidden, HTTPException

from hotline.channels import sms, voice
from hotline.channels.twiml import EMPTY, is_number
from hotline.config.schemes import number_of
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel, Event
from hotline.log import log
from hotline.store.connection import StoreBusy
from hotline.store.followup_record import who_of
from hotline.store.metrics import add, count
from hotline.store.notices import Way, mark_of
from hotline.telemetry import measures
from hotline.telemetry.measures import Outcome
from hotline.telemetry.traces import note
from hotline.web.closed_notice import with_notice
from hotline.web.forms import call_form, need_id, our_form
from hotline.web.incoming import Answer, Incoming, nothing, twiml
from hotline.web.measured import QUICK_SECONDS, Completed
from hotline.web.reply_guard import Render
from hotline.web.service import Service
from hotline.web.statuses import note_notice, note_reply, note_status
from hotline.web.turn import CONFLICTS, TRIES, take_turn
from hotline.web.without_store import words_without_store

OPT_OUT_TYPES = ("STOP", "START", "HELP")
"""Keywords that Twilio's Advanced Opt-Out recognized; we recognize the same ones."""

MOST_DIGITS = 4
"""Maximum digits of the turn number in a call."""

MOST_ID = 64
"""Maximum length of an event's id in a URL; ours are never longer."""


def text_came(incoming: Incoming) -> Answer:
    """Handle an incoming text."""
    service, form = incoming.service, our_form(incoming, "To")
    number = number_of(form.get("From", ""))
    if not service.signatures.one_sender(form):
        raise Forbidden("two numbers follow From: the form may not be split as it was signed")
    if not number:
        raise BadRequest("From must be the sender's number in E.164, such as +15105550123")
    need_id(service, form, "MessageSid")
    if not (is_number(number) and service.settings.serves(number)):
        return _not_for(service, "text_not_for_us", EMPTY)
    if form.get("OptOutType") in OPT_OUT_TYPES:  # the operator may have configured a keyword of their own
        form["Body"] = form["OptOutType"]
    event = sms.read(form, service.now())
    if form.get("OptOutType"):  # Twilio has already answered
        return _answer(incoming, number, event, _no_words)
    return _answer(incoming, number, event, sms.render)


def call_came(incoming: Incoming) -> Answer:
    """Handle the start of a call."""
    form = call_form(incoming)
    return _answer_call(incoming, voice.read_opened(form, incoming.service.now()), 0)


def call_went_on(incoming: Incoming) -> Answer:
    """Handle keys, speech or silence in a call. `n` in the URL is the turn number."""
    form, given = call_form(incoming), incoming.argument("n")
    if not (
        given.isascii()
        and given.isdigit()
        and len(given) <= MOST_DIGITS
        and 1 <= int(given) <= 2 * voice.MAX_TURNS
    ):
        raise BadRequest("n must be the number of the turn, as our own TwiML gave it")
    event = voice.read_turn(form, int(given), incoming.service.now())
    return _answer_call(incoming, event, int(given))


def call_ended(incoming: Incoming) -> Answer:
    """Handle the end of a call, without a reply."""
    service, form = incoming.service, call_form(incoming)
    number, event = form["From"], voice.read_ended(form, service.now())
    if number and not service.settings.serves(number):
        return nothing()
    taken = _take(incoming, _caller(form), event, _no_words)
    if taken.outcome is Outcome.ANSWERED:  # not for a repeated request
        add(service.redis, {measures.CALL_MINUTES: voice.minutes(form)}, event.at.date())
    return nothing()


def status_came(incoming: Incoming) -> Answer:
    """Record the status of a follow-up. `followup` in the URL is its id."""
    service, form = incoming.service, our_form(incoming, "From")
    id, sid, status = (
        incoming.argument("followup"),
        form.get("MessageSid", ""),
        form.get("MessageStatus", ""),
    )
    if not (id and sid and status):
        raise BadRequest("a status needs followup in the URL, and MessageSid and MessageStatus")
    number = number_of(form.get("To", ""))
    if who_of(id) != service.secrets.who(number):
        raise Forbidden("this follow-up is not that number's")
    note_status(service, id, sid, number, status, form.get("ErrorCode", ""), service.now())
    return nothing()


def reply_status_came(incoming: Incoming) -> Answer:
    """Count the status of a reply. `event` in the URL is the id of the text that it answered."""
    service, form = incoming.service, our_form(incoming, "From")
    note_reply(
        service,
        incoming.argument("event")[:MOST_ID],
        number_of(form.get("To", "")),
        form.get("MessageStatus", ""),
        form.get("ErrorCode", ""),
        service.now(),
    )
    return nothing()


def notice_status_came(incoming: Incoming) -> Answer:
    """Record the status of a notice that was texted to the center. `notice` and `target` in the URL are its ids."""
    service, form = incoming.service, our_form(incoming, "From")
    notice, target = incoming.argument("notice"), incoming.argument("target")
    if not notice or target != mark_of(service.secrets, Way.TEXT, number_of(form.get("To", ""))):
        raise Forbidden("this notice is not that number's")
    status, code = form.get("MessageStatus", ""), form.get("ErrorCode", "")
    note_notice(service, notice, target, status, code, service.now())
    return nothing()


def text_fallback(incoming: Incoming) -> Answer:
    """Return the static message that Twilio uses when /sms fails."""
    if incoming.method == "POST":
        service = incoming.service
        with suppress(
            HTTPException
        ):  # a signed one tells that the sender may not have seen the answer of /sms
            form = our_form(incoming, "To")
            if (number := number_of(form.get("From", ""))) and (id := form.get("MessageSid", "")):
                service.turns.may_be_unseen(service.secrets.who(number), id)
    return twiml(incoming.service.safe_words.sms)


def call_fallback(incoming: Incoming) -> Answer:
    """Return the static message that Twilio uses when a voice webhook fails."""
    return twiml(incoming.service.safe_words.voice)


def _caller(form: Mapping[str, str]) -> str:
    """Return the caller's number, or the CallSid if hidden, so that no two callers share a session."""
    return form["From"] or form["CallSid"]


def _not_for(service: Service, figure: str, words: str) -> Answer:
    """Answer a person whom the line does not serve; store nothing but a count."""
    try:
        count(service.redis, figure, service.now().date())
    except StoreBusy as busy:
        log.warning("store_busy", cause=str(busy))
    return twiml(words)


def _answer_call(incoming: Incoming, event: Event, turn: int) -> Answer:
    began = time.monotonic()
    service, form = incoming.service, incoming.fields
    number = form["From"]
    if number and not service.settings.serves(number):
        return _not_for(service, "call_not_for_us", service.safe_words.other_country)
    on_duty = service.live.now().on_duty(event.at)
    event = replace(event, staffed=bool(on_duty))
    phones = tuple((each.number, each.languages) for each in on_duty)
    staff = voice.Staff(phones, caller_id=form.get("To", service.settings.sender))
    render = partial(voice.render, turn=turn, staff=staff)
    return _answer(incoming, _caller(form), event, render, began)


def _answer(
    incoming: Incoming, number: str, event: Event, render: Render, began: float | None = None
) -> Answer:
    """Return the answer to an event, or a fallback if the turn cannot be taken.

    `began` is when the request began, in monotonic seconds, if that was before this call.
    """
    try:
        return twiml(_take(incoming, number, event, render, began).document)
    except StoreBusy as busy:
        log.warning("store_busy", channel=event.channel, kind=event.kind, cause=str(busy))
        safe = incoming.service.safe_words
        words = safe.voice if event.channel is Channel.VOICE else safe.sms
        return twiml(words_without_store(incoming.service.book, event, render, words))


def _take(
    incoming: Incoming, number: str, event: Event, render: Render, began: float | None = None
) -> Completed:
    """Take the turn. Raises StoreBusy."""
    service, began = incoming.service, time.monotonic() if began is None else began
    in_force = service.live.now()
    if in_force.requests_are_seen:
        event = replace(event, requests_seen=True)
    render = with_notice(render, in_force.closed_words(event.at))
    try:
        taken = take_turn(
            service,
            number,
            event,
            render,
            stir=incoming.fields.get("StirVerstat", ""),
            signature=incoming.header(service.signatures.header) or "",
            began=began,
        )
    except StoreBusy as busy:
        service.measured.turn_lost(event.channel, _since(began), TRIES if str(busy) == CONFLICTS else 0)
        raise
    service.measured.turn_taken(event.channel, _since(began), taken)
    note(channel=event.channel, kind=event.kind, outcome=taken.outcome, tries=taken.conflicts + 1)
    if time.monotonic() - began < QUICK_SECONDS:  # only if the response is not late already
        service.budgets.keep_up(event.at.date())
    return taken


def _since(began: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - began)


def _no_words(*_: object) -> str:
    """Return empty TwiML: the carrier has already answered, or no one would see an answer."""
    return EMPTY
