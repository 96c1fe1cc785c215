"""Parsers of settings that are URLs: of the hotline, of collectors, of Sentry.

They follow the rules of `setting_types`.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit


def web_url(value: str) -> str:
    """Return a URL without its trailing slash. Raise ValueError.

    Plain http is accepted only for this machine, because forms contain phone numbers.
    """
    right = "must be an address such as https://hotline.example.org (http only for 127.0.0.1 or localhost)"
    url = split(value, right)
    if not is_private(url) or "_" in (url.hostname or "") or "@" in url.netloc or url.query or url.fragment:
        raise ValueError(right)
    return value.rstrip("/")


def collector_url(value: str) -> str:
    """Return a URL without its trailing slash. Raise ValueError.

    Plain http is accepted: traces have no personal data, and a collector usually runs on the same machine.
    """
    right = "must be the address of a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318"
    url = split(value, right)
    if url.query or url.fragment:
        raise ValueError(right)
    return value.rstrip("/").removesuffix("/v1/traces")


def dsn(value: str) -> str:
    """Return the value if it is a DSN of Sentry. Raise ValueError."""
    right = "must be the DSN of a project in Sentry, such as https://KEY@sentry.example.org/1"
    url = split(value, right)
    project = url.path.rpartition("/")[2]
    if not (is_private(url) and url.username and project.isascii() and project.isdigit()):
        raise ValueError(right)
    return value


def split(value: str, right: str) -> SplitResult:
    """Return the parts of an http or https URL. Raise ValueError with `right` if it is none."""
    try:
        url = urlsplit(value)
        fits = url.scheme in {"http", "https"} and is_host(url.hostname or "") and url.port != 0
    except ValueError:
        raise ValueError(right) from None
    if not fits:
        raise ValueError(right)
    return url


def is_private(url: SplitResult) -> bool:
    """Check whether no one on the way can read what is sent to an http or https URL."""
    return url.scheme == "https" or is_loopback(url.hostname or "")


def is_host(name: str) -> bool:
    """Check whether a name can be looked up: no part of it is empty or too long, as in "hotline..example.org"."""
    try:
        return bool(name.encode("idna"))
    except UnicodeError:
        return False


def is_loopback(host: str) -> bool:
    """Check whether a host name or address is local to this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
