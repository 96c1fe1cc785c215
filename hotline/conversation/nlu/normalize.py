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
SIGNS = str.maketrans(
    {
        "\N{THUMBS UP SIGN}": " yes ",
        "\N{THUMBS DOWN SIGN}": " no ",
        "\N{OCTAGONAL SIGN}": " stop ",
        "&": " and ",
    }
)
UNSEEN = frozenset({"Mn", "Me", "Cf"})
"""Unicode categories of accents, keycap frames and zero-width marks."""

NOT_IN_WORDS = re.compile(r"[\W_]+")
SPELT_OUT = re.compile(r"^\w(?: [a-z]){2,}$")
"""A whole message in single letters: S T O P."""

SPOKEN_NAMES = (
    (re.compile(r"\b(?:i e pe?|ai i pi|ieps)(?: s)?\b"), "iep"),
    (
        re.compile(
            r"\b(?:(?:5|five|cinco) ?(?:0|o|oh|zero|cero) ?(?:4|four|cuatro)"
            r"|five hundred (?:and )?four|quinientos cuatro)(?:s\b|\b|(?=plan))"
        ),
        "504 ",
    ),
)
"""Variants of IEP and 504, as written and spoken."""


def normalise(text: str) -> str:
    """Return `text` for comparison: lowercase, no accents, words separated by one space.

    Tildes are removed too: parents who write "ano" for "año" mean the year. Thumbs up and down become yes
    and no, a stop sign becomes stop, other emoji are removed; apostrophes are dropped (don't is dont);
    variants of IEP and 504 become one. Only the first MAX_LENGTH characters are read.
    """
    text = text[:MAX_LENGTH].translate(APOSTROPHES).translate(SIGNS)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if unicodedata.category(c) not in UNSEEN)
    text = NOT_IN_WORDS.sub(" ", text[:MAX_LENGTH].casefold()).strip()
    text = SPELT_OUT.sub(lambda letters: letters.group().replace(" ", ""), text)
    for spoken, name in SPOKEN_NAMES:
        text = spoken.sub(name, text)
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Spelling:
    """The [spelling] table of meanings.toml.

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
                write[wrong] = tuple(normalise(right).split())
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
        isinstance(item, str) and normalise(item) for item in written
    ):
        raise FlowError(f'{where}: must be a list of words, such as ["u", "yu"]')
    return [normalise(item) for item in written]
