"""What is different for a person who says who they are: a teacher, a foster parent, a grandparent, a student.

Rule 1: each hears it once, besides the answer to what they wrote. It never stands in the way of danger.
Rule 2: who asks whether a machine answers, or who runs this, gets an answer to that, rather than what is stored about them.
"""

from __future__ import annotations

from hotline.conversation.book.states import Role, Statement
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import Tell
from hotline.conversation.nlu.normalize import normalise
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.speakers import MACHINE, asks_who_we_are, speaker_of

ABOUT_US = "privacy"
"""The intent of a text that asks about this line itself."""


def notice_speaker(draft: Draft, reading: Reading) -> None:
    """Remember in the draft which statement is for this person, where they say who they are for the first time."""
    if reading.danger in (Danger.ASK, Danger.ALARM):
        return
    kind = speaker_of(normalise(reading.cleaned.text), draft.book.reader.lexicon)
    state = draft.book.speakers.get(kind or "", "")
    if state and state not in draft.session.received:
        draft.met = state


def speak_to(draft: Draft) -> None:
    """Say it in front of what was said, behind a greeting."""
    if not draft.met or not isinstance(draft.book.states.get(draft.met), Statement):
        return
    said, draft.replies = draft.replies, []
    enter(draft, draft.met)
    greeting = text_id(draft.book.statement(Role.GREETING))
    greeted = [i for i, reply in enumerate(said, 1) if isinstance(reply, Tell) and reply.text == greeting]
    at = max(greeted, default=0)
    draft.replies = [*said[:at], *draft.replies, *said[at:]]


def state_for(draft: Draft, intent: str) -> str | None:
    """Return the state that answers an intent; where a person asks who we are, the one that says so."""
    lexicon = draft.book.reader.lexicon
    if intent == ABOUT_US and asks_who_we_are(normalise(draft.event.text), lexicon):
        return draft.book.speakers.get(MACHINE) or draft.book.topics.get(intent)
    return draft.book.topics.get(intent)
