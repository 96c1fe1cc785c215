"""Addresses on channels that a carrier delivers besides texts and calls: WhatsApp and RCS.

Rule: a person is identified by their phone number on every channel. Our own address in a conversation determines
      its channel, so what is stored about a person contains only the number.

Source: twilio.com/docs/whatsapp/api, twilio.com/docs/rcs.
"""

from __future__ import annotations

from typing import Final

WHATSAPP: Final = "whatsapp:"
RCS: Final = "rcs:"
SCHEMES: Final = (WHATSAPP, RCS)


def scheme_of(address: str) -> str:
    """Return the prefix of an address: that of WhatsApp or RCS, or "" for a phone number."""
    return address.partition(":")[0] + ":" if address.startswith(SCHEMES) else ""


def number_of(address: str) -> str:
    """Return an address without its prefix: a person's phone number, or the name of an RCS agent."""
    return address.removeprefix(scheme_of(address))


def addressed(number: str, ours: str) -> str:
    """Return the address of a phone number on the channel of `ours`."""
    return scheme_of(ours) + number
