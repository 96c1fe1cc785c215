"""Handles a call whose caller agreed to texts but cannot be texted.

Rule: promise nothing that will not be done, and record nothing as agreed to.
"""

from __future__ import annotations

from hotline.conversation.book.actions import Do, Scope
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Statement
from hotline.conversation.engine.commands import answer
from hotline.conversation.engine.finished_turn import finish
from hotline.conversation.engine.resume import unexpired
from hotline.conversation.engine.transitions import ask_again, end_call_turn, enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Count, Event, Refuse
from hotline.conversation.model.session import Session, Turn


def turn_without_texts(book: Book, session: Session, event: Event) -> Turn:
    """Return a turn that reads the requested text aloud again, or else continues as after a no."""
    builder = TurnBuilder(book, event, unexpired(book, session, event))
    question = builder.question()
    if question is None or not book.asks_consent(question.name):
        ask_again(builder)
    elif book.asks_consent(question.name, Scope.THIS) and session.wanted:
        read = (
            state
            for state in book.states.values()
            if isinstance(state, Statement) and Do.READ_WANTED in state.does
        )
        enter(builder, next(read).name)
    else:
        answer(builder, question, question.choice(question.unsure))
    end_call_turn(builder)
    turn = finish(builder)
    said = tuple(effect for effect in turn.effects if not isinstance(effect, Refuse | Count))
    return replace(turn, session=replace(turn.session, texting=session.texting), effects=said)
