"""Refuses what comes from elsewhere: the page drives phones and the clock, and asks for no password.

Rule 1: the Host must be this machine's own name. A name on the internet that leads here (DNS rebinding) is refused.
Rule 2: what a browser sends by POST or PUT must come from this page, by its Origin.
Rule 3: the page runs its own scripts and styles alone, and stands in nobody's frame.
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
    """Why this request is refused, in a line; "" when it is not."""
    if urlsplit(f"//{request.host}").hostname not in OWN_NAMES:
        return "the phone answers on this machine alone: open http://127.0.0.1 with its port"
    origin = request.headers.get("Origin")
    if request.method not in SAFE_METHODS and origin is not None and origin != f"http://{request.host}":
        return "only the phone's own page may do this"
    return ""


def guarded(response: Response) -> Response:
    """The response with the headers of Rule 3."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
