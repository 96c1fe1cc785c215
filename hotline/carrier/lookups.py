"""Line type of a number by Twilio Lookup.

Each look-up costs money, so the store caches the result and allows one at a time per number. Source:
twilio.com/docs/lookup/v2-api/line-type-intelligence.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException

from hotline.carrier.client import open_client
from hotline.config.settings import Settings
from hotline.conversation.model.events import LineType

LINES: dict[str, LineType] = {
    "mobile": LineType.TEXTS,
    "nonFixedVoip": LineType.TEXTS,
    "landline": LineType.LANDLINE,
    "tollFree": LineType.LANDLINE,
    "pager": LineType.LANDLINE,
    "voicemail": LineType.LANDLINE,
    "premium": LineType.LANDLINE,
    "sharedCost": LineType.LANDLINE,
    "uan": LineType.LANDLINE,
}
"""Twilio's line types. Others are uncertain (fixedVoip, personal, unknown) or new: ask the person."""


class NotLookedUp(Exception):
    """The look-up failed. Has Twilio's code, or 0, and never its message, which contains the number."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


class Lookups:
    """Twilio Lookup. One per process; fork-safe."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)

    def line_type(self, number: str) -> LineType:
        """Return the type of a line; UNSURE if Twilio does not know either. Raises NotLookedUp."""
        try:
            found = self._client.lookups.v2.phone_numbers(number).fetch(fields="line_type_intelligence")
        except TwilioRestException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return LineType.UNSURE  # unknown to Twilio, and yet it called us
            raise NotLookedUp(error.code or 0) from None
        except (TwilioException, requests.RequestException):
            raise NotLookedUp(0) from None
        known = cast("dict[str, Any]", found.line_type_intelligence or {})
        return LINES.get(known.get("type") or "", LineType.UNSURE)
