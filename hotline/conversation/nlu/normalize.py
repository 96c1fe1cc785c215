"""Normalizes text for comparison.

Rule 1: for comparison only. The result is never shown, sent or stored.
Rule 2: total and bounded: any text is accepted, and at most MAX_LENGTH characters are read, also after
        Unicode expansion: some letters expand to eighteen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from hotline.conversation.model.events import FlowError

MAX_LENGTH = 1600
"""Characters that are read: the longest text that a carrier joins from its parts."""

APOSTROPHES = str.maketrans("", "", "'\u2018\u2019\u02bc`\u00b4")
SIGNS = "\N{THUMBS UP SIGN}\N{THUMBS DOWN SIGN}\N{OCTAGONAL SIGN}"
"""Signs that are words by themselves. What each means is written in `flows/lexicon`."""

APART = str.maketrans({sign: f" {sign} " for sign in SIGNS})
UNSEEN = frozenset({"Mn", "Me", "Cf"})
"""Unicode categories of accents, keycap frames and zero-width marks."""

NOT_IN_WORDS = re.compile(rf"(?:[^\w{SIGNS}]|_)+")
SPELLED_OUT = re.compile(r"^\w(?: [a-z]){2,}$")
"""A whole message in single letters: S T O P."""

LENGTHENED = re.compile(r"([a-z])\1{2,}")
"""Matches a letter that was held down: "stooop"."""


def normalize(text: str) -> str:
    """Return `text` as it is compared: small letters, no accents, words with one space between them.

    Accents go, and so does the tilde: parents who write "ano" for "año" mean the year. The SIGNS are words of their
    own, other emoji go; apostrophes close up (don't is dont). Reads the first MAX_LENGTH characters.
    """
    if text.isalnum() and text.isascii() and len(text) <= MAX_LENGTH:
        return text.lower()  # a single plain word, as most answers are
    text = text[:MAX_LENGTH].translate(APOSTROPHES).translate(APART)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if unicodedata.category(c) not in UNSEEN)
    text = NOT_IN_WORDS.sub(" ", text[:MAX_LENGTH].casefold()).strip()
    return SPELLED_OUT.sub(lambda letters: letters.group().replace(" ", ""), text)


@dataclass(frozen=True, slots=True)
class Spelling:
    """The [spelling] table of patterns.toml.

    `write` maps a misspelling, of one word or several, to its replacement. `dropped` words add nothing. No
    word is corrected by edit distance: that turned correct words into danger words.
    """

    write: Mapping[str, tuple[str, ...]]
    dropped: frozenset[str] = frozenset()
    longest: Mapping[str, int] = field(default_factory=dict)
    """For a first word, the number of words in the longest `write` entry that begins with it."""

    @classmethod
    def read(cls, table: Any, where: str) -> Self:
        """Read a [spelling] table. Raise FlowError, beginning with `where`, if it is invalid."""
        if not isinstance(table, Mapping) or set(table) - {"write", "drop"}:
            raise FlowError(f"{where}: must be a table with write and drop, and nothing else")
        write: dict[str, tuple[str, ...]] = {}
        longest: dict[str, int] = {}
        for right, wrongs in table.get("write", {}).items():
            for wrong in _words_of(wrongs, f"{where} write {right}"):
                if wrong in write:
                    raise FlowError(f"{where} write: {wrong!r} stands under two words; keep one")
                write[wrong] = tuple(normalize(right).split())
                first, *others = wrong.split()
                longest[first] = max(longest.get(first, 1), 1 + len(others))
        dropped = frozenset(_words_of(table.get("drop", []), f"{where} drop"))
        if several := [word for word in sorted(dropped) if " " in word]:
            raise FlowError(f"{where} drop: {several[0]!r} is several words; drop takes single words")
        return cls(write, dropped, longest)

    def words(self, plain: str) -> list[str]:
        """Return the corrected words of a normalized message; never empty if the message is not."""
        written = plain.split()
        meant: list[str] = []
        at = 0
        while at < len(written):
            for length in range(self.longest.get(written[at], 1), 0, -1):
                right = self.write.get(" ".join(written[at : at + length]))
                if right is not None:
                    meant.extend(right)
                    at += length
                    break
            else:
                meant.append(written[at])
                at += 1
        return [word for word in meant if word not in self.dropped] or meant


def _words_of(written: Any, where: str) -> list[str]:
    if not isinstance(written, list) or not all(
        isinstance(item, str) and normalize(item) for item in written
    ):
        raise FlowError(f'{where}: must be a list of words, such as ["u", "yu"]')
    return [normalize(item) for item in written]
