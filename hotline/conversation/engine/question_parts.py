"""Moves between the parts of a question that a call asks in parts, because a caller cannot remember five choices.

Rule 1: `speech.part_offered` says what a part offers: the first choices, and a key for more.
Rule 2: keys, and numbers said aloud, go by parts. What a caller says in words is understood as any of the choices.
Rule 3: BACK in a later part leads to the first one, and undoes no answer.
"""

from __future__ import annotations

from hotline.conversation.book.states import Question
from hotline.conversation.engine.speech import has_more, part_offered
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace

MORE_TOPICS = "more"
"""The intent of a caller who says "more": at a question in parts, its next part."""


def next_part(builder: TurnBuilder, question: Question) -> bool:
    """Turn to the next part of the open question, and return whether there is one."""
    part = builder.session.part
    if not has_more(question, part_offered(builder.event.channel, question, part)):
        return False
    builder.session = replace(builder.session, part=part + 1, misses=0, silences=0)
    return True


def first_part(builder: TurnBuilder) -> bool:
    """Turn back to the first part of the open question, and return whether the caller was in a later one."""
    if not builder.session.part or builder.start.more:
        return False
    builder.session = replace(builder.session, part=0, misses=0, silences=0)
    return True
