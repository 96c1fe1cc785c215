"""Checks whether a text says one thing and nothing else, such as yes or goodbye, and finds phrases in it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
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
        """Build the ways to say one thing from their normalized entries."""
        return cls(words, around, opens, max((len(entry.split()) for entry in words), default=1))

    def at(self, words: Sequence[str], at: int) -> int:
        """Return how many words the longest `words` entry that stands at a place has, 0 if none does."""
        return entry_at(words, at, self.words, self.longest)

    def is_all(self, words: Sequence[str]) -> bool:
        """Return whether the words consist of some `words` entries and otherwise only of `around`."""
        at, found = 0, False
        while at < len(words):
            if length := self.at(words, at):
                found, at = True, at + length
            elif words[at] not in self.around:
                return False
            else:
                at += 1
        return found


def entry_at(words: Sequence[str], at: int, entries: Container[str], longest: int) -> int:
    """Return how many words the longest of the entries that stands at a place has, at most `longest`; 0 if none does."""
    lengths = range(min(longest, len(words) - at), 0, -1)
    return next((n for n in lengths if " ".join(words[at : at + n]) in entries), 0)


def has_entry(said: str, entries: Iterable[str]) -> bool:
    """Return whether a normalized text contains one of the entries, as whole words."""
    return any(f" {entry} " in f" {said} " for entry in entries)


def begins(words: Sequence[str], entries: Iterable[Entry]) -> bool:
    """Return whether the words begin with one of the entries."""
    return any(tuple(words[: len(entry)]) == entry for entry in entries)


def places(words: Sequence[str], entry: Entry) -> list[int]:
    """Return each place at which the words contain the entry."""
    return [at for at in range(len(words) - len(entry) + 1) if tuple(words[at : at + len(entry)]) == entry]
