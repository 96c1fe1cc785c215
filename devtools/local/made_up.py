"""Defaults of `make run` for settings that are not in the environment.

Rule 1: a setting in the environment, direct or through a file, is never replaced.
Rule 2: nothing leaves this machine: the carrier is the local simulator, and the phone numbers are fictional
        555-01xx ones.
Rule 3: the default password of the desk and the default token of the carrier are public. So the password is used
        only if PUBLIC_BASE_URL is not set, and neither is used if others could reach this machine
        (PUBLIC_BASE_URL, HOST); then a token is generated and stored.
Rule 4: the secret is generated once and stored with the data, because without it no person in the data can be found.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

from hotline.config.given import is_given
from hotline.config.url_types import is_loopback

PORT = "8000"
SIMULATOR_PORT = "8001"
ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef"
DESK_PASSWORD = "try the desk"  # noqa: S105 -- Rule 3; `make run` prints it
SEGMENTS_PER_DAY = "1000000"
"""The simulator costs nothing, and a benchmark sends a year's texts in a minute."""
ESCAPED, ESCAPE = re.compile(r'(["\\$`])'), r"\\\1"
AUTH_TOKEN = "12345"  # noqa: S105 -- the token of the examples in Twilio's documents; it opens nothing


def complete(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return `environ` with all settings that `make run` needs except REDIS_URL.

    `folder` is for the data; the secret is created in it if missing. PORT and SIMULATOR_PORT are not validated
    here, but where they are used.
    """
    port = environ.get("PORT") or _in_file(environ.get("PORT_FILE", "").strip()) or PORT
    simulator_port = environ.get("SIMULATOR_PORT") or SIMULATOR_PORT
    made_up = {
        "PORT": port,
        "SIMULATOR_PORT": simulator_port,
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{simulator_port}",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "HOTLINE_NUMBER": "+15105550100",
        "SEGMENTS_PER_SECOND": "100",
        "CENTER_NAME": "Example Parent Center",
        "CENTER_PHONE": "+15105550199",
        "STAFF_NUMBER": "+15105550123",
        "OFFICE_HOURS": "Mon-Sun 0:00-24:00",
        "HOLIDAYS": "no",
        "CLOCK_FILE": str(folder / "clock"),
        "BOOKS_DIR": str(folder / "books"),
        "SEGMENTS_PER_DAY": SEGMENTS_PER_DAY,
    }
    if not is_given(environ, "PUBLIC_BASE_URL") and not _in_reach(environ):
        made_up["DESK_PASSWORD"] = DESK_PASSWORD
    if _in_reach(environ) and not is_given(environ, "TWILIO_AUTH_TOKEN"):
        made_up["TWILIO_AUTH_TOKEN"] = _stored_secret(folder / "token")
    missing = {name: value for name, value in made_up.items() if not is_given(environ, name)}
    if not is_given(environ, "HOTLINE_SECRET"):
        missing["HOTLINE_SECRET"] = _stored_secret(folder / "secret")
    return {**environ, **missing}


def write_settings(file: Path, environ: Mapping[str, str], full: Mapping[str, str], redis_url: str) -> None:
    """Write what is not in `environ` to a file that only its owner can read, for `hotline --settings` in a second terminal.

    The ports are among it, so that `hotline text` finds the carrier.
    """
    always = ("PORT", "SIMULATOR_PORT")
    made_up = {n: v for n, v in full.items() if n in always or not is_given(environ, n)} | {
        "REDIS_URL": redis_url
    }
    lines = (f'{name}="{ESCAPED.sub(ESCAPE, value)}"\n' for name, value in sorted(made_up.items()) if value)
    file.parent.mkdir(parents=True, exist_ok=True)  # with an external Redis there is no folder yet
    with NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as new:
        new.writelines(lines)
    Path(new.name).rename(file)


def _in_file(file: str) -> str:
    """Return what is in this file; "" if there is none or it cannot be read, which `Settings.read` reports."""
    try:
        return Path(file).read_text(encoding="utf-8").strip() if file else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _in_reach(environ: Mapping[str, str]) -> bool:
    """Check whether other machines could reach the service; an address set through a file counts as reachable."""
    host, address = environ.get("HOST", ""), environ.get("PUBLIC_BASE_URL", "")
    return (is_given(environ, "HOST") and not is_loopback(host.strip())) or (
        is_given(environ, "PUBLIC_BASE_URL") and not is_loopback(urlsplit(address.strip()).hostname or "")
    )


def _stored_secret(file: Path) -> str:
    """Return the secret in this file, creating it with owner-only permissions if missing."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(secrets.token_hex(32), encoding="ascii")
        new.rename(file)
    return file.read_text(encoding="ascii").strip()
