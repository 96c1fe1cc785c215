"""Values for the tables of the grammar: what may be written in an attribute, and what an element may hold.

Rule: where Twilio falls back on a default for a value it does not know (a warning), this is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

DIGITS = re.compile(r"[0-9]{1,5}")
E164 = re.compile(r"\+[0-9]{7,15}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})+")
MAX_URL_CHARS = 4000
"""Ours: no address of a hotline is near it."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Which values `fits`, what would be `right`, and the code that Twilio gives for a wrong one."""

    fits: Callable[[str], bool]
    right: str
    code: int = 12200

    def coded(self, code: int) -> Attribute:
        """The same with the code that Twilio has for just this attribute."""
        return replace(self, code=code)


def one_of(names: str) -> Attribute:
    """One of the words in `names`."""
    known = frozenset(names.split())
    return Attribute(known.__contains__, f"use one of: {names}")


def some_of(names: str) -> Attribute:
    """Words out of `names`, with blanks between them."""
    known = frozenset(names.split())
    return Attribute(lambda written: bool(written.split()) and set(written.split()) <= known, f"use {names}")


def whole(least: int, most: int = 99_999) -> Attribute:
    """A whole number."""

    def fits(written: str) -> bool:
        return DIGITS.fullmatch(written) is not None and least <= int(written) <= most

    return Attribute(fits, f"a whole number from {least} to {most}")


def like(pattern: str, right: str) -> Attribute:
    """What the pattern matches whole."""
    compiled = re.compile(pattern)
    return Attribute(lambda written: compiled.fullmatch(written) is not None, right)


def either(*kinds: Attribute) -> Attribute:
    """What fits at least one of these."""
    right = ", or ".join(kind.right for kind in kinds)
    return Attribute(lambda written: any(kind.fits(written) for kind in kinds), right)


ANY = Attribute(lambda _: True, "anything")
NOT_EMPTY = Attribute(lambda written: bool(written.strip()), "it may not be empty")
YES_NO = one_of("true false")
POST = Attribute(lambda written: written.upper() == "POST", "use POST, which is signed whole")
NUMBER = like(E164.pattern, "write it as +12025550123")
URL = like(rf"[!-~]{{0,{MAX_URL_CHARS}}}", "an address, absolute or relative, without blanks")
LANGUAGE_TAG = like(LANGUAGE.pattern, "write it as es-US")
ONE_KEY = like(r"[0-9*#]?", "a key of 0-9 * #, or nothing")
SOME_KEYS = like(r"[0-9*#]+", "keys of 0-9 * #")


@dataclass(frozen=True, slots=True)
class Shape:
    """What an element may hold, and which of its attributes it `needs`."""

    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    children: frozenset[str] = frozenset()
    text: bool = False
    needs: frozenset[str] = frozenset()


def names(words: str) -> frozenset[str]:
    """The words, as a set."""
    return frozenset(words.split())
