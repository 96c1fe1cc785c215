"""A log of one phone's webhooks: each with its parameters and the TwiML response.

Rule: this is for engineers, so nothing is omitted except what belongs to other phones.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from devtools.twilio_sim.webhooks import Exchange, Webhooks

RETENTION = 60
"""Maximum webhooks of one phone that the page shows: more than a screening needs."""


class Followed:
    """Collects the webhooks of one phone. Not thread-safe."""

    def __init__(self, webhooks: Webhooks, number: str) -> None:
        """Start with no `exchanges`; `take_up` appends to them, oldest first."""
        self.exchanges: list[Exchange] = []
        self._webhooks = webhooks
        self._number = number
        self._newest: Exchange | None = None

    def take_up(self, calls: Collection[str]) -> bool:
        """Append new webhooks of the phone or of these calls. Return whether there were any."""
        new: list[Exchange] = []
        everything = list(self._webhooks.exchanges)
        for exchange in reversed(everything):
            if exchange is self._newest:
                break
            if _belongs(exchange, self._number, calls):
                new.append(exchange)
        self._newest = everything[-1] if everything else None
        self.exchanges += reversed(new)
        return bool(new)


def as_json(exchanges: Sequence[Exchange]) -> list[dict[str, Any]]:
    """Return the last webhooks for the page, newest first; `again` marks a repeated delivery."""
    seen: set[tuple[str, str, str]] = set()
    shown = []
    for exchange in exchanges[-RETENTION:]:
        address = urlsplit(exchange.url)
        params = exchange.params
        id = params.get("MessageSid") or params.get("CallSid", "")
        mark = (exchange.url, id, params.get("MessageStatus", ""))
        shown.append(
            {
                "path": f"{address.path}?{address.query}" if address.query else address.path,
                "params": dict(sorted(params.items())),
                "status": exchange.status,
                "ms": round(exchange.seconds * 1000),
                "answer": _indented(exchange.body),
                "again": mark in seen,
            }
        )
        seen.add(mark)
    return shown[::-1]


def _belongs(exchange: Exchange, number: str, calls: Collection[str]) -> bool:
    params = exchange.params
    return number in (params.get("From"), params.get("To")) or params.get("CallSid") in calls


def _indented(body: bytes) -> str:
    """Return the response body; XML gets one element per line."""
    try:
        root = ET.fromstring(body)  # noqa: S314 -- the service on this machine wrote it
    except (ET.ParseError, ValueError):
        return body.decode("utf-8", "replace")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")
