"""Whether a request is Twilio's: its signature, checked before anything of it is used.

Rule 1: the URL is PUBLIC_BASE_URL with the raw path and query, never what Host or a forwarded header says.
Rule 2: there is no switch that turns this off.
Rule 3: a key signs by its own algorithm alone: an auth token by HMAC-SHA1, a shared key (TWILIO_WEBHOOK_KEY) by
        HMAC-SHA256. Which of the two it is stands in a header that is not signed, so it opens nothing by itself.
Rule 4: the header I-Twilio-Idempotency-Token is not read. It is not signed either, so anybody who repeats a
        request could give it another; and whoever trusts it above the id in the form would take two texts for
        one. An event is known by its MessageSid, or its CallSid and turn, and by its signature (`store.usage`).
Rule 5: names and values are signed with nothing between them. So whoever texts "STOPFrom+1202..." and sees their own
        request signed could cut it anew, into a STOP from that number. Then their own number must stand behind that
        one, in another field: a text is refused when a number that is not its sender's stands behind "From" outside
        of its words. So is a form with a field that comes twice, or whose name has more than letters and figures.
        What stands in the words themselves is nobody's business: a parent may well text "From+15105550100".
Rule 6: a URL is signed once for each key, and once more with its port.

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
"""The field that a parent fills. All before "From" that anybody can choose stands in it."""


class Signatures:
    """Checks signatures with the account's token and shared keys, and with those before them while they are
    changed.
    """

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
        """Whether Twilio signed this form for this URL, for our account."""
        return not self.refusal(request, form)

    def refusal(self, request: Request, form: Mapping[str, str]) -> Refusal | None:
        """Return why this form is not Twilio's for our account; None when it is."""
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
        """Whether the fields are such as Twilio sends: each once, and named in letters and figures (Rule 5)."""
        names = [name for name, _ in form.items(multi=True)]
        return len(names) == len(set(names)) and all(name.isascii() and name.isalnum() for name in names)

    def one_sender(self, form: Mapping[str, str]) -> bool:
        """Whether what was signed, but for the words of the text, names no other sender than its own (Rule 5)."""
        signed = "".join(f"{name}{value}" for name, value in sorted(form.items()) if name != WORDS)
        return set(A_SENDER.findall(signed)) <= {form.get("From")}

    def ours(self, form: Mapping[str, str], field: str) -> bool:
        """Whether the number in this field, if there is one, is the hotline's, or one of its Messaging Service's."""
        if form.get(field) is None or form[field] in self._numbers:
            return True
        return bool(self._service) and form.get("MessagingServiceSid") == self._service


def target_of(request: Request) -> str:
    """Path and query as they were asked for. Not every server tells; and some tell a whole URL, with whatever host
    the request names, where one was asked for.
    """
    told: str = request.environ.get("RAW_URI", "")
    return told if told.startswith("/") else request.full_path.removesuffix("?")


def _fits(
    validator: RequestValidator, url: str, form: Mapping[str, str], signature: str, algorithm: str
) -> bool:
    """Whether this key signed the form: for the URL as it is, with its port or without: Twilio has done either."""
    parsed = urlsplit(url)
    urls = dict.fromkeys((url, remove_port(parsed), add_port(parsed)))
    return any(
        hmac.compare_digest(validator.compute_signature(each, form, algorithm).encode(), signature.encode())
        for each in urls
    )
