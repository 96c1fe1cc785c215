"""Scores a text for danger, and the part after a leading no: "no, le pegan en la escuela".

The classifier reads no punctuation, so that behind "no," danger would be read as denied. The higher score counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotline.conversation.nlu.classifier import Classifier
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize

if TYPE_CHECKING:
    from hotline.conversation.nlu.weights import Margins

FEW_WORDS = {1: 0.6, 2: 0.3}
"""From here a text of one or two words that no rule matches is asked about: they say little. One never alarms."""

ASK_BEHIND = 0.25
"""The same for any words behind a no: they are fewer than a whole text has, and most are excuses."""

LONGEST_FRONT = 5
"""The most words of a leading no: "they told me no and"."""

PAUSES = ",.;:!-–—"


def danger_in(
    text: str, said: str, whole: Margins, classifier: Classifier, lexicon: Lexicon
) -> tuple[float, float, str]:
    """Return the probabilities that a text means danger and that it is urgent, and its most likely part, or ""."""
    (likely, urgent), part = classifier.likely_in(("danger", "alarm"), said, whole)
    rest = text_after_no(text, lexicon)
    if rest:
        (of_rest, urgent_rest), part_of_rest = classifier.likely_in(("danger", "alarm"), rest)
        if of_rest > likely and of_rest >= FEW_WORDS.get(len(rest.split()), ASK_BEHIND):
            return of_rest, urgent_rest, part_of_rest or rest
    return likely, urgent, part


def text_after_no(text: str, lexicon: Lexicon) -> str:
    """Return the words, normalized, after a no and a pause or a conjunction, or "": "no, le pegan", "they said no and i".

    Without the pause the no would deny them: "no le pegan".
    """
    words = text.replace("\n", " , ").split()
    for at, word in enumerate(words[: LONGEST_FRONT + 1]):
        pauses = word[-1] in PAUSES
        if not (pauses or word.lower() in lexicon.then):
            continue
        front = normalize(" ".join(words[: at + 1] if pauses else words[:at])).split()
        ends = (" ".join(front), *front[-1:])
        if any(end in lexicon.no.words for end in ends):
            return normalize(" ".join(words[at + 1 :]))
    return ""
