"""Decides which question to return to after an aside, when a person asks for something in passing.

Rule 1: it returns to a question that holds, or that a reminder asked, and never to one that only leads elsewhere.
Rule 2: but a call's first question is asked again where nothing was explained in between, as after a wrong key:
        it offers what the line is for.
"""

from __future__ import annotations

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import RESTS_AFTER_DANGER, Question, Role
from hotline.conversation.book.texts import state_of
from hotline.conversation.engine.turn_builder import TurnBuilder, may_be_texted
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Tell

BEGINS_FROM = (Role.MENU, Role.BEGIN, Role.ANYTHING_ELSE, Role.WHICH_TOPIC)
"""Questions at which facts of a child that is new begin the screening."""

WAYPOINTS = frozenset(
    {
        *(Role.MENU, Role.ANYTHING_ELSE, Role.WELCOME_BACK, Role.CALL_DROPPED),
        *(Role.MORE, Role.NEXT_LINE),
        *(Role.STOP_OR_NOT, Role.SAFETY_CHECK, Role.SAFE_TO_GO_ON, Role.WHICH_TOPIC),
    }
)
"""Questions about where to go: nobody comes back to one after an aside."""

ABOUT_DANGER = (Role.SAFETY_CHECK, Role.SAFE_TO_GO_ON)
"""Questions at which a silent caller may be one who cannot speak: each time they hear whom to call."""

IN_DANGER = (*ABOUT_DANGER, *RESTS_AFTER_DANGER)
"""The states of a person whom we asked about danger, or gave the numbers to call."""


def put_aside(builder: TurnBuilder) -> None:
    """Put the current question aside, so that it is asked again after an aside.

    A question that was itself asked for in passing is not, unless it is one that holds. So is a letter that a
    call dictates.
    """
    if builder.dictates():
        builder.session = replace(builder.session, dictation=(builder.start.last[-1], *builder.start.more))
    session, name = builder.session, builder.session.state
    if must_return_to(builder.book, name) or (not session.aside and may_return_to(builder.book, name)):
        builder.session = replace(session.with_aside(name), misses=0, silences=0)


def may_return_to(book: Book, name: str) -> bool:
    """Return whether `name` is a question that a person can return to, rather than one about where to go."""
    waypoints = WAYPOINTS | book.after_fork(Role.STUCK)
    return isinstance(book.states.get(name), Question) and name not in waypoints


def must_return_to(book: Book, name: str) -> bool:
    """Return whether `name` is a question that an aside returns to; a reminder's always is."""
    state = book.states.get(name)
    return isinstance(state, Question) and name not in WAYPOINTS and (state.holds or bool(state.reminder))


def was_informed(builder: TurnBuilder) -> bool:
    """Return whether the person got more than a number to call, so that "anything else?" makes sense."""
    book, session = builder.book, builder.session
    numbers = book.after_fork(Role.PERSON) | book.danger_answers
    said = (
        reply for reply in (*builder.replies, *session.last, *session.textable) if isinstance(reply, Tell)
    )
    given = (tell for tell in said if state_of(tell.text) not in numbers and may_be_texted(book, tell))
    return bool(session.outcomes) or any(given)
