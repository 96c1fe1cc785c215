"""Twilio's lists: newest first, filtered by date, in pages.

Rule: a filter that the list does not have is refused. Left unseen, it would let everything through.

Source: https://www.twilio.com/docs/usage/twilios-response#pagination
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from flask import request

from devtools.twilio_sim.errors import RestError

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 50, 1000
"""Twilio's."""
PAGING = frozenset({"PageSize", "Page", "PageToken"})


def page(key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The part of the rows that the request asks for, as Twilio writes it."""
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
    """Return the same as the newer hosts of Twilio write it: where the page stands is in `meta`."""
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


def chosen(
    rows: Iterable[dict[str, Any]],
    by: Mapping[str, str],
    date: tuple[str, str],
    flags: frozenset[str] = frozenset(),
) -> list[dict[str, Any]]:
    """The rows that the request's filters leave in.

    `by` is the field of each filter by value, `date` the filter by date with its field, and `flags` are
    parameters of the request that filter nothing. Raises RestError 20001 for any other parameter.
    """
    name, field = date
    dates = {how: moment(request.args[name + how]) for how in ("", "<", ">") if name + how in request.args}
    if strange := set(request.args) - set(by) - {name, f"{name}<", f"{name}>"} - flags - PAGING:
        raise RestError(20001, f"the list has no filter {', '.join(sorted(strange))}")
    return [
        row
        for row in rows
        if all(request.args.get(each) in (None, row[by[each]]) for each in by)
        and all(_on(how, row[field], given) for how, given in dates.items())
    ]


def _on(how: str, written: str | None, given: datetime) -> bool:
    """On that day, or with > at or after that moment, or with < at or before it."""
    if written is None:
        return False
    at = parsedate_to_datetime(written)
    match how:
        case ">":
            return at >= given
        case "<":
            return at <= given
        case _:
            return at.date() == given.date()


def moment(written: str) -> datetime:
    """A day or a moment as the client writes it (2026-11-23, 2026-11-23T10:00:00Z), in UTC.

    Raises RestError 20001.
    """
    try:
        found = datetime.fromisoformat(written)
    except ValueError as wrong:
        raise RestError(20001, f"{written!r} is no date") from wrong
    return found if found.tzinfo else found.replace(tzinfo=UTC)
