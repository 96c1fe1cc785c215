"""Twilio's webhooks: texts, calls, statuses, and the static fallbacks.

Rule 1: no signature, no reading. A forger gets 403 before the body is parsed; a wrong signature gets
        it before anything is looked up.
Rule 2: everything that is Twilio's is answered with words: 200 and TwiML, also when Redis is away.
Rule 3: whom the line is not for is told nothing, or in a call one sentence, and is not kept.
Rule 4: a fallback is static and reads nothing, so it needs no signature: it must work when a wrong
        token is what went wrong. One that is signed tells that an answer was not seen (`store.unseen`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException

from hotline import clock
from hotline.channels import sms, voice
from hotline.channels.twiml import EMPTY, is_number
from hotline.conversation.model.events import Event
from hotline.log import log
from hotline.store.connection import StoreBusy
from hotline.store.followup_record import who_of
from hotline.store.metrics import count
from hotline.store.notices import Way, mark_of
from hotline.web.closed_notice import with_notice
from hotline.web.forms import call_form, need_id, our_form
from hotline.web.reply_guard import Render, gate_of
from hotline.web.service import Service
from hotline.web.service import service as this_service
from hotline.web.signature import HEADER
from hotline.web.statuses import note_notice, note_reply, note_status
from hotline.web.turn import CONFLICTS, TRIES, take_turn
from hotline.web.without_store import words_without_store

webhooks = Blueprint("webhooks", __name__)

OPT_OUT_TYPES = ("STOP", "START", "HELP")
"""What Twilio's Advanced Opt-Out understood, in words that we understand too."""

MOST_DIGITS = 4
"""Of the number of a turn in a call."""

QUICK_SECONDS = 0.5


@webhooks.post("/sms")
def text_came() -> Response:
    """An incoming text."""
    service, form = this_service(), our_form("To")
    number = form.get("From", "")
    if not service.signatures.one_sender(form):
        raise Forbidden("two numbers stand where the sender's is: this was not signed as it is cut")
    if not number:
        raise BadRequest("From must be the sender's number in E.164, such as +15105550123")
    need_id(form, "MessageSid")
    if not (is_number(number) and service.settings.serves(number)):
        return _not_for(service, "text_not_for_us", EMPTY)
    if form.get("OptOutType") in OPT_OUT_TYPES:  # a word of the operator's own may stand for it
        form["Body"] = form["OptOutType"]
    event = sms.read(form, _now())
    if form.get("OptOutType"):  # Twilio has answered it already
        return _answer(service, number, event, _no_words, service.safe_words.sms)
    return _answer(service, number, event, sms.render, service.safe_words.sms)


@webhooks.post("/voice")
def call_came() -> Response:
    """A call begins."""
    form = call_form()
    return _answer_call(form, voice.read_opened(form, _now()), 0)


@webhooks.post("/voice/turn")
def call_went_on() -> Response:
    """Keys, speech or silence in a call. `n` in the URL is the number of the turn."""
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
    """A call is over. Nothing is said to anybody."""
    service, form = this_service(), call_form()
    number, event = form["From"], voice.read_ended(form, _now())
    if number and not service.settings.serves(number):
        return Response(status=204)
    try:
        _take(service, _caller(form), event, _no_words)
    except StoreBusy as busy:
        return _told_again(busy)  # else the text after a call that dropped is never planned
    return Response(status=204)


@webhooks.post("/status")
def status_came() -> Response:
    """What became of a follow-up that we sent. `followup` in the URL is its id."""
    service, form = this_service(), our_form("From")
    id, sid, status = (
        request.args.get("followup", ""),
        form.get("MessageSid", ""),
        form.get("MessageStatus", ""),
    )
    if not (id and sid and status):
        raise BadRequest("a status needs followup in the URL, and MessageSid and MessageStatus")
    if who_of(id) != service.secrets.who(form.get("To", "")):
        raise Forbidden("this follow-up is not that number's")
    try:
        note_status(service, id, sid, form["To"], status, form.get("ErrorCode", ""), _now())
    except StoreBusy as busy:
        return _told_again(busy)
    return Response(status=204)


@webhooks.post(sms.REPLY_STATUS_PATH)
def reply_status_came() -> Response:
    """What became of a reply: counted, and of nobody."""
    service, form = this_service(), our_form("From")
    try:
        note_reply(service, form.get("MessageStatus", ""), form.get("ErrorCode", ""), _now())
    except StoreBusy as busy:
        return _told_again(busy)
    return Response(status=204)


@webhooks.post("/status/notice")
def notice_status_came() -> Response:
    """What became of a text that told the center of a request. `notice` and `target` in the URL are its ids."""
    service, form = this_service(), our_form("From")
    notice, target = request.args.get("notice", ""), request.args.get("target", "")
    if not notice or target != mark_of(service.secrets, Way.TEXT, form.get("To", "")):
        raise Forbidden("this notice is not that number's")
    try:
        note_notice(service, notice, target, form.get("MessageStatus", ""), form.get("ErrorCode", ""), _now())
    except StoreBusy as busy:
        return _told_again(busy)
    return Response(status=204)


@webhooks.route("/fallback/sms", methods=["GET", "POST"])
def text_fallback() -> Response:
    """Static words for Twilio to use when /sms fails."""
    if request.method == "POST":
        _note_unseen()
    return _twiml(this_service().safe_words.sms)


@webhooks.route("/fallback/voice", methods=["GET", "POST"])
def call_fallback() -> Response:
    """Static words for Twilio to use when a voice webhook fails."""
    return _twiml(this_service().safe_words.voice)


def _note_unseen() -> None:
    """Note that whoever gets the fallback's words did not see the answer of /sms, should the turn have been taken."""
    service = this_service()
    with suppress(HTTPException):
        form = our_form("To")
        if (number := form.get("From", "")) and (id := form.get("MessageSid", "")):
            service.turns.may_be_unseen(service.secrets.who(number), id)


def _now() -> datetime:
    """This moment, in the hotline's own time zone."""
    return clock.now().astimezone(this_service().settings.time_zone)


def _caller(form: Mapping[str, str]) -> str:
    """The number that is calling; for a hidden one the call itself, so that no two share a session."""
    return form["From"] or form["CallSid"]


def _not_for(service: Service, figure: str, words: str) -> Response:
    """What somebody gets whom the line is not for: nothing is kept of them but a figure."""
    try:
        count(service.redis, figure, _now().date())
    except StoreBusy as busy:
        log.warning("store_busy", cause=str(busy))
    return _twiml(words)


def _answer_call(form: Mapping[str, str], event: Event, turn: int) -> Response:
    service, number = this_service(), form["From"]
    if number and not service.settings.serves(number):
        return _not_for(service, "call_not_for_us", service.safe_words.other_country)
    on_duty = service.live.now().on_duty(event.at)
    event = replace(event, staffed=bool(on_duty))
    phones = tuple((each.number, each.languages) for each in on_duty)
    staff = voice.Staff(phones, caller_id=form.get("To", service.settings.sender))
    render = partial(voice.render, turn=turn, staff=staff)
    return _answer(service, _caller(form), event, render, service.safe_words.voice)


def _answer(service: Service, number: str, event: Event, render: Render, safe_words: str) -> Response:
    """What answers an event: of the turn, or words that help when it cannot be taken."""
    try:
        return _twiml(_take(service, number, event, render))
    except StoreBusy as busy:
        log.warning("store_busy", channel=event.channel, kind=event.kind, cause=str(busy))
        return _twiml(words_without_store(service.book, event, render, safe_words))


def _take(service: Service, number: str, event: Event, render: Render) -> str:
    """Takes the turn. Raises StoreBusy."""
    began = time.monotonic()
    who = service.secrets.who(number)
    gate = gate_of(service, who, render, request.form.get("StirVerstat", ""))
    in_force = service.live.now()
    event = replace(event, requests_seen=in_force.requests_are_seen)
    render = with_notice(render, in_force.closed_words(event.at))
    signature = request.headers[HEADER]
    try:
        taken = take_turn(service.shelf, service.turns, who, number, event, render, gate, signature)
    except StoreBusy as busy:
        service.measured.turn_lost(event.channel, _since(began), TRIES if str(busy) == CONFLICTS else 0)
        raise
    service.measured.turn_taken(event.channel, _since(began), taken)
    if time.monotonic() - began < QUICK_SECONDS:  # who has waited is not made to wait for this
        service.budgets.keep_up(event.at.date())
    return taken.document


def _since(began: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - began)


def _told_again(busy: StoreBusy) -> Response:
    """Asks Twilio to tell it once more: the address it tells it to says so (`with_retries`, README)."""
    log.warning("store_busy", cause=str(busy))
    return Response(status=503)


def _no_words(*_: object) -> str:
    """For a turn that the carrier has answered already, or that nobody hears."""
    return EMPTY


def _twiml(document: str) -> Response:
    return Response(document, mimetype="text/xml")
