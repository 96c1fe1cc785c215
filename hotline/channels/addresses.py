"""The addresses that must be set for the line's number at the carrier: one table, for the README, `doctor` and whoever
sets them.

Rule: what stands behind `#` tells Twilio when to ask again; without it a request that meets a restart is lost.
Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

METHOD: Final = "POST"

TEXT: Final = "/sms#rc=3&rp=ct,rt,5xx"
TEXT_FALLBACK: Final = "/fallback/sms"
CALL: Final = "/voice#rc=2&rp=ct,5xx&ct=2000&tt=10000"
CALL_FALLBACK: Final = "/fallback/voice"
CALL_ENDED: Final = "/voice/ended#rc=5&rp=all"


@dataclass(frozen=True, slots=True)
class Address:
    """One of them: the field of Twilio's number that holds it, what the console calls it, and the URL."""

    field: str
    console: str
    url: str


def wanted(base_url: str) -> tuple[Address, ...]:
    """Return what must be set for a number, with PUBLIC_BASE_URL as `base_url`. All are asked by METHOD."""
    return (
        Address("sms_url", "A message comes in", f"{base_url}{TEXT}"),
        Address("sms_fallback_url", "A message comes in, fallback", f"{base_url}{TEXT_FALLBACK}"),
        Address("voice_url", "A call comes in", f"{base_url}{CALL}"),
        Address("voice_fallback_url", "A call comes in, fallback", f"{base_url}{CALL_FALLBACK}"),
        Address("status_callback", "Call status changes", f"{base_url}{CALL_ENDED}"),
    )


SERVICE_FIELDS: Final = {"sms_url": "inbound_request_url", "sms_fallback_url": "fallback_url"}
"""Where a Messaging Service holds those of texts, unless it leaves them to the number."""

SERVICE_METHODS: Final = {"sms_url": "inbound_method", "sms_fallback_url": "fallback_method"}
"""Where it holds the method of each."""
