"""The carrier's ledger: every accepted text with its statuses.

Rule 1: a Text is immutable; `Ledger.change` replaces it under the lock.
Rule 2: only `clear` removes texts from the ledger. A deleted Text stays, marked as deleted and with an empty body.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from devtools.twilio_sim import errors, gsm7, lines

API_VERSION = "2010-04-01"
FINAL = frozenset({"delivered", "undelivered", "failed", "received"})


@dataclass(frozen=True, slots=True)
class Text:
    """One text in either direction. `statuses` has all its statuses in order, the current one last."""

    sid: str
    account_sid: str
    from_: str
    to: str
    body: str
    direction: str
    """"inbound", "outbound-api" or "outbound-reply"."""
    statuses: tuple[str, ...]
    at: datetime
    segments: int
    service_sid: str = ""
    status_callback: str = ""
    media: tuple[str, ...] = ()
    error_code: int = 0
    deleted: bool = False

    @property
    def status(self) -> str:
        """The current status."""
        return self.statuses[-1]

    def params(self) -> dict[str, str]:
        """Return the webhook parameters of an inbound text.

        https://www.twilio.com/docs/messaging/guides/webhook-request
        """
        params = {
            "MessageSid": self.sid,
            "SmsSid": self.sid,
            "SmsMessageSid": self.sid,
            "AccountSid": self.account_sid,
            "From": self.from_,
            "To": self.to,
            "Body": self.body,
            "NumMedia": str(len(self.media)),
            "NumSegments": str(self.segments),
            "ReferralNumMedia": "0",
            "SmsStatus": "received",
            "ApiVersion": API_VERSION,
            **lines.place("From", self.from_),
            **lines.place("To", self.to),
        }
        if self.service_sid:
            params["MessagingServiceSid"] = self.service_sid
        return params

    def as_json(self) -> dict[str, Any]:
        """Return the Message resource in Twilio's JSON format."""
        when = format_datetime(self.at)
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        sent = None if self.status in ("queued", "accepted") else when
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": when,
            "date_sent": sent,
            "date_updated": when,
            "direction": self.direction,
            "error_code": self.error_code or None,
            "error_message": describe(self.error_code) if self.error_code else None,
            "from": self.from_ or None,
            "messaging_service_sid": self.service_sid or None,
            "num_media": str(len(self.media)),
            "num_segments": str(self.segments),
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


@dataclass(frozen=True, slots=True)
class Bubble:
    """A text as displayed on a person's phone; redacting it at the carrier does not change it.

    `source` is "reply" (a TwiML reply), "rest" (sent through the API) or "carrier" (Twilio's own reply to STOP, START
    or HELP).
    """

    sid: str
    from_: str
    body: str
    segments: int
    source: str
    at: str


def describe(code: int) -> str:
    """Return Twilio's description of a delivery error."""
    return errors.UNDELIVERED.get(code, ("", f"Error {code}"))[1]


class Ledger:
    """All texts, oldest first, and the bubbles on each phone. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: dict[str, Text] = {}
        self._bubbles: dict[str, list[Bubble]] = {}

    def add(self, text: Text) -> Text:
        """Store an accepted text and return it."""
        with self._lock:
            self._texts[text.sid] = text
        return text

    def get(self, sid: str) -> Text:
        """Return the text with this SID. Raises RestError 20404 if unknown or deleted."""
        with self._lock:
            text = self._texts.get(sid)
        if text is None or text.deleted:
            raise errors.RestError(20404, sid)
        return text

    def known(self, sid: str) -> bool:
        """Check whether there is a text with this SID, deleted or not."""
        with self._lock:
            return sid in self._texts

    def change(self, sid: str, how: Callable[[Text], Text]) -> Text | None:
        """Replace a text with `how(text)` and return it; return None if the SID is unknown.

        If `how` raises, nothing changes and the exception propagates.
        """
        with self._lock:
            if sid not in self._texts:
                return None
            self._texts[sid] = how(self._texts[sid])
            return self._texts[sid]

    def redact(self, sid: str) -> Text | None:
        """Empty the text's body. Raises RestError 20009 while delivery is in progress."""
        return self.change(sid, lambda text: replace(_finished(text), body=""))

    def delete(self, sid: str) -> None:
        """Delete the text for the REST API. Raises RestError 20009 while delivery is in progress."""
        self.change(sid, lambda text: replace(_finished(text), body="", deleted=True))

    def all(self) -> list[Text]:
        """Return every accepted text, oldest first, including deleted ones."""
        with self._lock:
            return list(self._texts.values())

    def show(self, text: Text, source: str) -> None:
        """Show a text on its recipient's phone."""
        when = datetime.now(UTC).isoformat()
        bubble = Bubble(text.sid, text.from_, text.body, text.segments, source, when)
        with self._lock:
            self._bubbles.setdefault(text.to, []).append(bubble)

    def bubbles(self, number: str) -> list[Bubble]:
        """Return all bubbles on this phone, oldest first."""
        with self._lock:
            return list(self._bubbles.get(number, ()))

    def clear(self) -> None:
        """Remove all texts and bubbles."""
        with self._lock:
            self._texts.clear()
            self._bubbles.clear()


def _finished(text: Text) -> Text:
    if text.status not in FINAL:
        raise errors.RestError(20009, text.sid)
    return text


def written(sid: str, account_sid: str, *, from_: str, to: str, body: str) -> Text:
    """Create an inbound text with the current time and the status received."""
    count = gsm7.segments(body)
    return Text(sid, account_sid, from_, to, body, "inbound", ("received",), datetime.now(UTC), count)
