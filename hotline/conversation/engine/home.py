"""Handles a text that only names a US state: it is where the person lives, rather than a topic such as moving.

Rule 1: a question that takes a state comes first; this is for a state named at any other time.
Rule 2: an open question is asked again. If there is none, the person hears who helps in their state.
"""

from __future__ import annotations

from hotline.conversation.book.states import Role
from hotline.conversation.engine.asides import may_return_to
from hotline.conversation.engine.transitions import ask_again, enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.nlu.reader import Reading


def remember_home_state(builder: TurnBuilder, reading: Reading) -> bool:
    """Remember the US state that is all this text names, respond, and return whether there was one."""
    code = builder.book.places.only_named(reading.cleaned.core, builder.book.reader.lexicon.lives)
    name = builder.book.home_question
    if code is None or not name:
        return False
    builder.session = replace(builder.session.with_slot(name, code), misses=0, silences=0)
    builder.count(f"told.{name}")
    if not builder.start.state:
        enter(builder, Role.STATE_NOTED)
        enter(builder, Role.MENU)
    elif may_return_to(builder.book, builder.session.state) or builder.start.more:
        enter(builder, Role.STATE_NOTED)
        ask_again(builder)
    else:
        enter(builder, builder.book.question(name).go)
    return True
