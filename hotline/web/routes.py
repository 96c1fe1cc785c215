"""The URLs that the carrier requests, and how each request is answered, through Flask or without it.

Rule 1: every webhook is called through `answer`, so its refusals, headers, counts and fallbacks are the same behind
        every server. Flask's view only passes requests on; its routes define the allowed methods.
Rule 2: a parent always gets TwiML from a webhook; if the webhook fails, it is the fallback message.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, HTTPException

from hotline.channels import call_back, sms, whisper
from hotline.log import log
from hotline.store.connection import StoreBusy
from hotline.telemetry.traces import span
from hotline.web import staff_calls, webhooks
from hotline.web.incoming import OF_TEXT, Answer, Incoming, nothing, twiml
from hotline.web.measured import QUICK_SECONDS
from hotline.web.service import Service
from hotline.web.service import service as this_service
from hotline.web.signature import target_of

View = Callable[[Incoming], Answer]

POSTED: Final[Mapping[str, View]] = {
    "/sms": webhooks.text_came,
    "/voice": webhooks.call_came,
    "/voice/turn": webhooks.call_went_on,
    "/voice/ended": webhooks.call_ended,
    "/status": webhooks.status_came,
    sms.REPLY_STATUS_PATH: webhooks.reply_status_came,
    "/status/notice": webhooks.notice_status_came,
    "/fallback/sms": webhooks.text_fallback,
    "/fallback/voice": webhooks.call_fallback,
    whisper.PATH: staff_calls.whispered,
    whisper.ACCEPTED_PATH: staff_calls.whisper_answered,
    call_back.PATH: staff_calls.answered,
    call_back.ACCEPTED_PATH: staff_calls.accepted,
    call_back.DIALED_PATH: staff_calls.dialed,
    call_back.PARENT_PATH: staff_calls.parent_leg,
    call_back.ENDED_PATH: staff_calls.ended,
}
"""The webhooks by path. All accept POST."""

ALSO_GET: Final = ("/fallback/sms", "/fallback/voice")


def answer(incoming: Incoming) -> Answer:
    """Return the answer to a webhook, whose path must be in POSTED. Never raises."""
    began = time.monotonic()
    with span("webhook", route=incoming.path):
        answered = _answer(incoming)
    if time.monotonic() - began < QUICK_SECONDS:
        write_counts(incoming.service)
    return answered


def write_counts(service: Service) -> None:
    """Write webhook and turn counts to Redis if a write is due. Call this only after a response that was not slow."""
    service.webhook_health.write_if_due()
    service.measured.write_if_due()


def _answer(incoming: Incoming) -> Answer:
    try:
        if not incoming.query.isascii():
            need_utf8(incoming.query)
        return POSTED[incoming.path](incoming)
    except HTTPException as error:
        log.warning("request_refused", status=error.code, path=incoming.path)
        return Answer(error.code or 500, OF_TEXT, f"{error.description}\n".encode())
    except StoreBusy as busy:
        # The fragment of each URL tells the carrier how often to retry (`with_retries`, README).
        log.warning("store_busy", cause=str(busy))
        return nothing(503)
    except Exception as error:  # noqa: BLE001 -- Rule 2
        log.error("request_failed", path=incoming.path, exc_info=error)
        return _fallback(incoming)


def need_utf8(query: str) -> None:
    """Raise BadRequest for a query string that is not UTF-8, because reading it would fail."""
    try:
        query.encode("latin-1").decode()
    except UnicodeError:
        raise BadRequest("the query must be UTF-8, percent-encoded") from None


def _fallback(incoming: Incoming) -> Answer:
    words = incoming.service.safe_words
    if incoming.path.startswith("/voice"):
        return twiml(words.voice)
    return twiml(words.sms) if incoming.path == "/sms" else nothing(500)


def add_routes(app: Flask) -> None:
    """Add Flask routes that pass webhook requests to `answer`."""
    for path in POSTED:
        methods = ["GET", "POST"] if path in ALSO_GET else ["POST"]
        app.add_url_rule(path, f"webhook {path}", _handed_over, methods=methods)


def _handed_over() -> Response:
    assert request.url_rule is not None, "a view has a rule"
    incoming = Incoming(
        service=this_service(),
        method=request.method,
        path=request.url_rule.rule,
        query=request.environ.get("QUERY_STRING", ""),
        target=target_of(request),
        header=request.headers.get,
        read=lambda: request.get_data(parse_form_data=False),
    )
    answered = answer(incoming)
    response = Response(answered.body, answered.status)
    del response.headers["Content-Type"]  # Flask's own
    response.headers.extend(answered.headers)
    return response
