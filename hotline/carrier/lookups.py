"""Line type of a number by Twilio Lookup, or by SignalWire's.

Each look-up costs money, so the store caches the result and allows one at a time per number. Source:
twilio.com/docs/lookup/v2-api/line-type-intelligence; developer.signalwire.com/rest, Phone Number Lookup.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, cast

from hotline.carrier.client import CarrierError, carrier_errors, open_client
from hotline.config.settings import Settings
from hotline.config.wires import Wire, space_of
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


OF_SIGNALWIRE: dict[str, LineType] = {"wireless": LineType.TEXTS, "landline": LineType.LANDLINE}
"""SignalWire's line types. Others are uncertain."""


class Lookups:
    """The carrier's look-ups. One per process; fork-safe."""

    def __init__(self, settings: Settings) -> None:
        self._client = open_client(settings)
        self._space = space_of(settings.twilio_api_base_url) if settings.wire is Wire.SIGNALWIRE else ""

    def line_type(self, number: str) -> LineType:
        """Return the type of a line; UNSURE if the carrier does not know either. Raises CarrierError."""
        try:
            with carrier_errors():
                return self._of_signalwire(number) if self._space else self._of_twilio(number)
        except CarrierError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return LineType.UNSURE  # unknown to the carrier, and yet it called us
            raise

    def _of_twilio(self, number: str) -> LineType:
        found = self._client.lookups.v2.phone_numbers(number).fetch(fields="line_type_intelligence")
        known = cast("dict[str, Any]", found.line_type_intelligence or {})
        return LINES.get(known.get("type") or "", LineType.UNSURE)

    def _of_signalwire(self, number: str) -> LineType:
        url = f"{self._space}/api/relay/rest/lookup/phone_number/{number}"
        answer = self._client.request("GET", url, params={"include": "carrier"})
        if answer.status_code != HTTPStatus.OK:
            raise CarrierError(answer.status_code, answer.status_code)
        found = json.loads(answer.text)
        carrier = found.get("carrier") if isinstance(found, dict) else None
        kind = carrier.get("linetype") if isinstance(carrier, dict) else None
        return OF_SIGNALWIRE.get(str(kind), LineType.UNSURE)
