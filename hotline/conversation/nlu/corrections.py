"""Finds what a text puts right: "wait i meant no", "oh i hit the wrong one, its his behavior".

Rule 1: its words stand at the beginning, after little else: "she said sorry" corrects nothing.
Rule 2: "sorry" and "wait" begin many sentences, so they may put nothing right: the caller decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize

LONGEST_BETWEEN = 6
"""The most words before and between the words of a correction."""

LONGEST = 20
"""The most words that put something right: a longer text is a story."""

PARTS = re.compile(r"[,;.!\n]+")


class Sure(IntEnum):
    """How surely a text puts an earlier answer right."""

    MILD = 1
    """It begins with words that often only soften: "sorry", "wait"."""
    LIKELY = 2
    """It says what was meant: "i meant"."""
    CERTAIN = 3
    """It says that the answer was wrong: "i hit the wrong one"."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a text puts right."""

    sure: Sure
    says: tuple[str, ...] = ()
    """What is right, in the forms to read it in, the likeliest first; () if the text only says that something was wrong."""
    content: tuple[str, ...] = ()
    """The same without an opening yes or no, if more follows it."""
    denied: str = ""
    """What it was not: "a 504", of "its an iep not a 504"."""


def correction_in(text: str, lexicon: Lexicon) -> Correction | None:
    """Return what a text puts right, or None if it does not begin as a correction."""
    words = text.split()
    end, sure = _opening([normalize(word) for word in words], lexicon)
    if sure is None or len(words) - end > LONGEST:
        return None
    rest = " ".join(words[end:]).strip(" ,;.:!-\u2013\u2014")
    if not normalize(rest):
        return Correction(sure)
    first, _, others = rest.partition(" ")
    opens = bool(others) and normalize(first) in lexicon.yes.words | lexicon.no.words
    bare = others.strip(" ,;.") if opens else rest
    right, denied = _split(bare, lexicon)
    parts = [part.strip() for part in PARTS.split(bare) if part.strip()]
    if opens and normalize(first) in lexicon.no.words and len(parts) > 1 and first.isalpha():
        denied = denied or parts[0]  # "no es lectura, es conducta"
    content = tuple(dict.fromkeys((right, *parts[-1:]))) if right == bare else (right,)
    says = tuple(dict.fromkeys((right, rest, *content) if right != bare else (rest, *content)))
    return Correction(sure, says, content, denied)


def _opening(words: Sequence[str], lexicon: Lexicon) -> tuple[int, Sure | None]:
    """Return how many words open a correction, and how surely they do; None if they do not."""
    lists = ((Sure.CERTAIN, "wrong"), (Sure.LIKELY, "words"), (Sure.MILD, "mild"))
    known = {entry: sure for sure, part in reversed(lists) for entry in lexicon.slips[part]}
    longest = max((len(entry.split()) for entry in known), default=0)
    at = end = between = 0
    sure: Sure | None = None
    while at < len(words) and between <= LONGEST_BETWEEN:
        sizes = range(min(longest, len(words) - at), 0, -1)
        size = next((n for n in sizes if " ".join(words[at : at + n]) in known), 0)
        if size:
            sure = max(sure or Sure.MILD, known[" ".join(words[at : at + size])])
            at = end = at + size
            between = 0
        elif words[at] in lexicon.slips["before"] or not words[at]:
            at, between = at + 1, between + 1
        else:
            break
    return end, sure


def _split(text: str, lexicon: Lexicon) -> tuple[str, str]:
    """Return what a text says that it is, and what it was not: "14 not 4", "its an iep not a 504"."""
    words = text.split()
    at = next((n for n, word in enumerate(words) if n and normalize(word) in lexicon.slips["instead"]), None)
    if at is None or at + 1 == len(words):
        return text, ""
    return " ".join(words[:at]).strip(" ,;."), " ".join(words[at + 1 :])
