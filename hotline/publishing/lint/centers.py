"""Findings about the parent centers of reference/centers.toml: missing names, and invalid phone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import phonenumbers

from hotline.publishing.lint.finding import Finding
from hotline.publishing.reference import read_rows
from hotline.publishing.sources import Folder

WRITTEN: Final = re.compile(r"\d{3}-\d{3}-\d{4}\Z")
FICTIONAL: Final = re.compile(r"\d{3}-555-01\d{2}\Z")
"""Matches the numbers that are reserved for examples and films."""


def findings(folder: Folder) -> Iterator[Finding]:
    """Yield all centers of the flows in `folder` whose name or phone is wrong."""
    for code, row in read_rows(folder, "centers").items():
        if wrong := problem(row):
            yield Finding(f"reference/centers.toml [{code}]", *wrong)


def problem(row: dict[str, Any]) -> tuple[str, str] | None:
    """Return what is wrong with a center, and what would be right; None if nothing is."""
    phone = row.get("phone")
    if not str(row.get("name", "")).strip():
        return "has no name", "write the center's name as the center does"
    if phone is None:
        return None
    if not isinstance(phone, str) or not WRITTEN.match(phone):
        return f"has the phone {phone!r}", "write it as 510-555-2368, with its area code"
    if FICTIONAL.match(phone):
        return f"has the example number {phone}", "write the center's real number, or remove the phone"
    if not phonenumbers.is_valid_number(phonenumbers.parse(phone, "US")):
        return f"has the phone {phone}, which is not a valid number", "call the center and correct it"
    return None
