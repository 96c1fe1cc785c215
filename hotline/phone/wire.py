"""What went over the wire for one phone: each webhook with its parameters, and the TwiML that answered it.

Rule: for engineers. Nothing is left out but what belongs to other phones.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from hotline.simulator.webhooks import Exchange, Webhooks

KEPT = 60
"""Webhooks of one phone that the page shows: more than a screening takes."""


def of_phone(webhooks: Webhooks, number: str, calls: Collection[str]) -> list[Exchange]:
    """The newest webhooks of this phone and of these calls, the newest first."""
    found = []
    for exchange in reversed(list(webhooks.exchanges)):
        if _belongs(exchange, number, calls):
            found.append(exchange)
            if len(found) == KEPT:
                break
    return found


def as_json(exchanges: list[Exchange]) -> list[dict[str, Any]]:
    """The webhooks as the page shows them. `again`: one that was delivered before, with the same id."""
    seen: set[tuple[str, str, str]] = set()
    shown = []
    for exchange in reversed(exchanges):
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
