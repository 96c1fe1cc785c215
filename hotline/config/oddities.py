"""Find settings that are valid but surely not intended, such as example values or misspelled names.

Rule 1: each line names the setting, the problem and the fix. No secret is repeated.
Rule 2: on a developer's machine, with a local address and a local carrier, nothing is reported.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from hotline.config.countries import is_of
from hotline.config.given import SettingsError, settings_of
from hotline.config.schemes import number_of
from hotline.config.settings import Settings
from hotline.config.settings_file import VARIABLE
from hotline.config.url_types import is_loopback
from hotline.config.wires import Wire
from hotline.telemetry.traces import EXTRA, is_installed

EXAMPLE_SID: Final = "AC0123456789abcdef0123456789abcdef"
EXAMPLE_HOST: Final = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|org|net)|[^.]+\.example|YOUR-ADDRESS)", re.IGNORECASE
)
FILM_NUMBER: Final = re.compile(r"\+1[2-9][0-9]{2}55501[0-9]{2}")
"""Matches fictional numbers, as used in our documentation and in films."""

TOKEN: Final = re.compile(r"[0-9a-f]{32}")
API_SECRET: Final = re.compile(r"[0-9A-Za-z]{32}")

FEWEST_CHARACTERS: Final = 8
"""Minimum distinct characters in a secret.

Of random secrets with 32 hex digits, one in ten million has fewer.
"""

PREFIXES: Final = tuple(
    "CENTER_ DESK_ FLOWS_ BOOKS_ HOTLINE_ OFFICE_ PUBLIC_ SEAL_ SEGMENTS_ STAFF_ TWILIO_ WHATSAPP_".split()
)
"""Prefixes of our settings that hardly any other variables have."""

OTHERS: Final = re.compile(
    r"REDIS_TLS_URL|HOSTNAME|NOTIFY_SOCKET|.*_(?:SERVICE_HOST|SERVICE_PORT\w*|PORT|PORT_\w+|TCP\w*)"
)
"""Matches names that hosts set: systemd, Heroku, and Kubernetes for each service."""

ALIKE: Final = 0.85
"""Minimum difflib ratio: HOLIDAY and HOLIDAYS have 0.93, HOST and HOSTNAME 0.67."""

READ_ELSEWHERE: Final = frozenset({"SIMULATOR_PORT", VARIABLE})
"""Names that the simulator and the command line read."""


def oddities(settings: Settings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return one line for each implausible setting, and for each name in the environment that seems misspelled."""
    if is_trial(settings):
        return ()  # Rule 2
    finds = (_address, _carrier, _numbers, _secrets, _rest)
    return (*(line for find in finds for line in find(settings)), *_unknown(environ, known_names()))


def known_names() -> frozenset[str]:
    """Return the names that settings are read from, including NAME_FILE."""
    names = [each.name for each in settings_of(Settings)]
    return frozenset(names) | {f"{name}_FILE" for name in names} | READ_ELSEWHERE


STAND_INS: Final = {
    "PUBLIC_BASE_URL": "https://line.parents.edu",
    "TWILIO_ACCOUNT_SID": "AC" + "1f" * 16,
    "TWILIO_AUTH_TOKEN": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "HOTLINE_NUMBER": "+16175551234",
    "HOTLINE_SECRET": "5b1f0c9e8d7a6b5c4d3e2f1a0b9c8d7e",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "CENTER_NAME": "A center",
    "CENTER_PHONE": "+16175559876",
}
"""A plausible value for each setting without a default, used if it is missing or invalid."""

NAMED: Final = re.compile(r"\b[A-Z][A-Z0-9_]+\b")


def oddities_beside(wrong: SettingsError, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the implausible settings among the valid ones, so that all mistakes are reported at once."""
    names = {
        name.removesuffix("_FILE")
        for problem in wrong.problems
        for name in NAMED.findall(problem)
        if name in known_names()
    }
    readable = {name: value for name, value in environ.items() if name.removesuffix("_FILE") not in names}
    stand_ins = {name: STAND_INS[name] for name in names & STAND_INS.keys()}
    try:
        settings = Settings.read({**readable, **stand_ins})
    except SettingsError:
        return ()
    return tuple(line for line in oddities(settings, environ) if names.isdisjoint(NAMED.findall(line)))


def _unknown(environ: Mapping[str, str], known: frozenset[str]) -> Iterator[str]:
    for name in sorted(environ.keys() - known):
        like = difflib.get_close_matches(name, known, 1, ALIKE)
        if OTHERS.fullmatch(name) or not (like or name.startswith(PREFIXES)):
            continue
        right = like or difflib.get_close_matches(name, known, 1)
        meant = f"; did you mean {right[0]}?" if right else "."
        yield f"{name} is not a setting, so it has no effect{meant} Correct its name or remove it"


def is_trial(settings: Settings) -> bool:
    """Return whether this is a service on one machine with the simulated carrier, as `hotline run` starts it."""
    return is_loopback(_host(settings.public_base_url)) and is_loopback(_host(settings.twilio_api_base_url))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _address(settings: Settings) -> Iterator[str]:
    url, host = urlsplit(settings.public_base_url), _host(settings.public_base_url)
    if EXAMPLE_HOST.fullmatch(host):
        yield "PUBLIC_BASE_URL is the example; set the URL at which Twilio reaches this service"
    elif not _is_public(host):
        yield "PUBLIC_BASE_URL is a URL that Twilio can't reach; set the public one, with https"
    if url.path:
        yield (
            f"PUBLIC_BASE_URL has a path, {url.path}: the later steps of a call are requested without it; give the line "
            "a host name of its own"
        )
    if settings.twilio_api_base_url and is_loopback(_host(settings.twilio_api_base_url)):
        yield "TWILIO_API_BASE_URL is this machine, where only a simulator answers; leave it empty for Twilio"


def _is_public(host: str) -> bool:
    """Check whether the host is reachable from the internet, judging by its name."""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".lan", ".localhost"))


def _carrier(settings: Settings) -> Iterator[str]:
    token = settings.twilio_auth_token
    if settings.twilio_account_sid == EXAMPLE_SID:
        yield "TWILIO_ACCOUNT_SID is the example; set the one in the Twilio console"
    if settings.wire is Wire.SIGNALWIRE:
        yield from _signalwire(settings)
    if not settings.twilio_api_base_url:  # other carriers' tokens have other formats
        if not TOKEN.fullmatch(token):
            yield "TWILIO_AUTH_TOKEN must have 32 characters, 0-9 and a-f; copy it again from the Twilio console"
        if settings.twilio_api_secret and not API_SECRET.fullmatch(settings.twilio_api_secret):
            yield "TWILIO_API_SECRET must have 32 letters and digits; Twilio shows it only once, so create a new key"
    if token in (settings.twilio_account_sid.removeprefix("AC"), settings.twilio_api_secret):
        yield "TWILIO_AUTH_TOKEN is the account's SID or the API key's secret; set the Auth Token in the Twilio console"
    if token == settings.twilio_auth_token_previous:
        yield "TWILIO_AUTH_TOKEN_PREVIOUS equals TWILIO_AUTH_TOKEN; leave it empty, or set the previous token"


def _signalwire(settings: Settings) -> Iterator[str]:
    host = _host(settings.twilio_api_base_url)
    if not (is_loopback(host) or host.endswith(".signalwire.com")):
        yield "TWILIO_API_BASE_URL is not a SignalWire space, but TWILIO_ACCOUNT_SID is a SignalWire project; make them match"
    if settings.twilio_auth_token in settings.twilio_webhook_keys:
        yield "TWILIO_WEBHOOK_KEY is the API token; set the signing key, which SignalWire's dashboard shows next to it"
    if settings.twilio_api_key:
        yield "TWILIO_API_KEY is only for Twilio; with SignalWire leave it empty, and set the API token as TWILIO_AUTH_TOKEN"


def _numbers(settings: Settings) -> Iterator[str]:
    named = {"HOTLINE_NUMBER": settings.hotline_numbers, "CENTER_PHONE": (settings.center_phone,)}
    for name, numbers in {**named, "STAFF_NUMBER": (settings.staff_number,)}.items():
        if any(FILM_NUMBER.fullmatch(number_of(number)) for number in numbers):
            yield f"{name} is an example number that no phone has; set your own"
    if settings.center_phone in map(number_of, settings.hotline_numbers):
        yield "CENTER_PHONE is HOTLINE_NUMBER: parents who want a person are sent back to this line; set the center's number"
    if foreign := [
        each
        for each in map(number_of, settings.hotline_numbers)
        if each.startswith("+") and not is_of(each, settings.countries)
    ]:
        yield (
            f"COUNTRIES does not include the country of HOTLINE_NUMBER ({len(foreign)} of them): parents there get no "
            "answer; add it"
        )


def _secrets(settings: Settings) -> Iterator[str]:
    named = {"HOTLINE_SECRET": settings.hotline_secret, "SEAL_SECRET": settings.seal_secret}
    for name, secret in named.items():
        if secret and len(set(secret)) < FEWEST_CHARACTERS:
            yield f"{name} is not random, so numbers could be found by brute force; make one with: openssl rand -hex 32"
    if settings.seal_secret and settings.seal_secret == settings.seal_secret_previous:
        yield "SEAL_SECRET_PREVIOUS equals SEAL_SECRET; set the previous secret, or leave it empty"
    if settings.desk_password and settings.desk_password in (
        settings.hotline_secret,
        settings.twilio_auth_token,
    ):
        yield "DESK_PASSWORD is also another secret of this line, which the staff should not know; choose a different one"
    elif settings.desk_password and len(set(settings.desk_password)) < FEWEST_CHARACTERS // 2:
        yield "DESK_PASSWORD is easy to guess; use four unrelated words"


def _rest(settings: Settings) -> Iterator[str]:
    zone = settings.time_zone.key or ""
    if "/" not in zone or zone.startswith("Etc/"):
        yield (
            f"TIME_ZONE is {zone}, which is not a place and may lack daylight saving time: all hours would then be off by "
            "one; set a city in the zone, such as America/New_York"
        )
    if settings.center_name in ("Example Parent Center", "Example"):
        yield "CENTER_NAME is the example; set the name of the center that parents are referred to"
    if (settings.sentry_dsn or settings.otel_exporter_otlp_endpoint) and not is_installed():
        yield (
            "SENTRY_DSN and OTEL_EXPORTER_OTLP_ENDPOINT have no effect: the packages that they need are not installed. "
            f"Install them ({EXTRA}), or leave the settings empty"
        )
    if settings.clock_file:
        yield "CLOCK_FILE is for testing: it can shift the clock of a line that parents use; leave it empty"
