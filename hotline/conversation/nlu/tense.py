"""Reads whether a text says that something was done, or is still to come: "i already did", "about to send it".

Rule 1: each part of a sentence counts by itself: "i sent it but didnt keep a copy" says that it was sent.
Rule 2: a "no" that declines something else is not an answer: "no thanks i already did".
Rule 3: do not guess. A part that says both says neither, and what others will do is not an answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum, auto
from typing import Self

from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.said import Said
from hotline.conversation.nlu.word_patterns import one_of

LONGEST = 16
"""The most words of a text that answers; a longer one is a story."""

PARTS = re.compile(r"[,;.!\n]+")


class Tense(Enum):
    """What a text says of something that was to be done."""

    DONE = auto()
    TO_COME = auto()
    BOTH = auto()
    """It says no, and that it was done: "no i sent it". We ask again."""
    ENDS = auto()
    """It is under way, and over on a day to come: "testing ends friday"."""


SHORTEST_OTHER = 2
"""Words from which a denial behind a yes may be of something else: "but i didnt sign it", and not "but no"."""


@dataclass(frozen=True, slots=True)
class TenseWords:
    """The [tense] tables of the lexicons, of all languages together, as patterns."""

    aside: re.Pattern[str]
    """An opening that declines something else: "no need to remind me"."""
    did: re.Pattern[str]
    already: re.Pattern[str]
    """What makes sure that a "no" before "i sent it" declines something else."""
    over: re.Pattern[str]
    """What says that a meeting was held."""
    not_over: re.Pattern[str]
    """What says that a meeting was not held: "it was cancelled"."""
    coming: re.Pattern[str]
    not_coming: re.Pattern[str]
    """Phrases that are not about the future although a word in them is: "esta mañana"."""
    joins: re.Pattern[str]
    ends: re.Pattern[str]
    """What says that something is not over before the day that follows: "testing ends friday"."""
    others: re.Pattern[str]
    """Whoever is not the parent: what the school will do is not what the parent will do."""
    tells_when: re.Pattern[str]
    """What stands before the day of what is to come: "its tomorrow"."""
    undone: re.Pattern[str]
    """What takes a yes before it back where it is denied: "but i didnt send it"."""
    meeting: re.Pattern[str]
    """Words for a meeting."""

    @classmethod
    def of(cls, lists: Mapping[str, frozenset[str]]) -> Self:
        """Return the patterns of the lists of [tense]."""
        return cls(*(re.compile(rf"\b{one_of(lists[each.name])}\b") for each in fields(cls)))

    def read(self, text: str, negation: frozenset[str], no: frozenset[str], yes: Said) -> Tense | None:
        """Return what a text says of something that was to be done, or None if it does not say it."""
        if len(text.split()) > LONGEST:
            return None
        found: list[Tense] = []
        denies = False
        parts = self.parts(text)
        if len(parts) > 1 and self._yes_stands(parts, negation, yes):
            found.append(Tense.DONE)  # "yes but i didnt sign it"
        for part in parts:
            words = part.split()
            if words[0] in no and not found:
                denies, words = True, words[1:]
            if said := self._of_part(" ".join(words), negation):
                found.append(said)
        if Tense.DONE in found and denies:
            sure = self.already.search(normalize(text)) is not None
            return Tense.DONE if sure and found[0] is Tense.DONE else Tense.BOTH
        return found[0] if found and (found[0] is Tense.DONE or len(set(found)) == 1) else None

    def parts(self, text: str) -> Sequence[str]:
        """Return the parts of a sentence, normalized, without an opening that declines something else."""
        plain = (self.not_coming.sub(" ", normalize(part)) for part in PARTS.split(text))
        parts = [part.strip() for each in plain for part in self.joins.split(each)]
        if parts and (opens := self.aside.match(parts[0])):
            parts[0] = parts[0][opens.end() :].strip()
        return [part for part in parts if part]

    def _yes_stands(self, parts: Sequence[str], negation: frozenset[str], yes: Said) -> bool:
        """Return whether the first part is a yes that no other part takes back."""
        first = parts[0].split() if parts else []
        stands = yes.is_all(first) and negation.isdisjoint(first)
        return stands and not any(self._takes_back(part, negation) for part in parts[1:])

    def _takes_back(self, part: str, negation: frozenset[str]) -> bool:
        """Return whether a part denies what was asked, "but i didnt send it", or says that it is still to come."""
        denies = not negation.isdisjoint(part.split())
        return (denies and (len(part.split()) < SHORTEST_OTHER or bool(self.undone.search(part)))) or bool(
            self.coming.search(part)
        )

    def _of_part(self, said: str, negation: frozenset[str]) -> Tense | None:
        did, coming = self.did.search(said), self.coming.search(said)
        found = did or coming
        if found is None or (did and coming) or negation.intersection(said[: found.start()].split()):
            return None
        if did:
            return None if negation.intersection(said[did.end() :].split()[:1]) else Tense.DONE  # "i did not"
        return None if self.others.search(said) else Tense.TO_COME

    def affirms(self, text: str, negation: frozenset[str], no: frozenset[str], yes: Said) -> bool:
        """Return whether a text says that it was done, or its first part is a yes: "ya, y me contestaron que no"."""
        if self.read(text, negation, no, yes) is Tense.DONE:
            return True
        return self._yes_stands(self.parts(text), negation, yes)

    def begins_to_come(self, text: str, negation: frozenset[str]) -> bool:
        """Return whether the first part of a sentence says that it is still to come: "ill send it today", "al rato la mando"."""
        parts = self.parts(text)
        return len(text.split()) > 1 and bool(parts) and self._of_part(parts[0], negation) is Tense.TO_COME

    def is_over(self, text: str, negation: frozenset[str]) -> bool:
        """Return whether a text says that a meeting has been held: "we had it monday", "ya fue"."""
        said = normalize(text)
        short = len(said.split()) <= LONGEST
        if not short or not negation.isdisjoint(said.split()) or self.coming.search(said):
            return False
        return self.over.search(said) is not None and self.not_over.search(said) is None
