"""Webhooks of a call's leg to the staff. The parent's leg is in `webhooks`.

Rule: only staff get an answer: the request must be Twilio's, for a call from one of our numbers to a staff
      number.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request
from werkzeug.exceptions import Forbidden

from hotline.channels import whisper
from hotline.log import log
from hotline.web.forms import signed_form
from hotline.web.service import service as this_service

staff = Blueprint("staff", __name__)


@staff.post(whisper.PATH)
def whispered() -> Response:
    """Answer a staff phone that was picked up. `lang` in the URL is the parent's language."""
    _form()
    service = this_service()
    return _twiml(whisper.ask(service.book, service.settings.hotline_name, request.args.get("lang", "")))


@staff.post(whisper.ACCEPTED_PATH)
def accepted() -> Response:
    """Handle the key pressed on a staff phone: join the call, or refuse it."""
    digits = _form().get("Digits", "")
    log.info("call_answered_by_staff", outcome="joined" if digits == whisper.ACCEPTS else "refused")
    return _twiml(whisper.answer(digits))


def _form() -> Mapping[str, str]:
    """Return the request's form once verified as Twilio's and for a staff phone. Raises HTTPException."""
    form, service = signed_form(), this_service()
    to_staff = form.get("To") in service.live.now().staff_numbers
    if not to_staff or form.get("From") not in service.settings.hotline_numbers:
        raise Forbidden("not a call from HOTLINE_NUMBER to a number of the staff")
    return form


def _twiml(document: str) -> Response:
    return Response(document, mimetype="text/xml")
