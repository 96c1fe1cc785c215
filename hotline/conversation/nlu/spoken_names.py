"""Read the names that this line is about, however they are written or said: "I.E.P.", "five oh four".

Rule 1: the ways to say them stand in `flows/lexicon` ([names]), by the name that they are read as.
Rule 2: signs and spaces between the parts of a name do not matter: "5-0-4", "i e p".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

BETWEEN = r"[\W_]{0,2}"
"""Words allowed between the parts of a name."""


@dataclass(frozen=True, eq=False, slots=True)
class SpokenNames:
    """The ways to write each name."""

    find: re.Pattern[str] | None
    by_letters: Mapping[str, str]
    """The name that a way to write it stands for, by its letters and figures alone."""

    @classmethod
    def of(cls, names: Mapping[str, Iterable[str]]) -> Self:
        """Return the ways of `names`, each a list of entries in small letters: single letters stay apart, as they are written."""
        ways = {" ".join(entry.split()): name for name, entries in names.items() for entry in entries}
        longest_first = sorted(ways, key=lambda entry: (-len(entry), entry))
        patterns = "|".join(BETWEEN.join(map(re.escape, entry.split())) for entry in longest_first)
        find = re.compile(rf"(?<!\w)(?:{patterns})(?!\w)", re.IGNORECASE) if patterns else None
        return cls(find, {entry.replace(" ", ""): name for entry, name in ways.items()})

    def written_out(self, text: str) -> str:
        """Return `text` with each name in the one way that it is read as."""
        return self.find.sub(self._name, text) if self.find else text

    def _name(self, found: re.Match[str]) -> str:
        letters = "".join(filter(str.isalnum, found[0])).lower()
        return self.by_letters.get(letters, found[0])
