"""The webhook URLs to set for the line's number at the carrier, for the README, `doctor` and `connect`.

Rule: the fragment after `#` tells Twilio when to retry; without it, a request during a restart is lost.
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
    """A webhook: its field of Twilio's number, its name in the console, and the URL."""

    field: str
    console: str
    url: str


def wanted(base_url: str) -> tuple[Address, ...]:
    """Return the webhooks a number needs, with PUBLIC_BASE_URL as `base_url`; all use METHOD."""
    return (
        Address("sms_url", "A message comes in", f"{base_url}{TEXT}"),
        Address("sms_fallback_url", "A message comes in, fallback", f"{base_url}{TEXT_FALLBACK}"),
        Address("voice_url", "A call comes in", f"{base_url}{CALL}"),
        Address("voice_fallback_url", "A call comes in, fallback", f"{base_url}{CALL_FALLBACK}"),
        Address("status_callback", "Call status changes", f"{base_url}{CALL_ENDED}"),
    )


SERVICE_FIELDS: Final = {"sms_url": "inbound_request_url", "sms_fallback_url": "fallback_url"}
"""A Messaging Service's fields for the text webhooks, unless it defers to the number's webhooks."""

SERVICE_METHODS: Final = {"sms_url": "inbound_method", "sms_fallback_url": "fallback_method"}
"""A Messaging Service's fields for the method of each text webhook."""
