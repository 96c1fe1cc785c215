"""Webhooks for the staff's leg of a call. Those for the parent's leg are in `webhooks`.

Rule: only requests about a staff phone are answered: they must be Twilio's, for a call from one of our numbers to a
      staff number.
"""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.exceptions import Forbidden

from hotline.channels import whisper
from hotline.log import log
from hotline.web.forms import signed_form
from hotline.web.incoming import Answer, Incoming, twiml


def whispered(incoming: Incoming) -> Answer:
    """Announce the call on a staff phone that was picked up. `lang` in the URL is the parent's language."""
    _form(incoming)
    service = incoming.service
    return twiml(whisper.ask(service.book, service.settings.hotline_name, incoming.argument("lang")))


def accepted(incoming: Incoming) -> Answer:
    """Handle the key pressed on a staff phone: join the call, or refuse it."""
    digits = _form(incoming).get("Digits", "")
    log.info("call_answered_by_staff", outcome="joined" if digits == whisper.ACCEPTS else "refused")
    return twiml(whisper.answer(digits))


def _form(incoming: Incoming) -> Mapping[str, str]:
    """Return the request's form once verified as Twilio's and for a staff phone. Raises HTTPException."""
    form, service = signed_form(incoming), incoming.service
    to_staff = form.get("To") in service.live.now().staff_numbers
    if not to_staff or form.get("From") not in service.settings.hotline_numbers:
        raise Forbidden("not a call from HOTLINE_NUMBER to a staff number")
    return form
