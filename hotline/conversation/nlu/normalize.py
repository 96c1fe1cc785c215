"""How people write: a message to the words that it is compared in.

Rule 1: only for comparing. What comes out is never shown, sent or kept.
Rule 2: total and bounded: any text goes in, and at most MAX_LENGTH characters of it are read, also of those that one
        letter stands for: there are letters that stand for eighteen.
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
"""Unicode categories of accents, of the frame round a keycap, and of marks that have no width."""

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
"""How people write and say the two names that this line is about."""


def normalise(text: str) -> str:
    """`text` as it is compared: small letters, no accents, words with one space between them.

    Accents go, and so does the tilde: parents who write "ano" for "año" mean the year. Thumbs up and down
    become yes and no, a stop sign stop, other emoji go; apostrophes close up (don't is dont); the many ways to say IEP and 504
    become one. Reads the first MAX_LENGTH characters.
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

    `write` maps what people write, one word or several, to the words it is read as. Words that are `dropped` add
    nothing. No word is mended by its distance to another: that made danger words of right ones.
    """

    write: Mapping[str, tuple[str, ...]]
    dropped: frozenset[str] = frozenset()
    longest: Mapping[str, int] = field(default_factory=dict)
    """How many words the longest entry of `write` has that begins with this word."""

    @classmethod
    def read(cls, table: Any, where: str) -> Self:
        """Read a [spelling] table. Raises FlowError, beginning with `where`."""
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
        """Return the words of a normalized message as they are meant. Some, if there were some."""
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
