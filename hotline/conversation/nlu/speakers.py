"""Detects a writer who says that they are a teacher, a foster parent, a grandparent or a student, or asks who we are.

Rule 1: the words stand in `flows/lexicon` ([speakers]). Only what a person says of themselves counts: "im a teacher", never
        "his teacher".
Rule 2: a number of years is a student's age only where nothing makes it something else: "im 15", not "im 15 minutes late".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hotline.conversation.nlu.lexicon import Lexicon

STUDENT, MACHINE = "student", "machine"
KINDS = ("teacher", "foster", "grandparent", STUDENT)
"""Who may be writing; the first match counts."""

YOUNGEST, OLDEST = 8, 21
"""Ages of a student who writes for themselves."""

LONGEST_QUESTION = 12
"""Words of a text that may ask whether we are a machine."""


def speaker_of(said: str, lexicon: Lexicon) -> str | None:
    """Return who the writer of a normalized text claims to be, such as "teacher"; None if the text does not say."""
    words = said.split()
    parts = {
        " ".join(words[at : at + n])
        for at in range(len(words))
        for n in range(1, lexicon.longest_speaker + 1)
    }
    for kind in KINDS:
        if not lexicon.speakers[kind].isdisjoint(parts):
            return kind
    return STUDENT if _gives_own_age(words, lexicon.speakers, lexicon.numbers) else None


def asks_who_we_are(said: str, lexicon: Lexicon) -> bool:
    """Return whether a short normalized text has a word by which people ask who, or what, answers them."""
    words = said.split()
    return len(words) <= LONGEST_QUESTION and not lexicon.speakers[MACHINE].isdisjoint(words)


def _gives_own_age(
    words: Sequence[str], entries: Mapping[str, frozenset[str]], numbers: Mapping[str, int]
) -> bool:
    for at, word in enumerate(words):
        age = int(word) if word.isdecimal() else numbers.get(word, 0)
        if not YOUNGEST <= age <= OLDEST:
            continue
        before = any(" ".join(words[max(0, at - n) : at]) in entries["own_age"] for n in (1, 2))
        if before and (at + 1 == len(words) or words[at + 1] in entries["after_age"]):
            return True
    return False
