"""Note what was not understood: where, in which language, and which words of the public list stood in it.

Rule 1: the place and the language are a figure of the day. Of the words only those of the public list leave the turn, for
        `store.misunderstood`, which shows a word only where three different people used it.
Rule 2: nothing of a text that may mean danger or distress is noted.
"""

from __future__ import annotations

from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import Missed
from hotline.conversation.nlu.normalize import normalise
from hotline.conversation.nlu.reader import Danger, Reading

NEW = "new"
"""What the place of somebody's first text is called."""

MOST_WORDS = 30
"""Words of one text that are noted: no text weighs more than a sentence or two."""


def note_misunderstood(draft: Draft, reading: Reading) -> None:
    """Count that a text was not understood here, and give the public words that stood in it."""
    if reading.danger is not Danger.NONE:
        return
    session, reader = draft.session, draft.book.meanings
    draft.count(f"misunderstood.{session.state or NEW}.{session.language}")
    small = reader.lexicon.small_words.get(session.language, frozenset())
    words = dict.fromkeys(normalise(reading.cleaned.text).split())
    if public := tuple(word for word in words if word in reader.places and word not in small)[:MOST_WORDS]:
        draft.effects.append(Missed(public))
