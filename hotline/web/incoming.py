"""A request from the carrier and its answer, as plain values that do not depend on the server.

Nearly every request is a webhook, and Flask's own overhead for one exceeds the cost of verifying its signature and
parsing its form. So webhooks are functions from Incoming to Answer. `web.rsgi` calls them directly; behind any other
server, Flask calls them through a single view (`web.routes`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import unquote

from hotline.web.service import Service

GUARD: Final = (
    (
        "Content-Security-Policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
)
"""Security headers for every response that sets no policy of its own."""

Headers = list[tuple[str, str]]

BARE: Final[Headers] = [(name.lower(), value) for name, value in GUARD]
OF_TWIML: Final[Headers] = [("content-type", "text/xml; charset=utf-8"), *BARE]
OF_TEXT: Final[Headers] = [("content-type", "text/plain; charset=utf-8"), *BARE]


class Answer(NamedTuple):
    """A response: its status, its headers with lowercase names, and its body."""

    status: int
    headers: Headers
    body: bytes


@dataclass(slots=True)
class Incoming:
    """A request to one of our URLs.

    `header` returns a header's value by name, or None; the values of a repeated header are joined with a comma. `read`
    returns the body, and raises HTTPException if it is too long or never arrives. `target` is the path and query as
    sent; `query` is the part after the "?". `fields` is the form, once `forms.signed_form` has verified it.
    """

    service: Service
    method: str
    path: str
    query: str
    target: str
    header: Callable[[str], str | None]
    read: Callable[[], bytes]
    fields: dict[str, str] = field(default_factory=dict)

    def argument(self, name: str) -> str:
        """Return the first value of this query parameter, "" if it is missing."""
        return dict(reversed(fields_of(self.query.encode("latin-1")))).get(name, "")


def twiml(document: str) -> Answer:
    """Return the answer with a TwiML document."""
    return Answer(200, OF_TWIML, document.encode())


def nothing(status: int = 204) -> Answer:
    """Return an answer without a body."""
    return Answer(status, BARE, b"")


def fields_of(body: bytes) -> list[tuple[str, str]]:
    """Return the names and values of a form or a query, in the order in which they were sent.

    The result is the same as that of werkzeug's `request.form`, without its overhead for other kinds of bodies. A
    body that is not UTF-8 has no fields.
    """
    try:
        written = body.decode().replace("+", " ").replace("%2B", "+")  # the plus sign of each number
    except UnicodeDecodeError:
        return []
    pairs = [each.partition("=") for each in written.split("&") if each]
    return [
        (_read(name) if "%" in name else name, _read(value) if "%" in value else value)
        for name, _, value in pairs
    ]


def _read(part: str) -> str:
    """Return a percent-encoded name or value, decoded."""
    return unquote(part, errors="werkzeug.url_quote")
