"""Chooses the conversation's language: that of the person's text, if it is clearly in one.

`nlu.language` decides what is clear. A person may always ask for a language, with a command like any other.
"""

from __future__ import annotations

from dataclasses import replace

from hotline.conversation.book.states import Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import Channel, Tell
from hotline.conversation.nlu.language import is_other_language, language_of, plain_language
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import SAFETY, Known


def judge_language(draft: Draft, intent: str | None, text: str) -> None:
    """Set the language from a new person's first text, or from a text that means danger."""
    session, languages = draft.session, draft.book.languages
    if not session.state and session.language == languages[0]:
        draft.session = session = replace(
            session, language=language_of(text, languages, draft.book.meanings.lexicon)
        )
    if intent in SAFETY and (
        plain := plain_language(text, languages, draft.book.meanings.lexicon, danger=True)
    ):
        draft.session = replace(session, language=plain)


def follow_language(draft: Draft, intent: str | None, text: str) -> None:
    """Switch to the language that a text is clearly in, and say how to switch back.

    Texts only: a call stays in the language that was chosen, for both speech and recognition.
    """
    plain = plain_language(text, draft.book.languages, draft.book.meanings.lexicon)
    asked_for = draft.book.roles.language(intent) is not None
    if draft.event.channel is Channel.SMS and plain and plain != draft.session.language and not asked_for:
        draft.session = replace(draft.session, language=plain)
        enter(draft, Role.IN_YOUR_LANGUAGE)


def speaks_other(draft: Draft, reading: Reading, intent: str | None) -> bool:
    """Return whether the person writes in, or asks for, an unsupported language."""
    if intent == Known.OTHER_TONGUE:
        return True
    quiet = reading.by != "rule" and reading.danger is Danger.NONE
    return quiet and is_other_language(reading.cleaned.text, draft.book.meanings.lexicon)


def greet_in_all(draft: Draft) -> None:
    """Greet in each supported language, and point to a person with an interpreter.

    Nobody is answered in a language that nobody here has checked.
    """
    session = draft.session
    for language in draft.book.languages:
        if language != session.language:
            greeting = text_id(draft.book.statement(Role.GREETING))
            draft.replies.append(Tell(greeting, language=language))
    enter(draft, Role.OTHER_TONGUE)
