"""WhatsApp and RCS addresses, WhatsApp's 24 hours, and its templates.

Source: https://www.twilio.com/docs/whatsapp/key-concepts, .../docs/content/using-variables-with-content-api
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from devtools.twilio_sim.account import Account
from devtools.twilio_sim.messages import Text

WHATSAPP, RCS = "whatsapp:", "rcs:"
MOST_CHARACTERS = 1024


def scheme(address: str) -> str:
    """Return the channel prefix of an address, or "" for a phone number."""
    return next((each for each in (WHATSAPP, RCS) if address.startswith(each)), "")


def number(address: str) -> str:
    """Return an address without its prefix."""
    return address.removeprefix(scheme(address))


def is_whatsapp(address: str) -> bool:
    """Check whether an address is on WhatsApp."""
    return scheme(address) == WHATSAPP


def at(account: Account, person: str) -> str:
    """Return the account's address on the channel of this person's address, the first number if it has none."""
    return next((each for each in account.numbers if scheme(each) == scheme(person)), account.number)


def is_open(texts: Iterable[Text], person: str, seconds: float) -> bool:
    """Check whether this person wrote within the window."""
    now = datetime.now(UTC)
    return any(
        each.from_ == person and each.direction == "inbound" and (now - each.at).total_seconds() < seconds
        for each in texts
    )


def variables_fit(given: str) -> bool:
    """Check whether ContentVariables is a JSON object of texts without line breaks, tabs and rows of blanks."""
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
    """Return a message as an approved template with these variables reads."""
    variables = _read(given)
    return f"From {variables.get('1', '')}: {variables.get('2', '')} Reply STOP to end."


def _read(given: str) -> Any:
    try:
        return json.loads(given)
    except ValueError:
        return None
