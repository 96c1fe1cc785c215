"""Computes a turn: step(book, session, event) -> Turn.

Rule 1: total. Whatever a person does, in whatever state, `step` returns; it never raises.
Rule 2: pure. The same book, session and event give the same turn.
Rule 3: danger before everything, then STOP, then the answer to the question, then commands that work
        anywhere.
Rule 4: every turn says something, except to a person who texted STOP: they get silence until START.
Rule 5: two tries at a question, then a way out.

HANDLERS is the table of what handles each kind of event; the modules that it names keep Rules 3 to 5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Question, Statement
from hotline.conversation.book.texts import lacks_values
from hotline.conversation.engine.asides import put_aside
from hotline.conversation.engine.call_events import (
    call_opened,
    caller_left,
    caller_silent,
    message_recorded,
    staff_dialed,
)
from hotline.conversation.engine.finished_turn import finish
from hotline.conversation.engine.interpret import reading_of
from hotline.conversation.engine.keypad import key_said, press, take_keys
from hotline.conversation.engine.message import respond
from hotline.conversation.engine.opt_outs import keep_stop_question
from hotline.conversation.engine.reminders import say_which_child
from hotline.conversation.engine.resume import unexpired, with_reminder
from hotline.conversation.engine.spoken import read_speech
from hotline.conversation.engine.statements import words
from hotline.conversation.engine.transitions import ask_of, end_call_turn
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Event, EventKind
from hotline.conversation.model.session import Session, Turn


def step(book: Book, session: Session, event: Event) -> Turn:
    """Return the next turn.

    `session` is where the person is (`Session()` if they are new); the turn's session replaces it. The
    caller must commit session and effects together before sending any reply.
    """
    builder = TurnBuilder(book, event, unexpired(book, session, event))
    match event.kind:
        case EventKind.DUE:
            return _due(builder)
        case EventKind.LEFT:
            return caller_left(builder)
        case kind:
            HANDLERS[kind](builder)
    keep_stop_question(builder)
    end_call_turn(builder)
    return finish(builder)


def _read(builder: TurnBuilder) -> None:
    """Handle a text."""
    respond(builder, reading_of(builder, builder.event.text.strip()))


def _hear(builder: TurnBuilder) -> None:
    """Handle speech in a call: a number as its key, what is about the call itself, and all else like a text."""
    said = builder.book.reader.lexicon.calls.without_over(builder.event.text.strip())
    builder.event = replace(builder.event, text=said)
    reading = reading_of(builder, said)
    if key := key_said(builder, reading):
        take_keys(builder, key)
    elif as_text := read_speech(builder, reading):
        respond(builder, as_text)


def _due(builder: TurnBuilder) -> Turn:
    """Return the turn for a follow-up that is due.

    A question becomes where the person is; a statement does not move them. A state that is gone says
    nothing, and neither does one with a day that is no longer known. The days are those that it was planned with.
    """
    state = builder.book.states.get(builder.event.text)
    if isinstance(state, Statement):
        for question, day in builder.event.days:
            builder.session = builder.session.with_slot(question, day)
    match state:
        case Question():
            put_aside(builder)
            builder.session = with_reminder(
                replace(builder.session, state=state.name, aside=False, part=0, misses=0, silences=0),
                builder.event,
            )
            say_which_child(builder)
            builder.replies.append(ask_of(builder, state.name))
            return finish(builder)
        case Statement():
            text = words(builder, state)
            return Turn(builder.start, () if lacks_values(builder.book, text) else (text,))
        case Fork() | None:
            return Turn(builder.start)


HANDLERS: Mapping[EventKind, Callable[[TurnBuilder], None]] = {
    EventKind.OPENED: call_opened,
    EventKind.SAID: _read,
    EventKind.SPOKEN: _hear,
    EventKind.PRESSED: press,
    EventKind.SILENT: caller_silent,
    EventKind.DIALED: staff_dialed,
    EventKind.RECORDED: message_recorded,
}
"""The handler for each kind of event, except a due follow-up and the end of a call."""
