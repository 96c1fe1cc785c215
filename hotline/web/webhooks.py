"""Twilio webhooks: texts, calls, statuses, and the static fallbacks.

Rule 1: nothing is read without a signature. A forger gets 403 before the body is parsed, and a wrong
        signature gets 403 before Redis is queried.
Rule 2: every text and call from Twilio gets 200 and TwiML, even while Redis is down.
Rule 3: a person whom the line does not serve gets no answer, or in a call one sentence, and is not stored.
Rule 4: a fallback is static and reads nothing, so it needs no signature: it must work even if the token is
        wrong. A signed one indicates that an answer was not seen (`store.unseen`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException

from hotline import clock, measures
from hotline.channels import sms, voice
from hotline.channels.twiml import EMPTY, is_number
from hotline.conversation.model.events import Event
from hotline.log import log
from hotline.measures import Outcome
from hotline.reach import number_of
from hotline.store.connection import StoreBusy
from hotline.store.followup_record import who_of
from hotline.store.metrics import add, count
from hotline.store.notices import Way, mark_of
from hotline.telemetry import note
from hotline.web.closed_notice import with_notice
from hotline.web.forms import call_form, need_id, our_form
from hotline.web.measured import Taken
from hotline.web.reply_guard import Render, gate_of
from hotline.web.service import Service
from hotline.web.service import service as this_service
from hotline.web.statuses import note_notice, note_reply, note_status
from hotline.web.traced import trace
from hotline.web.turn import CONFLICTS, TRIES, take_turn
from hotline.web.without_store import words_without_store

webhooks = Blueprint("webhooks", __name__)
trace(webhooks)

OPT_OUT_TYPES = ("STOP", "START", "HELP")
"""Keywords that Twilio's Advanced Opt-Out recognized; we recognize the same ones."""

MOST_DIGITS = 4
"""Maximum digits of the turn number in a call."""

MOST_ID = 64
"""Maximum length of an event's id in a URL; longer ones are none of ours."""

QUICK_SECONDS = 0.5


@webhooks.post("/sms")
def text_came() -> Response:
    """Handle an incoming text."""
    service, form = this_service(), our_form("To")
    number = number_of(form.get("From", ""))
    if not service.signatures.one_sender(form):
        raise Forbidden("two numbers stand where the sender's is: this was not signed as it is cut")
    if not number:
        raise BadRequest("From must be the sender's number in E.164, such as +15105550123")
    need_id(form, "MessageSid")
    if not (is_number(number) and service.settings.serves(number)):
        return _not_for(service, "text_not_for_us", EMPTY)
    if form.get("OptOutType") in OPT_OUT_TYPES:  # the operator may have configured a keyword of their own
        form["Body"] = form["OptOutType"]
    event = sms.read(form, _now())
    if form.get("OptOutType"):  # Twilio has already answered
        return _answer(service, number, event, _no_words, service.safe_words.sms)
    return _answer(service, number, event, sms.render, service.safe_words.sms)


@webhooks.post("/voice")
def call_came() -> Response:
    """Handle the start of a call."""
    form = call_form()
    return _answer_call(form, voice.read_opened(form, _now()), 0)


@webhooks.post("/voice/turn")
def call_went_on() -> Response:
    """Handle keys, speech or silence in a call. `n` in the URL is the turn number."""
    form, given = call_form(), request.args.get("n", "")
    if not (
        given.isascii()
        and given.isdigit()
        and len(given) <= MOST_DIGITS
        and 1 <= int(given) <= 2 * voice.MAX_TURNS
    ):
        raise BadRequest("n must be the number of the turn, as our own TwiML gave it")
    return _answer_call(form, voice.read_turn(form, int(given), _now()), int(given))


@webhooks.post("/voice/ended")
def call_ended() -> Response:
    """Handle the end of a call, without a reply."""
    service, form = this_service(), call_form()
    number, event = form["From"], voice.read_ended(form, _now())
    if number and not service.settings.serves(number):
        return Response(status=204)
    try:
        taken = _take(service, _caller(form), event, _no_words)
        if taken.outcome is Outcome.ANSWERED:  # not for a repeated request
            add(service.redis, {measures.CALL_MINUTES: voice.minutes(form)}, event.at.date())
    except StoreBusy as busy:
        return _retry_later(busy)  # otherwise the text after a dropped call is never planned
    return Response(status=204)


@webhooks.post("/status")
def status_came() -> Response:
    """Record the status of a follow-up. `followup` in the URL is its id."""
    service, form = this_service(), our_form("From")
    id, sid, status = (
        request.args.get("followup", ""),
        form.get("MessageSid", ""),
        form.get("MessageStatus", ""),
    )
    if not (id and sid and status):
        raise BadRequest("a status needs followup in the URL, and MessageSid and MessageStatus")
    number = number_of(form.get("To", ""))
    if who_of(id) != service.secrets.who(number):
        raise Forbidden("this follow-up is not that number's")
    try:
        note_status(service, id, sid, number, status, form.get("ErrorCode", ""), _now())
    except StoreBusy as busy:
        return _retry_later(busy)
    return Response(status=204)


@webhooks.post(sms.REPLY_STATUS_PATH)
def reply_status_came() -> Response:
    """Count the status of a reply. `event` in the URL is the id of the text that it answered."""
    service, form = this_service(), our_form("From")
    try:
        note_reply(
            service,
            request.args.get("event", "")[:MOST_ID],
            form.get("To", ""),
            form.get("MessageStatus", ""),
            form.get("ErrorCode", ""),
            _now(),
        )
    except StoreBusy as busy:
        return _retry_later(busy)
    return Response(status=204)


@webhooks.post("/status/notice")
def notice_status_came() -> Response:
    """Record the status of a notice that was texted to the center.

    `notice` and `target` in the URL are its ids.
    """
    service, form = this_service(), our_form("From")
    notice, target = request.args.get("notice", ""), request.args.get("target", "")
    if not notice or target != mark_of(service.secrets, Way.TEXT, number_of(form.get("To", ""))):
        raise Forbidden("this notice is not that number's")
    try:
        note_notice(service, notice, target, form.get("MessageStatus", ""), form.get("ErrorCode", ""), _now())
    except StoreBusy as busy:
        return _retry_later(busy)
    return Response(status=204)


@webhooks.route("/fallback/sms", methods=["GET", "POST"])
def text_fallback() -> Response:
    """Return the static message that Twilio uses when /sms fails."""
    if request.method == "POST":
        _note_unseen()
    return _twiml(this_service().safe_words.sms)


@webhooks.route("/fallback/voice", methods=["GET", "POST"])
def call_fallback() -> Response:
    """Return the static message that Twilio uses when a voice webhook fails."""
    return _twiml(this_service().safe_words.voice)


def _note_unseen() -> None:
    """Record that the sender got the fallback, so did not see the answer of /sms if there was one."""
    service = this_service()
    with suppress(HTTPException):
        form = our_form("To")
        if (number := number_of(form.get("From", ""))) and (id := form.get("MessageSid", "")):
            service.turns.may_be_unseen(service.secrets.who(number), id)


def _now() -> datetime:
    """Return the current time in the hotline's time zone."""
    return clock.now().astimezone(this_service().settings.time_zone)


def _caller(form: Mapping[str, str]) -> str:
    """Return the caller's number, or the CallSid if hidden, so that no two callers share a session."""
    return form["From"] or form["CallSid"]


def _not_for(service: Service, figure: str, words: str) -> Response:
    """Answer a person whom the line does not serve; store nothing but a count."""
    try:
        count(service.redis, figure, _now().date())
    except StoreBusy as busy:
        log.warning("store_busy", cause=str(busy))
    return _twiml(words)


def _answer_call(form: Mapping[str, str], event: Event, turn: int) -> Response:
    began = time.monotonic()
    service, number = this_service(), form["From"]
    if number and not service.settings.serves(number):
        return _not_for(service, "call_not_for_us", service.safe_words.other_country)
    on_duty = service.live.now().on_duty(event.at)
    event = replace(event, staffed=bool(on_duty))
    phones = tuple((each.number, each.languages) for each in on_duty)
    staff = voice.Staff(phones, caller_id=form.get("To", service.settings.sender))
    render = partial(voice.render, turn=turn, staff=staff)
    return _answer(service, _caller(form), event, render, service.safe_words.voice, began)


def _answer(
    service: Service,
    number: str,
    event: Event,
    render: Render,
    safe_words: str,
    began: float | None = None,
) -> Response:
    """Return the answer to an event, or a fallback if the turn cannot be taken.

    `began` is when the request did, in monotonic seconds, if that was before this call.
    """
    try:
        return _twiml(_take(service, number, event, render, began).document)
    except StoreBusy as busy:
        log.warning("store_busy", channel=event.channel, kind=event.kind, cause=str(busy))
        return _twiml(words_without_store(service.book, event, render, safe_words))


def _take(service: Service, number: str, event: Event, render: Render, began: float | None = None) -> Taken:
    """Take the turn. Raises StoreBusy."""
    began = time.monotonic() if began is None else began
    who = service.secrets.who(number)
    gate = gate_of(service, who, render, g.fields.get("StirVerstat", ""))
    in_force = service.live.now()
    event = replace(event, requests_seen=in_force.requests_are_seen)
    render = with_notice(render, in_force.closed_words(event.at))
    signature = request.headers[service.signatures.header]
    try:
        taken = take_turn(
            service.versions,
            service.turns,
            who,
            number,
            event,
            render,
            gate,
            signature,
            began,
            service.linked,
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


def _retry_later(busy: StoreBusy) -> Response:
    """Return 503, so that Twilio retries as its callback URL says (`with_retries`, README)."""
    log.warning("store_busy", cause=str(busy))
    return Response(status=503)


def _no_words(*_: object) -> str:
    """Return empty TwiML: the carrier has answered already, or nobody would see an answer."""
    return EMPTY


def _twiml(document: str) -> Response:
    return Response(document, mimetype="text/xml")
