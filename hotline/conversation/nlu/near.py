"""Recognize a text that is nearly one of a topic's examples, without training the classifier.

For topics that a center adds itself: `near` in patterns.toml lists sentences as parents write them. A text that
is one of them is found by `intents`; here is one that differs in a word or its spelling.

Rule 1: the features are those of the classifier (`features`), so that "bakasiones" is near "vacaciones".
Rule 2: only a text that no rule reads is compared, and only the nearest example counts: the threshold is high,
        because a wrong answer is worse than a question.
Rule 3: linear in the length of the text and in the number of examples; no examples cost nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from hotline.conversation.nlu.features import Ideas, fold, letters_of
from hotline.conversation.nlu.normalize import normalize

NEAR_ENOUGH = 0.65
"""The similarity from which a text is taken for the topic of an example.

Measured on flows/examples: 99% of rows with one slip of a finger, or one word more and one less, reach it, and
1 in 5,000 rows of other topics. Of rows of the same topic in other words 1 in 40 does: those need an example of
their own.
"""

SHORTEST_NEAR = 2
"""The fewest words of a text that is compared: one word says too little."""

LETTERS_SHARE = 0.5
"""The weight of the letters; the rest is that of the words."""


@dataclass(frozen=True, slots=True)
class _Features:
    letters: frozenset[int]
    words: frozenset[str]


class Near:
    """The examples of all topics that have any."""

    def __init__(self, examples: Iterable[tuple[str, str]], ideas: Ideas) -> None:
        """Take pairs of an intent and an example; `ideas` are the word groups of the classifier."""
        self._ideas = ideas
        self._known = [(intent, self._of(normalize(text))) for intent, text in examples]

    def of(self, said: str) -> tuple[str, float]:
        """Return the intent of the example that a normalized text is nearly, and how nearly; ("", 0.0) if none."""
        if not self._known or len(said.split()) < SHORTEST_NEAR:
            return "", 0.0
        found = self._of(said)
        near, intent = max((_similarity(found, each), intent) for intent, each in self._known)
        return (intent, near) if near >= NEAR_ENOUGH else ("", 0.0)

    def _of(self, said: str) -> _Features:
        folded = [fold(word) for word in said.split()]
        letters = frozenset(gram for word in folded for gram in letters_of(word))
        words = set(folded) | {f"{idea}!" for word in folded for idea in self._ideas.of(word)}
        return _Features(letters, frozenset(words))


def _similarity(one: _Features, other: _Features) -> float:
    letters = _cosine(one.letters, other.letters)
    return LETTERS_SHARE * letters + (1 - LETTERS_SHARE) * _cosine(one.words, other.words)


def _cosine(one: frozenset[int] | frozenset[str], other: frozenset[int] | frozenset[str]) -> float:
    if not one or not other:
        return 0.0
    return len(one & other) / math.sqrt(len(one) * len(other))
