"""Words that are said in a call but not written in a text: "hello, are you there", "um", "goodbye", "wrong number"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from hotline.conversation.nlu.said import Said

CALL_PARTS = (
    *("here", "fillers", "closing", "beside", "no_more", "wrong_number"),
    *("texts", "plain", "leads", "tails"),
)
"""The lists of [calls] in a lexicon."""


@dataclass(frozen=True, slots=True)
class CallWords:
    """The [calls] tables of the lexicons, of all languages together."""

    here: Said
    """Ways to find out whether the line is still there: "are you there", "bueno"."""
    fillers: Said
    """Sounds of a caller who is thinking: "um", "este"."""
    closing: Said
    """Ways to end a call: "goodbye"."""
    no_more: frozenset[str]
    """Ways to say no to more of what we say, which by text would be a STOP."""
    wrong_number: tuple[str, ...]
    texts: frozenset[str]
    """Words for texts: with one of them a "stop" is certainly about texts."""
    plain: frozenset[str]
    """Words of answers about days, times and papers: a text of these alone means no danger."""
    leads: frozenset[str]
    """Words that a choice is offered or repeated with, and that add nothing: "to", "the"."""
    tails: frozenset[str]
    """The same after it: "one", "please"."""

    @classmethod
    def of(cls, parts: Mapping[str, frozenset[str]], days: Iterable[str]) -> Self:
        """Return the words from the lists of [calls] and the names of days: "tomorrow"."""
        fillers = parts["fillers"]
        return cls(
            here=Said.of(parts["here"], fillers),
            fillers=Said.of(fillers),
            closing=Said.of(parts["closing"], parts["beside"] | fillers),
            no_more=parts["no_more"],
            wrong_number=tuple(sorted(parts["wrong_number"])),
            texts=parts["texts"],
            plain=parts["plain"] | {word for day in days for word in day.split()},
            leads=parts["leads"],
            tails=parts["tails"],
        )

    def is_wrong_number(self, said: str) -> bool:
        """Return whether a normalized text says "wrong number" and does not mention texts."""
        there = f" {said} "
        return any(f" {entry} " in there for entry in self.wrong_number) and not self.names_texts(
            said.split()
        )

    def bare(self, said: str) -> str:
        """Return a normalized text without filler around what it names: "the next one" is "next"."""
        words = said.split()
        while len(words) > 1 and words[0] in self.leads:
            del words[0]
        while len(words) > 1 and words[-1] in self.tails:
            del words[-1]
        return " ".join(words)

    def names_texts(self, words: Sequence[str]) -> bool:
        """Return whether one of the words means a text message."""
        return not self.texts.isdisjoint(words)
