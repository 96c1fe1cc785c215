"""Verify Twilio's signatures before anything in a request is used.

Rule 1: the URL is PUBLIC_BASE_URL with the raw path and query, never what Host or a forwarded header says.
Rule 2: no setting turns verification off.
Rule 3: a key is valid for its own algorithm only: an auth token for HMAC-SHA1, a shared key
        (TWILIO_WEBHOOK_KEY) for HMAC-SHA256. The header that names the algorithm is not signed, so it grants
        nothing by itself.
Rule 4: the header I-Twilio-Idempotency-Token is ignored. It is not signed either, so a replayed request could
        carry a new one; and trusting it over the id in the form would merge two texts into one. An event is
        identified by its MessageSid, or its CallSid and turn, and by its signature (`store.usage`).
Rule 5: names and values are signed without separators. So a person who texts "STOPFrom+1202..." and sees the
        signed request could split it differently, into a STOP from that number. Their own number would then
        follow "From" in another field, so a text is refused if a number other than its sender's follows
        "From" outside of its body. So is a form in which a field occurs twice, or has a name with anything
        but letters and digits. The body may contain anything: a parent may well text "From+15105550100".
Rule 6: each key is tried on the URL with and without its port.
Rule 7: SignalWire signs as Twilio does with HMAC-SHA1, in a header of its own and with a signing key
        (TWILIO_WEBHOOK_KEY) that is not the token. A line has one carrier, so only that carrier's header counts.

Source: twilio.com/docs/usage/webhooks/webhooks-security; developer.signalwire.com/guides/webhook-security.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Request
from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_SETTINGS_HEADER,
    add_port,
    get_signature_algorithm,
    remove_port,
)

from hotline.config.schemes import SCHEMES
from hotline.config.settings import Settings
from hotline.config.wires import Wire
from hotline.store.keys import Keyed
from hotline.store.webhook_counts import Refusal

A_SENDER = re.compile(rf"From((?:{'|'.join(SCHEMES)})?\+?[0-9]{{3,15}})")

WORDS = "Body"
"""The field with the parent's text: of those that sort before "From", the only one that the sender can choose."""


HASHES = {HMAC_SHA1: "sha1", HMAC_SHA256: "sha256"}

Fields = Sequence[tuple[str, str]]
"""Names and values of a form, in any order."""


class Signatures:
    """Verifies signatures with the account's token and shared keys, and the previous ones during a rotation."""

    def __init__(self, settings: Settings) -> None:
        tokens = tuple(filter(None, (settings.twilio_auth_token, settings.twilio_auth_token_previous)))
        keys = settings.twilio_webhook_keys
        of_twilio = settings.wire is Wire.TWILIO
        by_algorithm = {HMAC_SHA1: tokens, HMAC_SHA256: keys} if of_twilio else {HMAC_SHA1: keys}
        self._keys = {
            algorithm: tuple(key.encode() for key in each) for algorithm, each in by_algorithm.items()
        }
        self._of_twilio = of_twilio
        self.header = settings.wire.signature_header
        self._base = settings.public_base_url
        self._account = settings.twilio_account_sid
        self._numbers = frozenset(settings.hotline_numbers)
        self._service = settings.twilio_messaging_service_sid

    def refusal(self, header: Callable[[str], str | None], target: str, fields: Fields) -> Refusal | None:
        """Return why this form is not Twilio's for our account, or None if it is.

        `header` returns a header of the request by its name, and `target` is its path and query, as sent.
        """
        signature = header(self.header)
        if not signature:
            return Refusal.NO_SIGNATURE
        named = header(SIGNATURE_SETTINGS_HEADER) if self._of_twilio else None
        algorithm = get_signature_algorithm(named).upper()
        signed, given = signed_text(fields), signature.encode()
        for url in _ways_to_write(self._base + target):
            for key in self._keys.get(algorithm, ()):
                if hmac.compare_digest(signature_of(key, url + signed, HASHES[algorithm]), given):
                    account = dict(fields).get("AccountSid", self._account)
                    return None if account == self._account else Refusal.ACCOUNT
        return Refusal.SIGNATURE

    def is_unambiguous(self, fields: Fields) -> bool:
        """Check that each field occurs once, with a name of ASCII letters and digits only (Rule 5)."""
        names = {name for name, _ in fields}
        together = "".join(names)
        once = len(names) == len(fields) and "" not in names
        return once and together.isascii() and (together.isalnum() or not names)

    def one_sender(self, form: Mapping[str, str]) -> bool:
        """Check that the signed text, without the message's body, names no other sender (Rule 5)."""
        signed = "".join([name + form[name] for name in sorted(form) if name != WORDS])
        return set(A_SENDER.findall(signed)) <= {form.get("From")}

    def ours(self, form: Mapping[str, str], field: str) -> bool:
        """Check whether the number in this field is ours, or belongs to our Messaging Service.

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


def signed_text(fields: Fields) -> str:
    """Return the names and values of a form as they are signed: sorted, without separators, each pair once."""
    values = dict(fields)
    if len(values) == len(fields):  # names alone are sorted in a third of the time
        return "".join([name + values[name] for name in sorted(values)])
    return "".join([name + value for name, value in sorted(set(fields))])


def signature_of(key: bytes, text: str, hashed: str) -> bytes:
    """Return the signature of a text with this key.

    Twilio signs no text with characters that UTF-8 cannot encode, so replacing them is safe.
    """
    return b64encode(_keyed(key, hashed).digest(text.encode(errors="replace")))


@lru_cache(maxsize=8)
def _keyed(key: bytes, hashed: str) -> Keyed:
    return Keyed(key, hashed)


def _ways_to_write(url: str) -> Iterator[str]:
    """Yield the URL as given, with its port and without it: Twilio may have signed any of them."""
    yield url
    parsed = urlsplit(url)
    yield from {remove_port(parsed), add_port(parsed)} - {url}
