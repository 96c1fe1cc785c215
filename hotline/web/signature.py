"""Whether a request is Twilio's: its signature, checked before anything of it is used.

The URL is PUBLIC_BASE_URL with the raw path and query, never what Host or a forwarded header says.
There is no switch that turns this off. Source: twilio.com/docs/usage/webhooks/webhooks-security.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from flask import Request
from twilio.request_validator import RequestValidator

from hotline.settings import Settings

HEADER = "X-Twilio-Signature"


class Signatures:
    """Checks signatures with the account's token, and with the one before it while it is changed."""

    def __init__(self, settings: Settings) -> None:
        tokens = (settings.twilio_auth_token, settings.twilio_auth_token_previous)
        self._validators = tuple(RequestValidator(token) for token in tokens if token)
        self._base = settings.public_base_url
        self._account = settings.twilio_account_sid
        self._numbers = frozenset(settings.hotline_numbers)

    def signed(self, request: Request, form: Mapping[str, str]) -> bool:
        """Whether Twilio signed this form for this URL, for our account."""
        signature = request.headers.get(HEADER, "")
        if not signature:
            return False
        url = self._base + request.environ.get("RAW_URI", request.full_path.removesuffix("?"))
        if not any(_fits(validator, url, form, signature) for validator in self._validators):
            return False
        return form.get("AccountSid", self._account) == self._account

    def ours(self, form: Mapping[str, str], field: str) -> bool:
        """Whether the number in this field, if there is one, is the hotline's."""
        return form.get(field) is None or form[field] in self._numbers


def _fits(validator: RequestValidator, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Whether this token signed the form: for the URL as it is, else as the library would also take it,
    with or without a port.
    """
    if hmac.compare_digest(validator.compute_signature(url, form).encode(), signature.encode()):
        return True
    return bool(validator.validate(url, form, signature))
