"""Findings about the parent centers of reference/centers.toml: missing names, and invalid phone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import phonenumbers

from hotline.publishing.lint.finding import NOWHERE, Finding, Place, finding
from hotline.publishing.reference import read_rows
from hotline.publishing.sources import Folder

WRITTEN: Final = re.compile(r"\d{3}-\d{3}-\d{4}\Z")
FICTIONAL: Final = re.compile(r"\d{3}-555-01\d{2}\Z")
"""Matches the numbers that are reserved for examples and films."""


def findings(folder: Folder) -> Iterator[Finding]:
    """Yield all centers of the flows in `folder` whose name or phone is wrong."""
    for code, row in read_rows(folder, "centers").items():
        if wrong := problem(row, Place(f"reference/centers.toml [{code}]")):
            yield wrong


def problem(row: Mapping[str, Any], where: Place = NOWHERE) -> Finding | None:
    """Return what is wrong with a center, and what would be right; None if nothing is."""
    phone = row.get("phone")
    if not str(row.get("name", "")).strip():
        return Finding(where, "has no name", "write the center's name as the center does")
    if phone is None:
        return None
    if not isinstance(phone, str) or not WRITTEN.match(phone):
        right = "write it as 510-555-2368, with its area code"
        return finding(where, "has the phone %(phone)s", right, phone=repr(phone))
    if FICTIONAL.match(phone):
        right = "write the center's real number, or remove the phone"
        return finding(where, "has the example number %(phone)s", right, phone=phone)
    if not phonenumbers.is_valid_number(phonenumbers.parse(phone, "US")):
        right = "call the center and correct it"
        return finding(where, "has the phone %(phone)s, which is not a valid number", right, phone=phone)
    return None
