"""Phone numbers, line types, and opt-out keywords.

Rule: every number is a mobile unless set otherwise.
"""

from __future__ import annotations

import re
from enum import StrEnum

ANONYMOUS = "anonymous"
"""The From value that Twilio sends when the caller hides the number."""

HIDDEN_AS = (ANONYMOUS, "+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "+17378742833")
"""The From values of a hidden number.

The word "anonymous", or ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE spelled on a phone's keypad, in the US
also after +1. Source: Twilio's changelog of November 16, 2022.
"""

NORTH_AMERICAN = re.compile(r"\+1(?!555|.11)[2-9]\d{2}(?!.11)[2-9]\d{6}")
ELSEWHERE = re.compile(r"\+[2-9]\d{6,14}")

OPT_OUT = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
OPT_IN = frozenset({"START", "YES", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})
"""Twilio's default keywords. They must be the whole text, in any case.

https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
"""

STOPPED_WORDS = (
    "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe."
)
STARTED_WORDS = (
    "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
)
HELP_WORDS = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."

PLACES: dict[str, tuple[str, str, str]] = {
    "202": ("WASHINGTON", "DC", "20001"),
    "212": ("NEW YORK", "NY", "10001"),
    "213": ("LOS ANGELES", "CA", "90001"),
    "305": ("MIAMI", "FL", "33101"),
    "312": ("CHICAGO", "IL", "60601"),
    "512": ("AUSTIN", "TX", "78701"),
    "617": ("BOSTON", "MA", "02101"),
}
"""Area code -> (city, state, zip). For others the parameters are empty, as Twilio's are for unknown places."""


class LineKind(StrEnum):
    """The type of a phone line. All but ANONYMOUS are Twilio's line types."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    FIXED_VOIP = "fixedVoip"
    NON_FIXED_VOIP = "nonFixedVoip"
    TOLL_FREE = "tollFree"
    UNKNOWN = "unknown"
    ANONYMOUS = "anonymous"
    """The caller hides the number: calls come from one of HIDDEN_AS, and texts are impossible."""


def valid(number: str) -> bool:
    """Check whether `number` is valid: E.164, and in North America a possible area code."""
    return bool(NORTH_AMERICAN.fullmatch(number) or ELSEWHERE.fullmatch(number))


def place(prefix: str, number: str) -> dict[str, str]:
    """Return Twilio's City, State, Zip and Country parameters of a number, prefixed with `prefix`."""
    city, state, code = PLACES.get(number[2:5], ("", "", "")) if number.startswith("+1") else ("", "", "")
    country = "US" if number.startswith("+1") else ""
    return {
        f"{prefix}City": city,
        f"{prefix}State": state,
        f"{prefix}Zip": code,
        f"{prefix}Country": country,
    }
