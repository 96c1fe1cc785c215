"""Parsers of the settings' values.

Rule 1: each function takes a non-empty text without surrounding whitespace, and returns the value.
Rule 2: or it raises ValueError, whose message continues a sentence after "it" and says what the value must be:
        "must be a whole number from 1 to 65535". The message never repeats the text, which may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from hotline.config.redis_address import RedisAddress, Topology
from hotline.config.schemes import RCS, SCHEMES, WHATSAPP
from hotline.config.wires import SIGNALWIRE_PROJECT, TWILIO_ACCOUNT

OTHER_CHANNELS = (*SCHEMES, "messenger:")
"""Address prefixes of channels that Twilio carries besides texts and calls."""

RCS_AGENT = re.compile(r"[A-Za-z0-9_-]{1,100}")
CONTENT_SID = re.compile(r"HX[0-9a-f]{32}")
LANGUAGE = re.compile(r"[a-z]{2}")

API_KEY_SID = re.compile(r"SK[0-9a-f]{32}")
MESSAGING_SERVICE_SID = re.compile(r"MG[0-9a-f]{32}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""ITU-T E.164: a plus, a country code that does not begin with 0, at most 15 digits in all."""

CENTS = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
SHORT_CODE = re.compile(r"[2-9][0-9]{4,5}")
"""Matches five or six digits, which US carriers lease for texts only."""

SHORTEST_SECRET: Final = 32
"""Minimum characters of HOTLINE_SECRET: at least 128 bits in any encoding.

It keys an HMAC-SHA-256 over phone numbers, which are few enough to try all of them.
"""

SHORTEST_PASSWORD: Final = 12
"""Minimum characters of DESK_PASSWORD: about three common words; the desk throttles guesses."""

SHORTEST_TOKEN: Final = 16
"""Minimum characters of METRICS_TOKEN: guesses are limited only by how fast the web responds."""

SHORTEST_KEY: Final = 16
"""Minimum characters of TWILIO_WEBHOOK_KEY. Twilio's are far longer, so a shorter one was truncated."""

MOST_KEYS: Final = 2

MOST_WEB_PROCESSES: Final = 64
"""More than any machine for this service can use; catches a typo such as 200."""

FASTEST_PACE: Final = 1000
"""Segments per second: more than any US carrier accepts from a number."""

MOST_SEGMENTS: Final = 1_000_000
"""Maximum budget in segments. More would cost over ten thousand dollars."""

ONE_FOR_THE_QUEUE: Final = "one Redis (redis://host:port/0), or one with Sentinel (redis+sentinel://...)"

LONGEST_NAME: Final = 60
"""Maximum characters of HOTLINE_NAME and CENTER_NAME; longer ones add a segment (153) to many texts."""

RIGHT_LINE: Final = f"must be one line of at most {LONGEST_NAME} characters"
RIGHT_NUMBER: Final = "must be a number with its country code and nothing else, such as +15105550100"
RIGHT_CHANNEL: Final = "must be a phone number; WhatsApp and RCS are for HOTLINE_NUMBER only"


def matching(right: str, *patterns: re.Pattern[str]) -> Callable[[str], str]:
    """Return a parser of texts that match one of the patterns; `right` completes "must be"."""

    def parse(value: str) -> str:
        if not any(pattern.fullmatch(value) for pattern in patterns):
            raise ValueError(f"must be {right}")
        return value

    return parse


account_sid: Final = matching(
    "AC and 32 hex digits or, with SignalWire, the Project ID, such as 5a1b2c3d-...",
    TWILIO_ACCOUNT,
    SIGNALWIRE_PROJECT,
)
messaging_service: Final = matching(
    "MG and 32 hex digits or, with SignalWire, the ID of a number group",
    MESSAGING_SERVICE_SID,
    SIGNALWIRE_PROJECT,
)
api_key: Final = matching("SK and 32 hex digits", API_KEY_SID)


def number(value: str) -> str:
    """Return the value if it is a number in E.164. Raise ValueError."""
    if value.lower().startswith(OTHER_CHANNELS):
        raise ValueError(RIGHT_CHANNEL)
    if not E164.fullmatch(value):
        raise ValueError(RIGHT_NUMBER)
    return value


def numbers(value: str) -> tuple[str, ...]:
    """Parse addresses of the line, separated by commas. Raise ValueError.

    Short codes, and WhatsApp and RCS senders, are for texts only.
    """
    return tuple(_address(one) for one in map(str.strip, value.split(",")))


def _address(value: str) -> str:
    scheme = value.partition(":")[0].lower() + ":"
    if scheme == WHATSAPP:
        return WHATSAPP + number(value[len(WHATSAPP) :])
    if scheme == RCS:
        if RCS_AGENT.fullmatch(value[len(RCS) :]):
            return RCS + value[len(RCS) :]
        raise ValueError("must be rcs: and the sender's name in the Twilio console, such as rcs:center_agent")
    if scheme in OTHER_CHANNELS:
        raise ValueError("must be a phone number, whatsapp:+... or rcs:...; Messenger is not served")
    return value if SHORT_CODE.fullmatch(value) else number(value)


def templates(value: str) -> tuple[tuple[str, str], ...]:
    """Parse WhatsApp templates by language: en=HX..., es=HX.... Raise ValueError."""
    pairs = tuple(
        (language.strip(), sid.strip())
        for language, _, sid in (one.partition("=") for one in value.split(","))
    )
    right = all(LANGUAGE.fullmatch(language) and CONTENT_SID.fullmatch(sid) for language, sid in pairs)
    if not right or len(dict(pairs)) < len(pairs):
        raise ValueError(
            "must be the Content SID of a template for each language, such as en=HX..., es=HX..."
        )
    return pairs


def login(value: str) -> str:
    """Return the value if it can be sent as a part of a login: `requests` and `smtplib` fail on others. Raise ValueError."""
    if not value.isascii():
        raise ValueError(
            "must have only ASCII characters, none with accents and none that are invisible; copy it again"
        )
    return value


def name(value: str) -> str:
    """Return the value if it is short enough and one line. Raise ValueError."""
    if len(value) > LONGEST_NAME or not value.isprintable():
        raise ValueError(RIGHT_LINE)
    return value


def at_least(characters: int, right: str) -> Callable[[str], str]:
    """Return a parser of texts of this length or more."""

    def parse(value: str) -> str:
        if len(value) < characters:
            raise ValueError(right)
        return value

    return parse


RIGHT_SECRET: Final = f"must be {SHORTEST_SECRET} or more random characters: openssl rand -hex 32"

secret: Final = at_least(SHORTEST_SECRET, RIGHT_SECRET)
password: Final = at_least(
    SHORTEST_PASSWORD, f"must have {SHORTEST_PASSWORD} or more characters, such as four unrelated words"
)
token: Final = at_least(
    SHORTEST_TOKEN, f"must be {SHORTEST_TOKEN} or more random characters: openssl rand -hex 16"
)


def keys(value: str) -> tuple[str, ...]:
    """Parse one webhook key, or two separated by a comma during a rotation. Raise ValueError."""
    found = tuple(one.strip() for one in value.split(","))
    if len(found) > MOST_KEYS or not all(len(one) >= SHORTEST_KEY for one in found):
        raise ValueError(
            f"must be a key of {SHORTEST_KEY} or more characters, or two with a comma during a rotation"
        )
    return found


def redis_url(value: str) -> str:
    """Return the value if it is an address of Redis (`redis_address`). Raise ValueError."""
    RedisAddress.read(value)
    return value


def queue_redis_url(value: str) -> str:
    """Return the value if it is an address of one Redis, or of one with Sentinel. Raise ValueError."""
    if RedisAddress.read(value).kind is Topology.CLUSTER:
        raise ValueError(f"must be {ONE_FOR_THE_QUEUE}: the queue (RQ) cannot run on a cluster")
    return value


def existing(kind: str, is_there: Callable[[Path], bool]) -> Callable[[str], Path]:
    """Return a parser of paths at which there is something of this kind."""

    def parse(value: str) -> Path:
        try:
            found = is_there(Path(value))
        except OSError as error:  # as of a folder on the way there that this user may not enter
            raise ValueError(f"must name a {kind} that can be read: {error.strerror}") from None
        if not found:
            raise ValueError(f"must name an existing {kind}")
        return Path(value)

    return parse


folder: Final = existing("folder", Path.is_dir)
file: Final = existing("file", Path.is_file)


def time_zone(value: str) -> ZoneInfo:
    """Return the time zone of this IANA name. Raise ValueError."""
    try:
        return ZoneInfo(value)
    except (KeyError, OSError, ValueError):  # depending on how the name is invalid
        raise ValueError("must be a time zone such as America/Los_Angeles") from None


def host(value: str) -> str:
    """Return the normalized IP address. Raise ValueError."""
    try:
        return str(ip_address(value))
    except ValueError:
        raise ValueError("must be an IP address: 127.0.0.1, or 0.0.0.0 for every network") from None


def whole_number(most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from 1 to `most`."""

    def parse(value: str) -> int:
        if not (value.isascii() and value.isdigit() and 1 <= int(value) <= most):
            raise ValueError(f"must be a whole number from 1 to {most}")
        return int(value)

    return parse


port: Final = whole_number(65535)
pace: Final = whole_number(FASTEST_PACE)
segments: Final = whole_number(MOST_SEGMENTS)
web_processes: Final = whole_number(MOST_WEB_PROCESSES)


def cents(value: str) -> float:
    """Parse a price in cents, such as 1.2. Raise ValueError."""
    if not CENTS.fullmatch(value):
        raise ValueError("must be a price in cents, such as 1.2")
    return float(value)


def one_of(*right: str) -> Callable[[str], str]:
    """Return a parser of these lower-case values that ignores case."""

    def parse(value: str) -> str:
        if value.lower() not in right:
            raise ValueError(f"must be {', '.join(right[:-1])} or {right[-1]}")
        return value.lower()

    return parse


log_format: Final = one_of("json", "text", "auto")
log_level: Final = one_of("debug", "info", "warning", "error")


def yes_or_no(value: str) -> bool:
    """Return whether the value is yes. Raise ValueError."""
    return one_of("yes", "no")(value) == "yes"
