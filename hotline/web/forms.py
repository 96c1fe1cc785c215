"""Read webhook forms, but only once they are verified as Twilio's and addressed to this line.

Rule 1: an unsigned request costs almost nothing. Its length and number of fields are checked before parsing,
        and multipart bodies are not parsed at all.
Rule 2: a caller's number identifies one caller. A number that is hidden, invalid, or shown by a phone
        exchange for all its phones is treated as hidden, so that no two callers share a session.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

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
from hotline.web.incoming import Incoming, fields_of
from hotline.web.service import Service

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


def signed_form(incoming: Incoming) -> dict[str, str]:
    """Return the request's form, once its signature is verified, and set `incoming.fields`. Raises HTTPException."""
    signatures = incoming.service.signatures
    if not incoming.header(signatures.header):
        raise _counted(incoming, Refusal.NO_SIGNATURE, Forbidden("no signature"))
    if (incoming.header("content-type") or "").partition(";")[0].strip().lower() != FORM:
        raise _counted(incoming, Refusal.NO_FORM, UnsupportedMediaType(f"a webhook must be a form: {FORM}"))
    body = incoming.read()
    if body.count(b"&") >= MOST_FIELDS:
        raise RequestEntityTooLarge(f"a form may have at most {MOST_FIELDS} fields")
    pairs = fields_of(body)
    if refusal := signatures.refusal(incoming.header, incoming.target, pairs):
        raise _counted(incoming, refusal, Forbidden("the signature does not match this URL and form"))
    if not signatures.is_unambiguous(pairs):
        raise Forbidden(
            "a field occurs twice or has an invalid name: the form may not be split as it was signed"
        )
    incoming.fields = dict(pairs)
    return incoming.fields


def our_form(incoming: Incoming, our_number: str) -> dict[str, str]:
    """Return a signed form that is addressed to this line.

    `our_number` names the field that must contain one of the hotline's numbers, if present. Raises
    HTTPException.
    """
    form, service = signed_form(incoming), incoming.service
    if not service.signatures.ours(form, our_number):
        refused = Forbidden("not a number of this hotline; HOTLINE_NUMBER lists them")
        raise _counted(incoming, Refusal.NUMBER, refused)
    service.webhook_health.note(incoming.path)
    return form


def _counted(incoming: Incoming, refusal: Refusal, error: HTTPException) -> HTTPException:
    """Return `error` after counting the refusal, so that an operator learns of it (`webhook_health`)."""
    incoming.service.webhook_health.note(incoming.path, refusal)
    return error


def call_form(incoming: Incoming) -> dict[str, str]:
    """Return the form of a call. Raises HTTPException.

    From is set to "" if the number is not the caller's own (Rule 2).
    """
    form, service = our_form(incoming, "To"), incoming.service
    need_id(service, form, "CallSid")
    if not _is_their_own(form, service):
        form["From"] = ""
    return form


def need_id(service: Service, form: Mapping[str, str], field: str) -> None:
    """Raise BadRequest unless the field contains an id, because it becomes part of a Redis key."""
    if not AN_ID[service.settings.wire].fullmatch(form.get(field, "")):
        raise BadRequest(f"{field} must be an id from the carrier")


def _is_their_own(form: Mapping[str, str], service: Service) -> bool:
    """Check whether a call's number belongs to a single phone.

    An exchange that forwards calls may show its own number for all of them.
    """
    number = form.get("From", "")
    staff = service.live.now().staff_numbers
    exchanges = (form.get("ForwardedFrom", ""), service.named.center_phone, *staff)
    return is_number(number) and number.lstrip("+") not in {each.lstrip("+ ") for each in exchanges}
