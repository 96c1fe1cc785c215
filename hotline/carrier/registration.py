"""Carrier approvals that our texts need: A2P 10DLC campaign, toll-free verification, allowed countries.

Rule: only statuses and codes are read; nothing that the center wrote about itself in its application.
Source: twilio.com/docs/messaging/api/usapptoperson-resource, .../tollfree-verification-resource, and the
client's `accounts.v1.messaging_geopermissions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from hotline.carrier.client import carrier_errors, code_of, open_client
from hotline.config.settings import Settings


class Standing(StrEnum):
    """Status of an application."""

    NONE = "none"
    WAITS = "waits"
    APPROVED = "approved"
    REJECTED = "rejected"


STANDINGS: Final = {
    "VERIFIED": Standing.APPROVED,
    "TWILIO_APPROVED": Standing.APPROVED,
    "FAILED": Standing.REJECTED,
    "SUSPENDED": Standing.REJECTED,
    "TWILIO_REJECTED": Standing.REJECTED,
}
"""The carrier's final statuses. All others mean that the application waits."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Status of an application, and the carrier's code for a rejection (0 for none)."""

    standing: Standing
    code: int = 0


NOT_APPLIED: Final = Registered(Standing.NONE)


class Registration:
    """Registrations of the account of these settings. All methods raise CarrierError."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)

    def campaign(self, service_sid: str) -> Registered:
        """Return the status of the A2P 10DLC campaign of a Messaging Service."""
        with carrier_errors():
            listed = self._client.messaging.v1.services(service_sid).us_app_to_person.list(limit=20)
        return _best(
            Registered(_standing(each.campaign_status), _first_code(each.errors or ())) for each in listed
        )

    def toll_free(self, number_sid: str) -> Registered:
        """Return the status of the verification of a toll-free number."""
        with carrier_errors():
            listed = self._client.messaging.v1.tollfree_verifications.list(
                tollfree_phone_number_sid=number_sid, limit=20
            )
        return _best(Registered(_standing(each.status), code_of(each.error_code)) for each in listed)

    def may_text(self, country: str) -> bool:
        """Check whether the account may text numbers of a country (two-letter code)."""
        with carrier_errors():
            found: Any = self._client.accounts.v1.messaging_geopermissions.fetch(country_code=country)
        return any(each.get("enabled") is True for each in found.permissions or ())


def _standing(status: object) -> Standing:
    return STANDINGS.get(str(status), Standing.WAITS)


def _first_code(errors: Any) -> int:
    return next(filter(None, (code_of(each.get("error_code")) for each in errors)), 0)


def _best(found: Any) -> Registered:
    """Return the application that got furthest: a rejected one may have been submitted again."""
    order = (Standing.APPROVED, Standing.WAITS, Standing.REJECTED)
    return min(found, key=lambda each: order.index(each.standing), default=NOT_APPLIED)
