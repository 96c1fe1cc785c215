"""How the text of a setting becomes a value.

Rule 1: each function takes the text, without blanks around it and not empty, and returns the value.
Rule 2: or it raises ValueError, whose message goes on after "it" and says what would be right:
"must be a whole number from 1 to 65535". The message never repeats the text; it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")
PROJECT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""What SignalWire has in place of an account's SID."""

OTHER_CHANNELS = ("whatsapp:", "rcs:", "messenger:")
"""How addresses begin of channels that Twilio's wire carries besides texts and calls."""

API_KEY_SID = re.compile(r"SK[0-9a-f]{32}")
MESSAGING_SERVICE_SID = re.compile(r"MG[0-9a-f]{32}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""ITU-T E.164: a plus, a country code that does not begin with 0, at most 15 digits in all."""

SHORT_CODE = re.compile(r"[2-9][0-9]{4,5}")
"""Five or six digits that carriers lease in the US. It sends and takes texts; nobody can call it."""

SHORTEST_SECRET: Final = 32
"""HOTLINE_SECRET keys an HMAC-SHA-256 over phone numbers. They are few enough to try them all, so
the key alone protects them: 32 characters are at least 128 bits however it was made."""

SHORTEST_PASSWORD: Final = 12
"""DESK_PASSWORD is made up by a person, and the desk slows guesses down to a few a minute: three common
words are beyond that."""

SHORTEST_TOKEN: Final = 16
"""METRICS_TOKEN is tried by whoever finds the page, as fast as the web answers."""

SHORTEST_KEY: Final = 16
"""TWILIO_WEBHOOK_KEY is made by Twilio, and far longer; a shorter one was cut when it was copied."""

MOST_KEYS: Final = 2

MOST_WEB_PROCESSES: Final = 64
"""More than any machine for this service has use for; catches a slip such as 200."""

FASTEST_PACE: Final = 1000
"""Segments a second: more than any US carrier takes from a number."""

MOST_SEGMENTS: Final = 1_000_000
"""Of a budget. More would cost over ten thousand dollars."""

LONGEST_NAME: Final = 60
"""HOTLINE_NAME and CENTER_NAME are in many texts; a longer one costs a segment (153 characters) more."""


def matching(pattern: re.Pattern[str], right: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"must be {right}")
        return value

    return parse


def account_sid(value: str) -> str:
    if PROJECT_ID.fullmatch(value):
        raise ValueError(
            "must be AC and 32 hex digits: SignalWire's accounts, with their own ids and signature, are not served yet. Another "
            "carrier is, that gives SIDs and signs as Twilio does (TWILIO_API_BASE_URL)"
        )
    return matching(ACCOUNT_SID, "AC and 32 hex digits")(value)


def number(value: str) -> str:
    if value.lower().startswith(OTHER_CHANNELS):
        raise ValueError(
            "must be a phone number for texts and calls: WhatsApp, RCS and Messenger are not served yet"
        )
    if not E164.fullmatch(value):
        raise ValueError("must be a number with its country code and nothing else, such as +15105550100")
    return value


def numbers(value: str) -> tuple[str, ...]:
    """What the line is reached at: numbers, and short codes for texts."""
    return tuple(
        one if SHORT_CODE.fullmatch(one) else number(one) for one in map(str.strip, value.split(","))
    )


def name(value: str) -> str:
    if len(value) > LONGEST_NAME or not value.isprintable():
        raise ValueError(f"must be one line of at most {LONGEST_NAME} characters")
    return value


def secret(value: str) -> str:
    if len(value) < SHORTEST_SECRET:
        raise ValueError(f"must be {SHORTEST_SECRET} or more random characters: openssl rand -hex 32")
    return value


def password(value: str) -> str:
    if len(value) < SHORTEST_PASSWORD:
        raise ValueError(
            f"must have {SHORTEST_PASSWORD} or more characters, such as four words that do not belong together"
        )
    return value


def token(value: str) -> str:
    if len(value) < SHORTEST_TOKEN:
        raise ValueError(f"must be {SHORTEST_TOKEN} or more random characters: openssl rand -hex 16")
    return value


def keys(value: str) -> tuple[str, ...]:
    found = tuple(one.strip() for one in value.split(","))
    if len(found) > MOST_KEYS or not all(len(one) >= SHORTEST_KEY for one in found):
        raise ValueError(
            f"must be a key of {SHORTEST_KEY} or more characters, or two with a comma while it is changed"
        )
    return found


def web_url(value: str) -> str:
    """An address without its last slash. Plain http only on this machine: the forms hold numbers."""
    right = "must be an address such as https://hotline.example.org (http only for 127.0.0.1 or localhost)"
    try:
        url = urlsplit(value)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise ValueError(right) from None
    well_formed = bool(host) and "_" not in host and port != 0 and "@" not in url.netloc
    private = url.scheme == "https" or (url.scheme == "http" and is_loopback(host))
    if not (well_formed and private) or url.query or url.fragment:
        raise ValueError(right)
    return value.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether an address or a name is this machine's own, which no other reaches."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def redis_url(value: str) -> str:
    right = "must be redis://host:port/0, rediss://... or unix:///path/to/socket"
    try:
        url = urlsplit(value)
        place = url.path if url.scheme == "unix" else url.hostname
    except ValueError:
        raise ValueError(right) from None
    if url.scheme not in {"redis", "rediss", "unix"} or not place:
        raise ValueError(right)
    return value


def folder(value: str) -> Path:
    folder = Path(value)
    if not folder.is_dir():
        raise ValueError("must name a folder that exists")
    return folder


def time_zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (KeyError, OSError, ValueError):  # which one depends on how the name is wrong
        raise ValueError("must be a time zone such as America/Los_Angeles") from None


def host(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        raise ValueError("must be an IP address: 127.0.0.1, or 0.0.0.0 for every network") from None


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return parse


def one_of(*right: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.lower() not in right:
            raise ValueError(f"must be {' or '.join(right)}")
        return value.lower()

    return parse


def log_format(value: str) -> str:
    form = value.lower()
    if form not in {"auto", "json", "text"}:
        raise ValueError("must be json, text or auto")
    return form


def log_level(value: str) -> str:
    level = value.lower()
    if level not in {"debug", "info", "warning", "error"}:
        raise ValueError("must be debug, info, warning or error")
    return level
