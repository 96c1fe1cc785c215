"""Refuse requests from other sites, because the page controls phones and the clock without a password.

Rule 1: the Host must be this machine. A public name that resolves to it (DNS rebinding) is refused.
Rule 2: a POST or PUT from a browser must come from this page, by its Origin.
Rule 3: the page runs only its own scripts and styles, and cannot be framed.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Request, Response

OWN_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})
SAFE_METHODS: Final = frozenset({"GET", "HEAD"})

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refusal(request: Request) -> str:
    """Return why this request is refused, in one line; "" if it is allowed."""
    if urlsplit(f"//{request.host}").hostname not in OWN_NAMES:
        return "the phone works only on this machine: open http://127.0.0.1 with its port"
    origin = request.headers.get("Origin")
    if request.method not in SAFE_METHODS and origin is not None and origin != f"http://{request.host}":
        return "only the phone's own page may do this"
    return ""


def guarded(response: Response) -> Response:
    """Add the headers of Rule 3 to the response and return it."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
