"""Sends texts through Twilio, and finds out whether one was sent.

Twilio has no idempotency key for messages: after a time-out or a 5xx nobody knows. So `send` never
tries twice, and `find` looks in Twilio's own list.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from urllib3.exceptions import MaxRetryError, NewConnectionError

from hotline.carrier.client import open_client
from hotline.carrier.errors import DeliveryError, Verdict, verdict
from hotline.config.settings import Settings

LOOK_BACK = timedelta(minutes=1)
"""How far before the claim to look: Twilio's clock and ours differ."""

LOOKED_AT = 50
"""Messages to one number looked through; nobody gets that many in the minutes in question."""


INBOUND, STARTED = "inbound", "outbound-api"
"""What Twilio calls a text to us, and one that we start."""


class Messages:
    """The carrier's messages. One per process; safe to use after a fork."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)
        self._numbers = settings.hotline_numbers
        self._service = settings.twilio_messaging_service_sid

    def send(self, to: str, body: str, status_callback: str, ours: str = "") -> str:
        """Send one text; return Twilio's id for it. Raises DeliveryError. It comes from `ours`, the number that the
        person knows, and that their STOP counts for at Twilio; from the first one when that is no longer ours. A
        Messaging Service keeps to a person's number by itself.
        """
        from_ = ours if ours in self._numbers else self._numbers[0]
        sender = {"messaging_service_sid": self._service} if self._service else {"from_": from_}
        try:
            sid: str | None = self._client.messages.create(
                to=to, body=body, status_callback=status_callback, **sender
            ).sid
        except TwilioRestException as error:
            raise DeliveryError(verdict(error.code or 0, error.status), error.code or 0) from None
        except (requests.ConnectionError, requests.Timeout) as error:
            raise DeliveryError(_cut_off(error), 0) from None
        except (TwilioException, requests.RequestException):
            raise DeliveryError(Verdict.UNKNOWN, 0) from None
        if sid is None:
            raise DeliveryError(Verdict.UNKNOWN, 0)
        return sid

    def find(self, to: str, ours: Callable[[str], bool], since: datetime) -> str | None:
        """Return the id of a message that went to this number since then, and whose body is `ours`; None when there is
        none. Raises DeliveryError: LATER when the carrier cannot be asked, UNKNOWN when it cannot be told, for a text
        of ours is listed without its words (redacted), or for there are more than LOOKED_AT.
        """
        # Without a filter by date: the only one goes by date_sent, and a text that is still queued has none.
        try:
            listed = self._client.messages.list(to=to, limit=LOOKED_AT)
        except (TwilioException, requests.RequestException):
            raise DeliveryError(Verdict.LATER, 0) from None
        after = since - LOOK_BACK
        since_then = [each for each in listed if each.date_created is None or each.date_created >= after]
        left = [each for each in since_then if each.direction != INBOUND]
        found: str | None = next((each.sid for each in left if each.body and ours(each.body)), None)
        if found:
            return found
        if len(since_then) == LOOKED_AT or any(not each.body and each.direction == STARTED for each in left):
            raise DeliveryError(Verdict.UNKNOWN, 0)
        return None


def letters(body: str) -> str:
    """Return the letters and digits of a text alone. Twilio's Smart Encoding puts other quotes, dashes and blanks in the
    place of ours; these it leaves.
    """
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", body)))


def _cut_off(error: requests.RequestException) -> Verdict:
    """Whether the request can have reached the carrier: not when no connection was made."""
    cause = error.args[0] if error.args else None
    refused = isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    return Verdict.LATER if refused or isinstance(error, requests.ConnectTimeout) else Verdict.UNKNOWN
