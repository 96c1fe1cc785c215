"""Tells teachers, foster parents, grandparents and students what is different for them.

Rule 1: they hear it once, in addition to the answer to what they wrote. It never delays the reply to danger.
Rule 2: a person who asks whether a machine answers, or who runs this, gets that answer, rather than what is stored about them.
"""

from __future__ import annotations

from hotline.conversation.book.states import Role, Statement
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Tell
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.speakers import MACHINE, asks_who_we_are, speaker_of


def notice_speaker(builder: TurnBuilder, reading: Reading) -> None:
    """Set `builder.speaker_statement` to the statement for this person, the first time that they say who they are."""
    if reading.danger in (Danger.ASK, Danger.ALARM) or reading.cleaned.core.isdecimal():
        return
    kind = speaker_of(reading.cleaned.said, builder.book.reader.lexicon)
    state = builder.book.speakers.get(kind or "", "")
    if state and state not in builder.session.received:
        builder.speaker_statement = state


def insert_speaker_statement(builder: TurnBuilder) -> None:
    """Say the statement in `builder.speaker_statement` before the other replies, but after a greeting."""
    if not builder.speaker_statement or not isinstance(
        builder.book.states.get(builder.speaker_statement), Statement
    ):
        return
    said, builder.replies = builder.replies, []
    enter(builder, builder.speaker_statement)
    greeting = text_id(builder.book.statement(Role.GREETING))
    greeted = [i for i, reply in enumerate(said, 1) if isinstance(reply, Tell) and reply.text == greeting]
    at = max(greeted, default=0)
    builder.replies = [*said[:at], *builder.replies, *said[at:]]


def topic_state(builder: TurnBuilder, intent: str) -> str | None:
    """Return the state that answers an intent, or None; if a person asks who we are, the state that says so."""
    lexicon = builder.book.reader.lexicon
    if intent == Known.PRIVACY and asks_who_we_are(normalize(builder.event.text), lexicon):
        return builder.book.speakers.get(MACHINE) or builder.book.topics.get(intent)
    return builder.book.topics.get(intent)
