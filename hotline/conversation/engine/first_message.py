"""Responds to the first message of a new person: a greeting, then what they asked for, or the menu."""

from __future__ import annotations

from hotline.conversation.book.states import Role
from hotline.conversation.engine.commands import ask_which, run_command
from hotline.conversation.engine.follow_language import greet_in_all, speaks_other
from hotline.conversation.engine.home import notice_home
from hotline.conversation.engine.misunderstood import note_misunderstood
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.nlu.reader import Reading


def _begins_screening(draft: Draft, intent: str | None) -> bool:
    """Return whether a first text that answers a question asks for nothing that has an answer of its own."""
    roles = draft.book.roles
    return intent is None or intent in roles.asks_for_nothing | roles.story_begins_screening


def respond_to_first(draft: Draft, reading: Reading, intent: str | None) -> None:
    """Greet a new person, then give them what they asked for, or the menu."""
    draft.count("text_opened")
    if intent and intent in draft.book.roles.not_greeted:
        run_command(draft, intent)
        return
    enter(draft, Role.GREETING)
    if notice_home(draft, reading):
        return
    if speaks_other(draft, reading, intent):
        greet_in_all(draft, reading.cleaned.text)
    elif draft.session.given and _begins_screening(draft, intent):
        enter(draft, Role.SCREENING)  # a story: what it tells is used, and not asked again
    elif intent is None and reading.asks:
        ask_which(draft, reading.asks)
    elif intent is None or intent in draft.book.roles.asks_for_nothing:
        if intent is None:
            note_misunderstood(draft, reading)
        enter(draft, Role.MENU)
    else:
        run_command(draft, intent)
