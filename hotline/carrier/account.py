"""Read and configure our Twilio account, for `hotline doctor` and `hotline connect`.

Covers the account's status, and the webhooks of its numbers and Messaging Service, compared with those we want.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hotline.carrier.client import carrier_errors, open_client
from hotline.channels.addresses import METHOD, SERVICE_FIELDS, SERVICE_METHODS, Address, wanted
from hotline.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Number:
    """One of our numbers at the carrier: its capabilities and webhooks.

    `webhooks` has the carrier's field names (`channels.addresses`), with "sms_url_method" and the like.
    `elsewhere` names what overrides the webhooks, such as a SIP trunk.
    """

    sid: str
    number: str
    capabilities: Mapping[str, bool]
    webhooks: Mapping[str, str]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessagingService:
    """Our Messaging Service at the carrier.

    `webhooks` are those for texts that it sets instead of its numbers, with the keys of `Number.webhooks`; empty if it
    leaves them to the numbers. `senders` are the sids of the numbers that it sends from.
    """

    webhooks: Mapping[str, str]
    senders: frozenset[str]


class Account:
    """The account of these settings. All methods raise CarrierError."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)
        self._sid = settings.twilio_account_sid

    def state(self) -> tuple[str, str]:
        """Return the account's status, such as active or suspended, and its type, Full or Trial."""
        with carrier_errors():
            found = self._client.api.v2010.accounts(self._sid).fetch()
        return str(found.status), str(found.type)

    def number(self, number: str) -> Number | None:
        """Return the configuration of a number; None if the account does not own the number."""
        with carrier_errors():
            listed = self._client.incoming_phone_numbers.list(phone_number=number, limit=20)
        found = next((each for each in listed if each.phone_number == number), None)
        return None if found is None else _number(found)

    def service(self, sid: str) -> MessagingService:
        """Return the configuration of a Messaging Service."""
        service = self._client.messaging.v1.services(sid)
        with carrier_errors():
            found, numbers = service.fetch(), service.phone_numbers.list(page_size=400)
        return MessagingService(_service_webhooks(found), frozenset(str(each.sid) for each in numbers))

    def set_number(self, sid: str, webhooks: Iterable[Address]) -> None:
        """Set webhooks of the number with this sid, to be requested by METHOD."""
        fields = {address.field: address.url for address in webhooks}
        fields |= {_method(field): METHOD for field in fields}
        with carrier_errors():
            self._client.incoming_phone_numbers(sid).update(**fields)

    def set_service(self, sid: str, webhooks: Sequence[Address]) -> None:
        """Set webhooks of a Messaging Service for texts; raises KeyError outside SERVICE_FIELDS."""
        fields = {SERVICE_FIELDS[address.field]: address.url for address in webhooks}
        methods = {SERVICE_METHODS[address.field]: METHOD for address in webhooks}
        with carrier_errors():
            self._client.messaging.v1.services(sid).update(**fields, **methods)

    def add_sender(self, service_sid: str, number_sid: str) -> None:
        """Add a number to the senders of a Messaging Service."""
        with carrier_errors():
            self._client.messaging.v1.services(service_sid).phone_numbers.create(phone_number_sid=number_sid)


ELSEWHERE: Final = {
    "SIP trunk": "trunk_sid",
    "TwiML app for texts": "sms_application_sid",
    "TwiML app for calls": "voice_application_sid",
}
"""Settings that override a number's webhooks, and the field with their sid."""


def _method(field: str) -> str:
    return f"{field.removesuffix('_url')}_method"


def _service_webhooks(found: Any) -> dict[str, str]:
    if found.use_inbound_webhook_on_number:
        return {}
    webhooks = {ours: getattr(found, theirs) or "" for ours, theirs in SERVICE_FIELDS.items()}
    methods = {f"{ours}_method": getattr(found, theirs) or "" for ours, theirs in SERVICE_METHODS.items()}
    return webhooks | methods


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


@dataclass(frozen=True, slots=True)
class Difference:
    """A webhook whose setting differs from the one we need.

    `set_now` is the current URL ("" for none), `method` how the carrier requests it, and `in_service` means
    that the Messaging Service has it instead of the number.
    """

    address: Address
    set_now: str
    method: str
    in_service: bool

    def __str__(self) -> str:
        name = f'"{self.address.console}"'
        if not self.set_now:
            return f"{name} is not set"
        if self.set_now == self.address.url:
            return f"{name} is requested by {self.method}, not by {METHOD}"
        if self.set_now.partition("#")[0] == self.address.url.partition("#")[0]:
            return f"{name} does not say when to retry (the part after #), so a text that arrives during a restart is lost"
        # a query may contain a secret of the number's previous owner
        return f"{name} is {self.set_now.partition('?')[0]}"


def differences(number: Number, in_service: Mapping[str, str], base_url: str) -> Iterator[Difference]:
    """Yield each webhook of a number that differs from those for `base_url` (PUBLIC_BASE_URL).

    Webhooks of a Messaging Service (`in_service`) override those of the number.
    """
    webhooks = {**number.webhooks, **in_service}
    for address in wanted(base_url):
        set_now = webhooks.get(address.field, "")
        method = (webhooks.get(f"{address.field}_method") or METHOD).upper()
        if set_now != address.url or method != METHOD:
            yield Difference(address, set_now, method, address.field in in_service)
