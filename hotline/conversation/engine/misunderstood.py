"""Records texts that were not understood: the state, the language, and public-list words in them.

Rule 1: the state and the language go into a daily counter. Only public-list words leave the turn, for
        `store.misunderstood`, which shows a word only if three different people used it.
Rule 2: nothing is recorded of a text that may mean danger or distress.
"""

from __future__ import annotations

from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Missed
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.reader import Danger, Reading

MISUNDERSTOOD = "misunderstood."
"""The beginning of the names of these counters, before the state and the language."""

NEW = "new"
"""The state recorded for a new person's first text."""

MOST_WORDS = 30
"""The most words recorded of one text, so that none weighs more than a sentence or two."""


def note_misunderstood(builder: TurnBuilder, reading: Reading) -> None:
    """Count that a text was not understood here, and emit the public words that it contained."""
    if reading.danger is not Danger.NONE:
        return
    session, reader = builder.session, builder.book.reader
    builder.count(f"{MISUNDERSTOOD}{session.state or NEW}.{session.language}")
    small = reader.lexicon.small_words.get(session.language, frozenset())
    words = dict.fromkeys(normalize(reading.cleaned.text).split())
    if public := tuple(word for word in words if word in reader.places and word not in small)[:MOST_WORDS]:
        builder.effects.append(Missed(public))
