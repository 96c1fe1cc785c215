"""Webhook forms, read only once they are verified as Twilio's and addressed to this line.

Rule 1: an unsigned request costs almost nothing. Its length and number of fields are checked before parsing,
        and multipart bodies are not parsed at all.
Rule 2: a caller's number identifies one caller. A number that is hidden, invalid, or shown by a phone
        exchange for all its phones is treated as hidden, so no two callers share a session.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from flask import g, request
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from hotline.channels.twiml import is_number
from hotline.config.wires import Wire
from hotline.store.webhook_counts import Refusal
from hotline.web.service import Service
from hotline.web.service import service as this_service

MAX_BODY: Final = 16 * 1024
"""Maximum bytes of a request. Twilio delivers up to 1,600 characters: in Chinese, a form of 14 kB."""

MOST_FIELDS: Final = 128
"""Maximum fields of a form. Twilio's have about 30, and a text with ten pictures 50."""

FORM: Final = "application/x-www-form-urlencoded"

AN_ID: Final = {
    Wire.TWILIO: re.compile(r"[A-Za-z0-9]{1,128}"),
    Wire.SIGNALWIRE: re.compile(r"[A-Za-z0-9-]{1,128}"),
}
"""Ids of messages and calls. Twilio's have 34 characters, SignalWire's are UUIDs."""


def signed_form() -> dict[str, str]:
    """Return the request's form, also in `g.fields`, once its signature is verified. Raises HTTPException."""
    service = this_service()
    if not request.headers.get(service.signatures.header):
        raise _counted(Refusal.NO_SIGNATURE, Forbidden("no signature"))
    if request.mimetype != FORM:
        raise _counted(Refusal.NO_FORM, UnsupportedMediaType(f"a webhook must be a form: {FORM}"))
    if (request.content_length or 0) > MAX_BODY:
        raise RequestEntityTooLarge
    body = request.get_data(cache=True, parse_form_data=False)
    if body.count(b"&") >= MOST_FIELDS:
        raise RequestEntityTooLarge(f"a form may have {MOST_FIELDS} fields")
    pairs = fields_of(body)
    if refusal := service.signatures.refusal(request, pairs):
        raise _counted(refusal, Forbidden("the signature does not fit this URL and form"))
    if not service.signatures.as_cut(pairs):
        raise Forbidden("a field comes twice, or has no name of Twilio's: this was not signed as it is cut")
    g.fields = dict(pairs)
    return dict(pairs)


def fields_of(body: bytes) -> list[tuple[str, str]]:
    """Return the names and values of a form, in the order in which they were sent.

    They are those of werkzeug's `request.form`, without what it does for other kinds of bodies. A body that is
    not UTF-8 has no fields.
    """
    try:
        written = body.decode()
    except UnicodeDecodeError:
        return []
    pairs = (field.partition("=") for field in written.split("&") if field)
    return [(_read(name), _read(value)) for name, _, value in pairs]


def _read(part: str) -> str:
    """Return a percent-encoded name or value as it was."""
    plain = part.replace("+", " ") if "+" in part else part
    return unquote(plain, errors="werkzeug.url_quote") if "%" in plain else plain


def our_form(our_number: str) -> dict[str, str]:
    """Return a signed form that is addressed to this line.

    `our_number` names the field that must contain one of the hotline's numbers, if present. Raises
    HTTPException.
    """
    form = signed_form()
    if not this_service().signatures.ours(form, our_number):
        refused = Forbidden("not a number of this hotline; HOTLINE_NUMBER lists them")
        raise _counted(Refusal.NUMBER, refused)
    this_service().webhook_health.note(request.path)
    return form


def _counted(refusal: Refusal, error: HTTPException) -> HTTPException:
    """Return `error` after counting the refusal, so an operator learns of it (`webhook_health`)."""
    this_service().webhook_health.note(request.path, refusal)
    return error


def call_form() -> dict[str, str]:
    """Return the form of a call. Raises HTTPException.

    From is set to "" if the number is not the caller's own (Rule 2).
    """
    form = our_form("To")
    need_id(form, "CallSid")
    if not _is_their_own(form, this_service()):
        form["From"] = ""
    return form


def need_id(form: Mapping[str, str], field: str) -> None:
    """Raise BadRequest unless the field contains an id, because it becomes part of a Redis key."""
    if not AN_ID[this_service().settings.wire].fullmatch(form.get(field, "")):
        raise BadRequest(f"{field} must be the id that the carrier gave")


def _is_their_own(form: Mapping[str, str], service: Service) -> bool:
    """Check whether a call's number belongs to a single phone.

    An exchange that forwards calls may show its own number for all of them.
    """
    number = form.get("From", "")
    staff = service.live.now().staff_numbers
    exchanges = (form.get("ForwardedFrom", ""), service.named.center_phone, *staff)
    return is_number(number) and number.lstrip("+") not in {each.lstrip("+ ") for each in exchanges}
