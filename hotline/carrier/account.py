"""What the carrier tells of our account: whether it is active, which webhooks its numbers have. For `hotline doctor`.

Rule: a refusal is told by its code and HTTP status, never in the carrier's words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from twilio.base.exceptions import TwilioException

from hotline.carrier.client import code_and_status, open_client
from hotline.channels.addresses import SERVICE_FIELDS
from hotline.config.settings import Settings


class NotTold(Exception):
    """The carrier did not tell. `code` is its own and `status` that of HTTP; both are 0 when it did not answer."""

    def __init__(self, code: int = 0, status: int = 0) -> None:
        self.code, self.status = code, status
        super().__init__(f"{status} {code}")


@dataclass(frozen=True, slots=True)
class Number:
    """One of our numbers as the carrier has it: what it can do, and its webhooks by the carrier's names for them
    (`channels.addresses`), with "sms_url_method" and the like. `elsewhere` names what else handles it, such as a SIP
    trunk, for which the carrier passes its webhooks over.
    """

    number: str
    capabilities: Mapping[str, bool]
    webhooks: Mapping[str, str]
    elsewhere: tuple[str, ...]


class Account:
    """The account of these settings. All raise NotTold."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)
        self._sid = settings.twilio_account_sid

    def state(self) -> tuple[str, str]:
        """Return its status, such as active or suspended, and its type, Full or Trial."""
        with _told():
            found = self._client.api.v2010.accounts(self._sid).fetch()
        return str(found.status), str(found.type)

    def number(self, number: str) -> Number | None:
        """Return what it has set for a number, None where the number is not the account's."""
        with _told():
            listed = self._client.incoming_phone_numbers.list(phone_number=number, limit=20)
        found = next((each for each in listed if each.phone_number == number), None)
        return None if found is None else _number(found)

    def service_webhooks(self, sid: str) -> Mapping[str, str]:
        """Return the webhooks for texts that a Messaging Service has in place of its numbers'; none where it leaves
        them to the numbers.
        """
        with _told():
            found = self._client.messaging.v1.services(sid).fetch()
        if found.use_inbound_webhook_on_number:
            return {}
        webhooks = {ours: getattr(found, theirs) or "" for ours, theirs in SERVICE_FIELDS.items()}
        methods = {"sms_url_method": found.inbound_method, "sms_fallback_url_method": found.fallback_method}
        return {**webhooks, **{name: method or "" for name, method in methods.items()}}


def _number(found: Any) -> Number:
    fields = ("sms_url", "sms_fallback_url", "voice_url", "voice_fallback_url", "status_callback")
    methods = {field: f"{field.removesuffix('_url')}_method" for field in fields}
    others = {"SIP trunk": found.trunk_sid, "TwiML app for texts": found.sms_application_sid}
    others["TwiML app for calls"] = found.voice_application_sid
    return Number(
        number=found.phone_number,
        capabilities={str(name): bool(can) for name, can in dict(found.capabilities or {}).items()},
        webhooks={
            **{field: getattr(found, field) or "" for field in fields},
            **{f"{field}_method": getattr(found, method) or "" for field, method in methods.items()},
        },
        elsewhere=tuple(name for name, sid in others.items() if sid),
    )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except TwilioException as error:
        raise NotTold(*code_and_status(error)) from None
    except requests.RequestException:
        raise NotTold from None
