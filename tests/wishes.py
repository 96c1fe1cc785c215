"""A parent who knows what they want, and picks the choice whose words match.

Tests that walk through the flows by meaning hold when the words, their order or the questions before them change.
"""

import re
from collections.abc import Sequence

Wishes = Sequence[tuple[str, str]]
"""Patterns of a question and its answer: the first whose question matches is used."""

TEACHING: Wishes = (
    (r"what do you need", r"ask the school"),
    (r"call drops", r"\bno\b"),
    (r"which age group", r"k-12|kindergarten to"),
    (r"suspended", r"^no$"),
    (r"plan at school", r"no plan"),
    (r"asked the school", r"^no"),
    (r"hardest", r"reading"),
    (r"help most", r"teaching"),
    (r"how often", r"most days"),
    (r"words for a letter", r"go on"),
    (r"kind of school", r"public"),
    (r"more\?", r"^yes$"),
    (r"can this phone get text", r"^yes$"),
    (r"may we text you", r"^yes$"),
)
"""The answers of a parent whose child needs special teaching, and who wants reminders."""

WRITTEN = re.compile(r"^(\d) (.+)$", re.MULTILINE)
PRESSED = re.compile(r"([^.?!:]+): (?:press|oprima) (\d)")
BRIEF = re.compile(r"\b(\d): ([^.]+)\.")

STEPS = 30
"""Maximum answers in a walk: twice the longest way to an outcome."""


def written(said: str) -> dict[str, str]:
    """Return the choices of a text, each with its number."""
    return {words: number for number, words in WRITTEN.findall(said)}


def spoken(said: str) -> dict[str, str]:
    """Return the choices that a call offers, each with its key."""
    pressed = {words.strip().lower(): key for words, key in PRESSED.findall(said)}
    return pressed | {words: key for key, words in BRIEF.findall(said)}


def wished(wishes: Wishes, said: str, choices: dict[str, str]) -> str:
    """Return the choice that a wish matches: of the question asked last, the first wish."""
    asked = [(match.start(), wish) for pattern, wish in wishes for match in _all(pattern, said)]
    assert asked, f"nobody wished for anything at {said!r}"
    for _, wish in sorted(asked, key=lambda each: -each[0]):
        for words in choices:
            if re.search(wish, words, re.IGNORECASE):
                return words
    raise AssertionError(f"none of {list(choices)} was wished for at {said!r}")


def _all(pattern: str, said: str) -> list[re.Match[str]]:
    return list(re.finditer(pattern, said, re.IGNORECASE))
