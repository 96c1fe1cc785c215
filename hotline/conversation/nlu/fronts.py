"""Words before an answer that answer nothing where no yes is offered: "yes they answered", "thank you yes he qualified"."""

from __future__ import annotations

from collections.abc import Sequence

from hotline.conversation.nlu.said import entry_at

LONGEST_FRONT = 6
"""The most words of an entry that may stand before an answer."""


def without_lead_in(words: Sequence[str], fronts: frozenset[str]) -> Sequence[str]:
    """Return the words without what may precede an answer: "they will test", of "yes they answered they will test"."""
    at = 0
    while size := entry_at(words, at, fronts, LONGEST_FRONT):
        at += size
    return words[at:]
