"""Extracts features for the linear classifiers: hashed n-grams of letters, words and ideas.

Rule 1: the same text gives the same features on every machine: CRC-32, not a per-process hash.
Rule 2: linear time in the length of the text.
Rule 3: words are compared by their sound in Spanish (`fold`): parents write "kiero", "bibir", "ijo".
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

SHORTEST, LONGEST = 3, 5
"""Lengths of the letter n-grams, including the markers at a word's ends."""

LONGEST_WORD = 24
"""Letters of a word that are read; longer runs are keyboard noise."""

REACH = 5
"""The greatest distance in words between two ideas that count as a pair."""

MOST_PAIRS, MOST_TRIPLES = 11, 5
"""How many following ideas are considered for pairs and triples, to keep the cost linear."""

SOUNDS = (
    (re.compile(r"qu(?=[ei])|k"), "c~"),
    (re.compile(r"c(?=[ei])"), "s"),
    (re.compile(r"c~"), "k"),
    (re.compile(r"c(?!h)"), "k"),
    (re.compile(r"z"), "s"),
    (re.compile(r"v"), "b"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"g(?=[ei])"), "j"),
    (re.compile(r"(?<![cstpg])h"), ""),
    (re.compile(r"([a-z])\1+"), r"\1"),
)
"""Spellings that sound alike, each with its canonical form."""


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
    """Return a word by its sound: "quiero" and "kiero" are equal, as are "vivir" and "bibir"."""
    sounds = word[:LONGEST_WORD]
    for written, sound in SOUNDS:
        sounds = written.sub(sound, sounds)
    return sounds or word[:LONGEST_WORD]


@lru_cache(maxsize=8192)
def letters_of(word: str) -> tuple[int, ...]:
    """Return the hashes of the letter n-grams of a folded word, with its ends marked."""
    marked = f"<{word}>"
    size = len(marked)
    grams = {
        marked[start : start + length]
        for length in range(SHORTEST, LONGEST + 1)
        for start in range(size - length + 1)
    }
    return tuple(sorted({_hash("c", gram) for gram in grams}))


def words_of(words: Sequence[str]) -> set[int]:
    """Return the hashes of word 1- to 3-grams, skip pairs, first and last word, and length."""
    found = {_hash("w", word) for word in words}
    found.update(_hash("b", f"{a} {b}") for a, b in pairwise(words))
    found.update(_hash("t", f"{a} {b} {c}") for a, b, c in zip(words, words[1:], words[2:], strict=False))
    found.update(_hash("s", f"{a} {b}") for a, b in zip(words, words[2:], strict=False))
    if words:
        found.add(_hash("^", words[0]))
        found.add(_hash("$", words[-1]))
        found.add(_hash("n", str(min(len(words), 12) // 2)))
    return found


def ideas_of(tagged: Sequence[tuple[str, ...]], words: Sequence[str]) -> set[int]:
    """Return the hashes of single ideas, nearby ordered pairs and triples, and ideas next to a word."""
    places = [(at, idea) for at, ideas in enumerate(tagged) for idea in ideas]
    found: set[int] = set()
    for at, (place, idea) in enumerate(places):
        found.add(_hash("i", idea))
        found.update(_hash("wi", f"{word} {idea}") for word in words[max(0, place - 1) : place])
        found.update(_hash("iw", f"{idea} {word}") for word in words[place + 1 : place + 2])
        for after, other in _near(places, at, MOST_PAIRS):
            found.add(_hash("ii", f"{idea} {other}"))
            thirds = _near(places, after, MOST_TRIPLES)
            found.update(_hash("iii", f"{idea} {other} {third}") for _, third in thirds if third != idea)
    return found


def _near(places: Sequence[tuple[int, str]], at: int, most: int) -> list[tuple[int, str]]:
    """Return other ideas within REACH words after one, with their indexes, from the next `most`."""
    place, idea = places[at]
    following = enumerate(places[at + 1 : at + 1 + most], at + 1)
    return [(i, other) for i, (later, other) in following if place < later <= place + REACH and other != idea]


def grams_of(folded: Sequence[str], ideas: Ideas) -> tuple[set[int], set[int], set[int]]:
    """Return the hashes of a text's letters, words and ideas, for both training and inference."""
    letters = {gram for word in folded for gram in letters_of(word)}
    return letters, words_of(folded), ideas_of([ideas.of(word) for word in folded], folded)


def _hash(kind: str, gram: str) -> int:
    return zlib.crc32(f"{kind}:{gram}".encode())


class Ideas:
    """The word groups of lexicon/concepts.toml, indexed by whole word or by stem."""

    __slots__ = ("_stems", "_whole", "of")

    def __init__(self, groups: Mapping[str, str]) -> None:
        self._whole: dict[str, tuple[str, ...]] = {}
        self._stems: dict[str, tuple[str, ...]] = {}
        for idea, written in groups.items():
            for word in written.split():
                folded = fold(word.removesuffix("*"))
                table = self._stems if word.endswith("*") else self._whole
                table[folded] = (*table.get(folded, ()), idea)
        self.of = lru_cache(maxsize=8192)(self._of)

    def _of(self, folded: str) -> tuple[str, ...]:
        """Return the ideas that a folded word stands for."""
        ideas = set(self._whole.get(folded, ()))
        for length in range(3, len(folded) + 1):
            ideas.update(self._stems.get(folded[:length], ()))
        return tuple(sorted(ideas))
