"""The carrier whose wire format the line speaks, determined by the kind of its account id.

SignalWire's cXML ("LaML") is TwiML with different ids, a different signature header and key, and another base URL.
Source: developer.signalwire.com/guides/webhook-security, .../rest/compatibility-api.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

TWILIO_ACCOUNT: Final = re.compile(r"AC[0-9a-f]{32}")
SIGNALWIRE_PROJECT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

LAML: Final = "/api/laml"
"""Path of SignalWire's copy of Twilio's REST API, before the version."""

HEADERS: Final = ("X-Twilio-Signature", "X-SignalWire-Signature")


class Wire(StrEnum):
    """A carrier whose wire format is known."""

    TWILIO = "twilio"
    SIGNALWIRE = "signalwire"

    @property
    def signature_header(self) -> str:
        """The name of the header with the signature of its webhooks."""
        return HEADERS[self is Wire.SIGNALWIRE]


def wire_of(account: str) -> Wire:
    """Return the carrier that an account id belongs to."""
    return Wire.SIGNALWIRE if SIGNALWIRE_PROJECT.fullmatch(account) else Wire.TWILIO


def base_of(url: str, wire: Wire) -> str:
    """Return the base URL of the REST API, from TWILIO_API_BASE_URL; "" for the library's own.

    A SignalWire space may be given with or without the path of its API.
    """
    if wire is Wire.TWILIO or not url:
        return url
    return space_of(url) + LAML


def space_of(url: str) -> str:
    """Return the URL of a SignalWire space without the path of its API."""
    return url.removesuffix("/2010-04-01").removesuffix(LAML)
