"""Finds what a text corrects: "wait i meant no", "oh i hit the wrong one, its his behavior".

Rule 1: its words stand at the beginning, after little else: "she said sorry" corrects nothing.
Rule 2: "sorry" and "wait" begin many sentences, so they may put nothing right: the caller decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.said import entry_at
from hotline.conversation.nlu.slips import Slips, Sure

LONGEST_BETWEEN = 6
"""The most words before and between the words of a correction."""

LONGEST_DENIED = 3
"""Longest denial, in words, before a correction: "not on friday"."""

LONGEST = 20
"""The most words that put something right: a longer text is a story."""

CLAUSE_ENDS = ",;.!?-"

PARTS = re.compile(r"[,;.!\n]+")


@dataclass(frozen=True, slots=True)
class Correction:
    """What a text corrects."""

    sure: Sure
    says: tuple[str, ...] = ()
    """What is right, in the forms to read it in, the likeliest first; () if the text only says that something was wrong."""
    content: tuple[str, ...] = ()
    """The same without an opening yes or no, if more follows it."""
    denied: str = ""
    """What it was not: "a 504", of "its an iep not a 504"."""


def correction_in(text: str, lexicon: Lexicon) -> Correction | None:
    """Return what a text corrects, or None if it does not begin as a correction."""
    words = text.split()
    first = normalize(words[0]) if words else ""
    if first and first not in lexicon.slips.opens and first not in lexicon.slips.instead:
        return None
    plain = [normalize(word) for word in words]
    end, sure = _opening(plain, lexicon.slips)
    if sure is None and first in lexicon.slips.instead:
        end, sure = _behind_denial(plain, lexicon.slips)
    if sure is None or len(words) - end > LONGEST:
        return None
    rest = " ".join(words[end:]).strip(" ,;.:!-\u2013\u2014")
    if not normalize(rest):
        return Correction(sure)
    head, _, others = rest.partition(" ")
    opens = bool(others) and normalize(head) in lexicon.yes.words | lexicon.no.words
    bare = others.strip(" ,;.") if opens else rest
    right, denied = _split(bare, lexicon)
    parts = [part.strip() for part in PARTS.split(bare) if part.strip()]
    if opens and normalize(head) in lexicon.no.words and len(parts) > 1 and head.isalpha():
        denied = denied or parts[0]  # "no es lectura, es conducta"
    content = tuple(dict.fromkeys((right, *parts[-1:]))) if right == bare else (right,)
    says = tuple(dict.fromkeys((right, rest, *content) if right != bare else (rest, *content)))
    return Correction(sure, says, content, denied)


def self_correction_in(text: str, lexicon: Lexicon, apart: Set[str]) -> str:
    """Return a text's correction of its own first words, or "": "i did, friday", of "not yet sorry i meant i did, friday".

    A word that often only softens counts after a clause, or before a yes or a no. `apart` are wordings in which it means
    something else: "to wait".
    """
    words = text.split()
    plain = [normalize(word) for word in words]
    answers, right = lexicon.yes.words | lexicon.no.words, ""
    for at in range(1, len(words) - 1):
        size = entry_at(plain, at, lexicon.slips.entries, lexicon.slips.longest)
        said = " ".join(plain[at - 1 : at + size])
        if not size or any(said in own for own in apart):
            continue
        end, sure = _opening(plain[at:], lexicon.slips)
        behind = words[at - 1][-1] in CLAUSE_ENDS
        rest = words[at + end :]
        if rest and (sure is not Sure.MILD or behind or plain[at + end] in answers):
            right = " ".join(rest)
    return right


def _opening(words: Sequence[str], slips: Slips) -> tuple[int, Sure | None]:
    """Return how many words open a correction, and how surely they do; None if they do not."""
    at = end = between = 0
    sure: Sure | None = None
    while at < len(words) and between <= LONGEST_BETWEEN:
        if size := entry_at(words, at, slips.entries, slips.longest):
            sure = max(sure or Sure.MILD, slips.entries[" ".join(words[at : at + size])])
            at = end = at + size
            between = 0
        elif words[at] in slips.before or not words[at]:
            at, between = at + 1, between + 1
        else:
            break
    return end, sure


def _behind_denial(words: Sequence[str], slips: Slips) -> tuple[int, Sure | None]:
    """Return the same for a text that begins with a denial: "not today sorry i meant monday"."""
    for at in range(2, min(LONGEST_DENIED + 1, len(words))):
        end, sure = _opening(words[at:], slips)
        if sure is not None:
            return at + end, sure
    return 0, None


def _split(text: str, lexicon: Lexicon) -> tuple[str, str]:
    """Return what a text says that it is, and what it was not: "14 not 4", "its an iep not a 504"."""
    words = text.split()
    at = next((n for n, word in enumerate(words) if n and normalize(word) in lexicon.slips.instead), None)
    if at is None or at + 1 == len(words):
        return text, ""
    return " ".join(words[:at]).strip(" ,;."), " ".join(words[at + 1 :])
