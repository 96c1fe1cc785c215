"""The words that correct an answer already given: "oops", "i meant", "the wrong one"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

SLIP_PARTS = ("wrong", "words", "mild", "before", "instead")
"""The lists of [slips] in a lexicon."""


class Sure(IntEnum):
    """How surely a text corrects an earlier answer."""

    MILD = 1
    """It begins with words that often only soften: "sorry", "wait"."""
    LIKELY = 2
    """It says what was meant: "i meant"."""
    CERTAIN = 3
    """It says that the answer was wrong: "i hit the wrong one"."""


@dataclass(frozen=True, slots=True)
class Slips:
    """The [slips] tables of the lexicons, of all languages together."""

    entries: Mapping[str, Sure]
    """What opens a correction, with how surely it does."""
    longest: int
    """The number of words in the longest of them."""
    opens: frozenset[str]
    """The first words of these and of what may stand before them: any other first word opens no correction."""
    before: frozenset[str]
    instead: frozenset[str]
    """Words between what is right and what it was not: "14 not 4"."""

    @classmethod
    def of(cls, lists: Mapping[str, frozenset[str]]) -> Self:
        """Return the words of the lists of [slips], in the same order in every process (`walk_facts.structure`)."""
        parts = ((Sure.MILD, "mild"), (Sure.LIKELY, "words"), (Sure.CERTAIN, "wrong"))
        entries = {entry: sure for sure, part in parts for entry in sorted(lists[part])}
        return cls(
            entries,
            max((len(entry.split()) for entry in entries), default=0),
            frozenset(entry.split()[0] for entry in entries) | lists["before"],
            lists["before"],
            lists["instead"],
        )
