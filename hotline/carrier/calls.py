"""Starts calls through Twilio: to a staff phone, for a call back.

Twilio has no idempotency key for calls, so none is started twice. Source: twilio.com/docs/voice/api/call-resource.
"""

from __future__ import annotations

from typing import Final

from hotline.carrier.client import carrier_errors, open_client
from hotline.config.settings import Settings

RING_SECONDS: Final = 25
"""How long the staff phone rings: most mailboxes answer at about this time."""


class Calls:
    """The account's calls."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)
        self._numbers = tuple(each for each in settings.hotline_numbers if each.startswith("+"))
        self._usual = settings.sender

    def caller_id(self, ours: str) -> str:
        """Return the hotline number to show: `ours` if it is one that can call, else the first such."""
        return ours if ours in self._numbers else next(iter(self._numbers), self._usual)

    def start(self, to: str, ours: str, url: str, status_callback: str) -> None:
        """Ring a phone, showing `ours`; `url` is requested when it is answered. Raises CarrierError."""
        with carrier_errors():
            self._client.calls.create(
                to=to,
                from_=ours,
                url=url,
                status_callback=status_callback,
                timeout=RING_SECONDS,
            )
