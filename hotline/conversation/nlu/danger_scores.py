"""Scores a text for danger, as a whole and in parts, and returns the highest score.

The classifier reads no punctuation, so what else a text says can outweigh danger in it:

Rule 1: what stands after a leading no, which would deny it ("no, le pegan en la escuela"), or beside a STOP ("stop texting me
        he hit me"), counts as a text of its own.
Rule 2: a later clause ("the meeting went ok and he hits me") is asked about, and never alarms: what it is about may stand
        before it ("her math scores, she's not moving").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from hotline.conversation.nlu.classifier import Classifier
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize

if TYPE_CHECKING:
    from hotline.conversation.nlu.weights import Margins

ASK = 0.15
"""The probability of danger from which we ask, kindly."""

FEW_WORDS = {1: 0.6, 2: 0.3}
"""From here a text of one or two words that no rule matches is asked about: they say little. One never alarms."""

ASK_BEHIND = 0.25
"""The same after a no or beside a STOP, of any length: most of it is an excuse."""

ASK_CLAUSE, ASK_REST = 0.93, 0.6
"""The same for a clause, and for everything after a clause, which says more.

Chosen by the totals of the held-out rows: see docs/understanding.md.
"""

ASK_TWO_WORDS = 0.8
"""The least for two words, which say little."""

MOST_OF_CLAUSE = 0.9
"""The highest score of a clause: below what alarms."""

MOST_CLAUSES, LONGEST_REST = 20, 40
"""How many clauses are read by themselves, and how many words of what follows one: a longer text is read by windows."""

LONGEST_FRONT = 5
"""The most words of a leading no: "they told me no and"."""

PAUSES = ",.;:!?-–—"


def danger_in(
    text: str, said: str, beside: Iterable[str], whole: Margins, classifier: Classifier, lexicon: Lexicon
) -> tuple[float, float, str]:
    """Return the probabilities that a text means danger and that it is urgent, and its most likely part, or "".

    `said` is the text normalized, `whole` its margins, and `beside` what stands beside a STOP.
    """
    heads = ("danger", "alarm")
    (likely, urgent), most_likely = classifier.likely_in(heads, said, whole)
    for part in filter(None, (*beside, text_after_no(text, lexicon))):
        (of_part, urgent_part), within = classifier.likely_in(heads, part)
        if of_part > likely and of_part >= FEW_WORDS.get(len(part.split()), ASK_BEHIND):
            likely, urgent, most_likely = of_part, urgent_part, within or part
    if likely >= ASK:
        return likely, urgent, most_likely
    for part, least in clauses(text, lexicon).items():
        (of_part, _), within = classifier.likely_in(heads, part)
        if of_part > likely and of_part >= least:
            likely, most_likely = min(of_part, MOST_OF_CLAUSE), within or part
    return likely, urgent, most_likely


def text_after_no(text: str, lexicon: Lexicon) -> str:
    """Return the words, normalized, after a no and a pause or a conjunction, or "": "no, le pegan", "they said no and i".

    Without the pause the no would deny them: "no le pegan".
    """
    words = _words(text)
    for end, start in _breaks(words, lexicon):
        if start > LONGEST_FRONT + 1:
            break
        front = normalize(" ".join(words[:end])).split()
        if any(last in lexicon.no.words for last in (" ".join(front), *front[-1:])):
            return normalize(" ".join(words[start:]))
    return ""


def clauses(text: str, lexicon: Lexicon) -> dict[str, float]:
    """Return the clauses of a text of several, and what follows each, normalized, and from which probability to ask about it."""
    words, begins, found = _words(text), 0, dict[str, float]()
    ends = (*islice(_breaks(words, lexicon), MOST_CLAUSES), (len(words), len(words)))
    for end, start in ends:
        rest = words[start : start + LONGEST_REST]
        for part, least in ((words[begins:end], ASK_CLAUSE), (rest, ASK_REST)):
            said = normalize(" ".join(part))
            few = len(said.split())
            if few > 1 and len(part) < len(words):
                needed = max(least, ASK_TWO_WORDS) if few == 2 else least
                found[said] = min(needed, found.get(said, 1.0))  # the last clause follows one too
        begins = start
    return found


def _words(text: str) -> list[str]:
    return text.replace("\n", " , ").split()


def _breaks(words: list[str], lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    """Yield where a clause ends and where the next begins: after a pause, or around a conjunction, which is in neither."""
    for at, word in enumerate(words):
        if word[-1] in PAUSES:
            yield at + 1, at + 1
        elif word.lower() in lexicon.then:
            yield at, at + 1
