"""Our account at the carrier: whether it is active, which webhooks its numbers and its Messaging Service have, and setting
them. For `hotline doctor` and `hotline connect`.

Rule: a refusal is told by its code and HTTP status, never in the carrier's words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import requests
from twilio.base.exceptions import TwilioException

from hotline.carrier.client import code_and_status, open_client
from hotline.channels.addresses import METHOD, SERVICE_FIELDS, SERVICE_METHODS, Address, wanted
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

    sid: str
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
        with asking():
            found = self._client.api.v2010.accounts(self._sid).fetch()
        return str(found.status), str(found.type)

    def number(self, number: str) -> Number | None:
        """Return what it has set for a number, None where the number is not the account's."""
        with asking():
            listed = self._client.incoming_phone_numbers.list(phone_number=number, limit=20)
        found = next((each for each in listed if each.phone_number == number), None)
        return None if found is None else _number(found)

    def service_webhooks(self, sid: str) -> Mapping[str, str]:
        """Return the webhooks for texts that a Messaging Service has in place of its numbers', by the same names as those
        of a number; none where it leaves them to the numbers.
        """
        with asking():
            found = self._client.messaging.v1.services(sid).fetch()
        if found.use_inbound_webhook_on_number:
            return {}
        webhooks = {ours: getattr(found, theirs) or "" for ours, theirs in SERVICE_FIELDS.items()}
        methods = {f"{ours}_method": getattr(found, theirs) or "" for ours, theirs in SERVICE_METHODS.items()}
        return {**webhooks, **methods}

    def senders(self, service_sid: str) -> frozenset[str]:
        """Return the sids of the numbers that a Messaging Service sends from."""
        with asking():
            listed = self._client.messaging.v1.services(service_sid).phone_numbers.list(page_size=400)
        return frozenset(str(each.sid) for each in listed)

    def set_number(self, sid: str, webhooks: Iterable[Address]) -> None:
        """Set webhooks of the number with this sid, each to be asked by METHOD."""
        fields = {address.field: address.url for address in webhooks}
        fields |= {_method(field): METHOD for field in fields}
        with asking():
            self._client.incoming_phone_numbers(sid).update(**fields)

    def set_service(self, sid: str, webhooks: Sequence[Address]) -> None:
        """Set webhooks for texts of a Messaging Service. Only those of SERVICE_FIELDS can be."""
        fields = {SERVICE_FIELDS[address.field]: address.url for address in webhooks}
        methods = {SERVICE_METHODS[address.field]: METHOD for address in webhooks}
        with asking():
            self._client.messaging.v1.services(sid).update(**fields, **methods)

    def add_sender(self, service_sid: str, number_sid: str) -> None:
        """Let a Messaging Service send from a number."""
        with asking():
            self._client.messaging.v1.services(service_sid).phone_numbers.create(phone_number_sid=number_sid)


ELSEWHERE: Final = {
    "SIP trunk": "trunk_sid",
    "TwiML app for texts": "sms_application_sid",
    "TwiML app for calls": "voice_application_sid",
}
"""What the carrier asks in place of a number's webhooks, and the field that names it."""


def _method(field: str) -> str:
    return f"{field.removesuffix('_url')}_method"


def _number(found: Any) -> Number:
    fields = tuple(address.field for address in wanted(""))
    return Number(
        sid=found.sid,
        number=found.phone_number,
        capabilities={str(name): bool(can) for name, can in dict(found.capabilities or {}).items()},
        webhooks={
            **{field: getattr(found, field) or "" for field in fields},
            **{f"{field}_method": getattr(found, _method(field)) or "" for field in fields},
        },
        elsewhere=tuple(name for name, field in ELSEWHERE.items() if getattr(found, field)),
    )


@contextmanager
def asking() -> Iterator[None]:
    """Turn a refusal of the carrier into NotTold."""
    try:
        yield
    except TwilioException as error:
        raise NotTold(*code_and_status(error)) from None
    except requests.RequestException:
        raise NotTold from None
