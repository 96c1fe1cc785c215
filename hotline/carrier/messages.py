"""Send texts through Twilio, and check whether one was sent.

Twilio has no idempotency key for messages: after a timeout or a 5xx the result is unknown. So `send` never
retries, and `find` searches Twilio's own list.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests
from twilio.base.exceptions import TwilioException
from urllib3.exceptions import MaxRetryError, NewConnectionError

from hotline.carrier.client import NO_ANSWER, CarrierError, carrier_errors, code_and_status, open_client
from hotline.carrier.errors import DeliveryError, Verdict, verdict
from hotline.config.schemes import addressed, scheme_of
from hotline.config.settings import Settings

LOOK_BACK = timedelta(minutes=1)
"""How far before the claim to search: Twilio's clock and ours differ."""

LOOKED_AT = 50
"""How many messages to one number are searched: more than anyone gets in the minutes in question."""


INBOUND, STARTED = "inbound", "outbound-api"
"""Twilio's names for an incoming text, and for one that we initiate."""


@dataclass(frozen=True, slots=True)
class Template:
    """A WhatsApp template that was approved (`sid`, HX...), with its variables {{1}}, {{2}}, ...

    Source: twilio.com/docs/content/using-variables-with-content-api.
    """

    sid: str
    variables: tuple[str, ...]

    @property
    def fields(self) -> dict[str, str]:
        """Return the fields of a request that replace the body."""
        numbered = {str(n): value for n, value in enumerate(self.variables, 1)}
        return {"content_sid": self.sid, "content_variables": json.dumps(numbered, ensure_ascii=False)}


class Messages:
    """The carrier's messages. One per process; fork-safe."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)
        self._numbers, self._usual = settings.hotline_numbers, settings.sender
        self._service = settings.twilio_messaging_service_sid

    def send(
        self, to: str, body: str, status_callback: str, ours: str = "", template: Template | None = None
    ) -> str:
        """Send a text to a phone number and return the carrier's id for it. Raises DeliveryError.

        It is sent from `ours`, the address that the person knows and that their STOP applies to at Twilio,
        and so on its channel; or from another one on that channel if it is no longer ours. If we have none
        there, nothing is sent: the person consented to that channel. A Messaging Service picks a person's
        usual number itself. A `template` replaces the body.
        """
        from_ = self._sender(ours)
        if from_ is None:
            raise DeliveryError(Verdict.PERMANENT, 0)
        by_service = self._service and not scheme_of(from_)
        sender = {"messaging_service_sid": self._service} if by_service else {"from_": from_}
        words = template.fields if template else {"body": body}
        try:
            sid: str | None = self._client.messages.create(
                to=addressed(to, from_), status_callback=status_callback, **words, **sender
            ).sid
        except TwilioException as error:
            code, status = code_and_status(error)
            raise DeliveryError(verdict(code, status) if status else Verdict.UNKNOWN, code) from None
        except (requests.ConnectionError, requests.Timeout) as error:
            raise DeliveryError(_cut_off(error), 0) from None
        except NO_ANSWER:
            raise DeliveryError(Verdict.UNKNOWN, 0) from None
        if sid is None:
            raise DeliveryError(Verdict.UNKNOWN, 0)
        return sid

    def _sender(self, ours: str) -> str | None:
        """Return the address to send from: `ours` if it still is one, else another on its channel, or None."""
        if not ours:
            return self._usual
        if ours in self._numbers:
            return ours
        return next((each for each in self._numbers if scheme_of(each) == scheme_of(ours)), None)

    def find(
        self,
        to: str,
        ours: Callable[[str], bool],
        since: datetime,
        *,
        excluding: Collection[str] = (),
        templated: bool = False,
    ) -> str | None:
        """Return the id of a message to this address since then whose body is `ours`; None if there is none.

        `excluding` has the ids of texts that are known to be others.

        Raises DeliveryError: LATER if the carrier cannot be asked; UNKNOWN if the list is inconclusive,
        because one of our texts has no body (redacted), or may be a template with other words around ours
        (`templated`), or there are LOOKED_AT or more.
        """
        # No date filter: it uses date_sent, which a queued text does not have.
        try:
            with carrier_errors():
                listed = self._client.messages.list(to=to, limit=LOOKED_AT)
        except CarrierError:
            raise DeliveryError(Verdict.LATER, 0) from None
        after = since - LOOK_BACK
        since_then = [each for each in listed if each.date_created is None or each.date_created >= after]
        left = [each for each in since_then if each.direction != INBOUND and each.sid not in excluding]
        found: str | None = next((each.sid for each in left if each.body and ours(each.body)), None)
        if found:
            return found
        started = [each for each in left if each.direction == STARTED]
        if len(since_then) == LOOKED_AT or any(templated or not each.body for each in started):
            raise DeliveryError(Verdict.UNKNOWN, 0)
        return None


def letters(body: str) -> str:
    """Return only the letters and digits of a text, after NFKC normalization.

    Twilio's Smart Encoding replaces quotes, dashes and spaces, but not these.
    """
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", body)))


def _cut_off(error: requests.RequestException) -> Verdict:
    """Return UNKNOWN if the request may have reached the carrier; LATER if no connection was made."""
    cause = error.args[0] if error.args else None
    refused = isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
    return Verdict.LATER if refused or isinstance(error, requests.ConnectTimeout) else Verdict.UNKNOWN
