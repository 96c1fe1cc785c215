"""Building blocks of the grammar tables: allowed attribute values and element contents.

Rule: an unknown value is an error, even where Twilio only warns and falls back to a default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

DIGITS = re.compile(r"[0-9]{1,5}")
E164 = re.compile(r"\+[0-9]{7,15}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})+")
MAX_URL_CHARS = 4000
"""Our limit: no URL of a hotline comes close to it."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute: a check of its value, a hint on what is valid, and Twilio's error code."""

    fits: Callable[[str], bool]
    right: str
    code: int = 12200

    def coded(self, code: int) -> Attribute:
        """Return a copy with Twilio's error code for this attribute."""
        return replace(self, code=code)


def one_of(names: str) -> Attribute:
    """Return an attribute whose value is one of the words in `names`."""
    known = frozenset(names.split())
    return Attribute(known.__contains__, f"use one of: {names}")


def some_of(names: str) -> Attribute:
    """Return an attribute whose value is one or more words in `names`, separated by spaces."""
    known = frozenset(names.split())
    return Attribute(lambda written: bool(written.split()) and set(written.split()) <= known, f"use {names}")


def whole(least: int, most: int = 99_999) -> Attribute:
    """Return an attribute whose value is a whole number from `least` to `most`."""

    def fits(written: str) -> bool:
        return DIGITS.fullmatch(written) is not None and least <= int(written) <= most

    return Attribute(fits, f"a whole number from {least} to {most}")


def like(pattern: str, right: str) -> Attribute:
    """Return an attribute whose whole value matches the pattern; `right` is the hint."""
    compiled = re.compile(pattern)
    return Attribute(lambda written: compiled.fullmatch(written) is not None, right)


ANY = Attribute(lambda _: True, "anything")
YES_NO = one_of("true false")
POST = Attribute(lambda written: written.upper() == "POST", "use POST, whose parameters are all signed")
NUMBER = like(E164.pattern, "write it like +12025550123")
URL = like(rf"[!-~]{{0,{MAX_URL_CHARS}}}", "a URL, absolute or relative, without spaces")
LANGUAGE_TAG = like(LANGUAGE.pattern, "write it like es-US")
ONE_KEY = like(r"[0-9*#]?", "one of the keys 0-9 * #, or nothing")
SOME_KEYS = like(r"[0-9*#]+", "keys out of 0-9 * #")


@dataclass(frozen=True, slots=True)
class Shape:
    """An element: its attributes, its child elements, and whether it has text."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    children: frozenset[str] = frozenset()
    text: bool = False


def names(words: str) -> frozenset[str]:
    """Split `words` into a set."""
    return frozenset(words.split())
