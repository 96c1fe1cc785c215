"""What carriers must have approved before our texts arrive: the A2P 10DLC campaign, the toll-free verification, and the
countries that the account may text.

Rule: only states and codes are read; nothing that the center wrote about itself in its application.
Source: twilio.com/docs/messaging/api/usapptoperson-resource, .../tollfree-verification-resource, and the client's
`accounts.v1.messaging_geopermissions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from hotline.carrier.account import asking
from hotline.carrier.client import open_client
from hotline.config.settings import Settings


class Standing(StrEnum):
    """How far an application is."""

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
"""The carrier's words that end a wait. All others are a wait."""


@dataclass(frozen=True, slots=True)
class Registered:
    """How far an application is, and the carrier's code for a rejection (0 for none)."""

    standing: Standing
    code: int = 0


NOT_APPLIED: Final = Registered(Standing.NONE)


class Registration:
    """What is registered for the account of these settings. All raise NotTold."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)

    def campaign(self, service_sid: str) -> Registered:
        """Return how far the A2P 10DLC campaign of a Messaging Service is."""
        with asking():
            listed = self._client.messaging.v1.services(service_sid).us_app_to_person.list(limit=20)
        return _best(
            Registered(_standing(each.campaign_status), _first_code(each.errors or ())) for each in listed
        )

    def toll_free(self, number_sid: str) -> Registered:
        """Return how far the verification of a toll-free number is."""
        with asking():
            listed = self._client.messaging.v1.tollfree_verifications.list(
                tollfree_phone_number_sid=number_sid, limit=20
            )
        return _best(Registered(_standing(each.status), int(each.error_code or 0)) for each in listed)

    def may_text(self, country: str) -> bool:
        """Return whether the account may text numbers of a country, by its code of two letters."""
        with asking():
            found: Any = self._client.accounts.v1.messaging_geopermissions.fetch(country_code=country)
        return any(each.get("enabled") is True for each in found.permissions or ())


def _standing(status: object) -> Standing:
    return STANDINGS.get(str(status), Standing.WAITS)


def _first_code(errors: Any) -> int:
    return next((int(each["error_code"]) for each in errors if each.get("error_code")), 0)


def _best(found: Any) -> Registered:
    """The one that is furthest: an application that was rejected may have been made again."""
    order = (Standing.APPROVED, Standing.WAITS, Standing.REJECTED)
    return min(found, key=lambda each: order.index(each.standing), default=NOT_APPLIED)
