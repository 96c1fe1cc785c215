"""Twilio signatures, verified before anything of a request is used.

Rule 1: the URL is PUBLIC_BASE_URL with the raw path and query, never what Host or a forwarded header says.
Rule 2: no setting turns this off.
Rule 3: a key is valid for its own algorithm only: an auth token for HMAC-SHA1, a shared key
        (TWILIO_WEBHOOK_KEY) for HMAC-SHA256. The header that names the algorithm is not signed, so it grants
        nothing by itself.
Rule 4: the header I-Twilio-Idempotency-Token is ignored. It is not signed either, so a replayed request could
        carry a new one; and trusting it over the id in the form would merge two texts into one. An event is
        identified by its MessageSid, or its CallSid and turn, and by its signature (`store.usage`).
Rule 5: names and values are signed without separators. So someone who texts "STOPFrom+1202..." and sees the
        signed request could split it differently, into a STOP from that number. Their own number would then
        follow that one in another field, so a text is refused if a number other than its sender's follows
        "From" outside of its body. So is a form in which a field occurs twice, or has a name with anything
        but letters and digits. The body may contain anything: a parent may well text "From+15105550100".
Rule 6: each key is tried on the URL with and without its port.

Source: twilio.com/docs/usage/webhooks/webhooks-security.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Request
from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    add_port,
    get_signature_algorithm,
    remove_port,
)
from werkzeug.datastructures import MultiDict

from hotline.config.settings import Settings
from hotline.store.webhook_counts import Refusal

HEADER = "X-Twilio-Signature"

A_SENDER = re.compile(r"From(\+?[0-9]{3,15})")

WORDS = "Body"
"""The field that a parent fills. Any text before "From" that the sender can choose is in it."""


class Signatures:
    """Verifies signatures with the account's token and shared keys, and old ones during a rotation."""

    def __init__(self, settings: Settings) -> None:
        tokens = filter(None, (settings.twilio_auth_token, settings.twilio_auth_token_previous))
        self._validators = {
            HMAC_SHA1: tuple(RequestValidator(token) for token in tokens),
            HMAC_SHA256: tuple(RequestValidator(key) for key in settings.twilio_webhook_keys),
        }
        self._base = settings.public_base_url
        self._account = settings.twilio_account_sid
        self._numbers = frozenset(settings.hotline_numbers)
        self._service = settings.twilio_messaging_service_sid

    def signed(self, request: Request, form: Mapping[str, str]) -> bool:
        """Check whether Twilio signed this form for this URL and our account."""
        return not self.refusal(request, form)

    def refusal(self, request: Request, form: Mapping[str, str]) -> Refusal | None:
        """Return why this form is not Twilio's for our account, or None if it is."""
        signature = request.headers.get(HEADER, "")
        if not signature:
            return Refusal.NO_SIGNATURE
        algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER)).upper()
        validators = self._validators.get(algorithm, ())
        url = self._base + target_of(request)
        if not any(_fits(validator, url, form, signature, algorithm) for validator in validators):
            return Refusal.SIGNATURE
        return None if form.get("AccountSid", self._account) == self._account else Refusal.ACCOUNT

    def as_cut(self, form: MultiDict[str, str]) -> bool:
        """Check that each field occurs once, with a name of ASCII letters and digits only (Rule 5)."""
        names = [name for name, _ in form.items(multi=True)]
        return len(names) == len(set(names)) and all(name.isascii() and name.isalnum() for name in names)

    def one_sender(self, form: Mapping[str, str]) -> bool:
        """Check that the signed text, without the message's body, names no other sender (Rule 5)."""
        signed = "".join(f"{name}{value}" for name, value in sorted(form.items()) if name != WORDS)
        return set(A_SENDER.findall(signed)) <= {form.get("From")}

    def ours(self, form: Mapping[str, str], field: str) -> bool:
        """Check whether the number in this field is ours, or one of our Messaging Service.

        True if the form does not have the field.
        """
        if form.get(field) is None or form[field] in self._numbers:
            return True
        return bool(self._service) and form.get("MessagingServiceSid") == self._service


def target_of(request: Request) -> str:
    """Return the path and query of a request, as sent.

    Not every server provides them, and some provide a whole URL with an arbitrary host; then Flask's are
    used.
    """
    raw: str = request.environ.get("RAW_URI", "")
    return raw if raw.startswith("/") else request.full_path.removesuffix("?")


def _fits(
    validator: RequestValidator, url: str, form: Mapping[str, str], signature: str, algorithm: str
) -> bool:
    """Check whether this key signed the form for this URL.

    The URL is tried as it is, with its port and without: Twilio has signed each.
    """
    parsed = urlsplit(url)
    urls = dict.fromkeys((url, remove_port(parsed), add_port(parsed)))
    return any(
        hmac.compare_digest(validator.compute_signature(each, form, algorithm).encode(), signature.encode())
        for each in urls
    )
