"""What went over the wire for one phone: each webhook with its parameters, and the TwiML that answered it.

Rule: for engineers. Nothing is left out but what belongs to other phones.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from devtools.twilio_sim.webhooks import Exchange, Webhooks

KEPT = 60
"""Webhooks of one phone that the page shows: more than a screening takes."""


class Followed:
    """The webhooks of one phone, taken up as they come. For one thread."""

    def __init__(self, webhooks: Webhooks, number: str) -> None:
        """`exchanges` holds those taken up so far, the oldest first."""
        self.exchanges: list[Exchange] = []
        self._webhooks = webhooks
        self._number = number
        self._newest: Exchange | None = None

    def take_up(self, calls: Collection[str]) -> bool:
        """Takes up what came since the last time, for the phone or for these calls; whether anything did."""
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
    """The last webhooks as the page shows them, the newest first. `again`: one that was delivered before,
    with the same id.
    """
    seen: set[tuple[str, str, str]] = set()
    shown = []
    for exchange in exchanges[-KEPT:]:
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
    """The answer, one element on each line where it is XML."""
    try:
        root = ET.fromstring(body)  # noqa: S314 -- the service on this machine wrote it
    except (ET.ParseError, ValueError):
        return body.decode("utf-8", "replace")
    ET.indent(root)
    return ET.tostring(root, encoding="unicode")
