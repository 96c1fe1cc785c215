"""Words before an answer that answer nothing where no yes is offered: "yes they answered", "thank you yes he qualified"."""

from __future__ import annotations

from collections.abc import Sequence

from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.said import entry_at

LONGEST_FRONT = 6
"""The most words of an entry that may stand before an answer."""


def without_lead_in(words: Sequence[str], fronts: frozenset[str]) -> Sequence[str]:
    """Return the words without what may precede an answer: "they will test", of "yes they answered they will test"."""
    at = 0
    while size := entry_at(words, at, fronts, LONGEST_FRONT):
        at += size
    return words[at:]


def only_says_answered(text: str, lexicon: Lexicon) -> bool:
    """Return whether a text says that an answer came, and not which: "they answered"."""
    words = normalize(text).split()
    if not words or without_lead_in(words, lexicon.fronts):
        return False
    said = " ".join(words)
    return any(entry in said for entry in lexicon.answered)


def text_after_lead_in(text: str, lexicon: Lexicon) -> str:
    """Return a sentence without its leading yes or thanks, or "" if it has neither."""
    words = normalize(text).split()
    rest = without_lead_in(words, lexicon.fronts)
    return " ".join(rest) if 1 < len(rest) < len(words) else ""
