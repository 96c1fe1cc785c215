"""WhatsApp and RCS addresses, and WhatsApp's 24-hour window and templates.

Source: https://www.twilio.com/docs/whatsapp/key-concepts, .../docs/content/using-variables-with-content-api
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from devtools.twilio_sim.account import Account
from devtools.twilio_sim.messages import Text

WHATSAPP, RCS = "whatsapp:", "rcs:"
MOST_CHARACTERS = 1024
WINDOW = timedelta(hours=24)
"""How long after a person's WhatsApp message the account may send free-form messages."""


def scheme(address: str) -> str:
    """Return the channel prefix of an address, or "" for a phone number."""
    return next((each for each in (WHATSAPP, RCS) if address.startswith(each)), "")


def number(address: str) -> str:
    """Return an address without its prefix."""
    return address.removeprefix(scheme(address))


def our_address_for(account: Account, person: str) -> str:
    """Return the account's address on the channel of this person's address, or its first number if it has none there."""
    return next((each for each in account.numbers if scheme(each) == scheme(person)), account.number)


def is_open(texts: Iterable[Text], person: str) -> bool:
    """Check whether this person wrote within the window."""
    now = datetime.now(UTC)
    return any(
        each.from_ == person and each.direction == "inbound" and now - each.at < WINDOW for each in texts
    )


def variables_fit(given: str) -> bool:
    """Check whether ContentVariables is a JSON object of strings without line breaks, tabs or four spaces in a row."""
    variables = _read(given)
    if not isinstance(variables, dict) or not variables:
        return False
    return (
        all(
            isinstance(value, str) and value and not any(each in value for each in ("\n", "\t", "    "))
            for value in variables.values()
        )
        and len(templated(given)) <= MOST_CHARACTERS
    )


def templated(given: str) -> str:
    """Return the message that an approved template gives with these variables."""
    variables = _read(given)
    return f"From {variables.get('1', '')}: {variables.get('2', '')} Reply STOP to end."


def _read(given: str) -> Any:
    try:
        return json.loads(given)
    except ValueError:
        return None
