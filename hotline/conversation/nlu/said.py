"""Whether a text says one thing and nothing else: yes, no, goodbye; and where a phrase stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

Entry = tuple[str, ...]
"""An entry of the lexicon: its words."""


@dataclass(frozen=True, slots=True)
class Said:
    """Ways to say one thing: alone, with words allowed around it, and as a sentence opening."""

    words: frozenset[str]
    around: frozenset[str] = frozenset()
    opens: frozenset[str] = frozenset()
    longest: int = 1
    """The number of words in the longest entry of `words`."""

    @classmethod
    def of(
        cls, words: frozenset[str], around: frozenset[str] = frozenset(), opens: frozenset[str] = frozenset()
    ) -> Self:
        """Return the ways to say one thing from their normalized entries."""
        return cls(words, around, opens, max((len(entry.split()) for entry in words), default=1))

    def is_all(self, words: Sequence[str]) -> bool:
        """Return whether the words consist of some `words` entries and otherwise only of `around`."""
        at, found = 0, False
        while at < len(words):
            for length in range(min(self.longest, len(words) - at), 0, -1):
                if " ".join(words[at : at + length]) in self.words:
                    found, at = True, at + length
                    break
            else:
                if words[at] not in self.around:
                    return False
                at += 1
        return found


def begins(words: Sequence[str], entries: Iterable[Entry]) -> bool:
    """Return whether the words begin with one of the entries."""
    return any(tuple(words[: len(entry)]) == entry for entry in entries)


def places(words: Sequence[str], entry: Entry) -> list[int]:
    """Return each place at which the words contain the entry."""
    return [at for at in range(len(words) - len(entry) + 1) if tuple(words[at : at + len(entry)]) == entry]
