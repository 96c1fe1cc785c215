"""In which language it goes on: that of the person's words, where those are plainly in one.

What is plain is decided in `nlu.language`. A person may always ask for a language; that is a word like any other.
"""

from __future__ import annotations

from dataclasses import replace

from hotline.conversation.book.states import Role
from hotline.conversation.engine.safety import SAFETY
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import Channel
from hotline.conversation.nlu.language import language_of, plain_language


def judge_language(draft: Draft, meaning: str | None, text: str) -> None:
    """Somebody new is answered in the language of their first text, danger in that of its words."""
    session, languages = draft.session, draft.book.languages
    if not session.state and session.language == languages[0]:
        draft.session = session = replace(session, language=language_of(text, languages))
    if meaning in SAFETY and (plain := plain_language(text, languages, danger=True)):
        draft.session = replace(session, language=plain)


def follow_language(draft: Draft, meaning: str | None, text: str) -> None:
    """Goes on in the language that a text is plainly in, and says how to get back. A call is spoken to, and heard, in
    the language that was chosen.
    """
    plain = plain_language(text, draft.book.languages)
    asked_for = str(meaning).startswith("language_")
    if draft.event.channel is Channel.SMS and plain and plain != draft.session.language and not asked_for:
        draft.session = replace(draft.session, language=plain)
        enter(draft, Role.IN_YOUR_LANGUAGE)
