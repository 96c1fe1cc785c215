"""Filters and paging of Twilio's lists.

Rule: an unknown filter is refused, because ignoring it would return every row.

Source: https://www.twilio.com/docs/usage/twilios-response#pagination
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import request

from devtools.twilio_sim.errors import RestError

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 50, 1000
"""Twilio's page sizes."""
PAGING = frozenset({"PageSize", "Page", "PageToken"})


def page(key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the requested page of the rows in Twilio's format, with the rows under `key`."""
    size = min(max(request.args.get("PageSize", DEFAULT_PAGE_SIZE, int), 1), MAX_PAGE_SIZE)
    number = max(request.args.get("Page", 0, int), 0)
    start = number * size
    shown = rows[start : start + size]

    def uri(number: int) -> str:
        return f"{request.path}?{urlencode({**request.args, 'PageSize': size, 'Page': number})}"

    return {
        key: shown,
        "page": number,
        "page_size": size,
        "start": start,
        "end": start + max(len(shown) - 1, 0),
        "uri": uri(number),
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1) if start + size < len(rows) else None,
        "previous_page_uri": uri(number - 1) if number else None,
    }


def meta_page(key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the requested page as Twilio's newer APIs do, with the paging fields in `meta`."""
    found = page(key, rows)

    def url(uri: str | None) -> str | None:
        return None if uri is None else f"{request.host_url.rstrip('/')}{uri}"

    meta = {
        "key": key,
        "page": found["page"],
        "page_size": found["page_size"],
        "url": url(found["uri"]),
        **{f"{name}_page_url": url(found[f"{name}_page_uri"]) for name in ("first", "next", "previous")},
    }
    return {key: found[key], "meta": meta}


def filtered(
    rows: Iterable[dict[str, Any]],
    by: Mapping[str, str],
    date: tuple[str, str],
) -> list[dict[str, Any]]:
    """Return the rows that match the request's filters.

    `by` maps each value filter to its field, and `date` is the date filter and its field. Raises RestError 20001 for
    any other parameter or an invalid date.
    """
    name, field = date
    dates = {
        how: parsed_time(request.args[name + how]) for how in ("", "<", ">") if name + how in request.args
    }
    if strange := set(request.args) - set(by) - {name, f"{name}<", f"{name}>"} - PAGING:
        raise RestError(20001, f"the list has no filter {', '.join(sorted(strange))}")
    return [
        row
        for row in rows
        if all(request.args.get(each) in (None, row[by[each]]) for each in by)
        and all(_on(how, row[field], given) for how, given in dates.items())
    ]


def _on(how: str, written: str | None, given: datetime) -> bool:
    """Check whether a time is on the given day (""), or not before (>) or not after (<) the given moment."""
    if written is None:
        return False
    at = _parsed(written)
    match how:
        case ">":
            return at >= given
        case "<":
            return at <= given
        case _:
            return at.date() == given.date()


_parsed = lru_cache(maxsize=4096)(parsedate_to_datetime)
"""Parse a time in Twilio's format. Cached, because long lists have many rows of the same second."""


def parsed_time(written: str) -> datetime:
    """Parse a date or time, such as 2026-11-23 or 2026-11-23T10:00:00Z. Without a time zone it is UTC.

    Raises RestError 20001 if it is neither.
    """
    try:
        found = datetime.fromisoformat(written)
    except ValueError as wrong:
        raise RestError(20001, f"{written!r} is not a date") from wrong
    return found if found.tzinfo else found.replace(tzinfo=UTC)
