"""In which language it goes on: that of the person's words, where those are plainly in one.

What is plain is decided in `nlu.language`. A person may always ask for a language; that is a word like any other.
"""

from __future__ import annotations

from dataclasses import replace

from hotline.conversation.book.states import Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.safety import SAFETY
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import Channel, Tell
from hotline.conversation.nlu.language import is_other_language, language_of, plain_language
from hotline.conversation.nlu.reader import Danger, Reading

OTHER_TONGUE = "other_tongue"
"""The intent of asking for a language that we do not speak."""


def judge_language(draft: Draft, meaning: str | None, text: str) -> None:
    """Somebody new is answered in the language of their first text, danger in that of its words."""
    session, languages = draft.session, draft.book.languages
    if not session.state and session.language == languages[0]:
        draft.session = session = replace(
            session, language=language_of(text, languages, draft.book.meanings.lexicon)
        )
    if meaning in SAFETY and (
        plain := plain_language(text, languages, draft.book.meanings.lexicon, danger=True)
    ):
        draft.session = replace(session, language=plain)


def follow_language(draft: Draft, meaning: str | None, text: str) -> None:
    """Goes on in the language that a text is plainly in, and says how to get back. A call is spoken to, and heard, in
    the language that was chosen.
    """
    plain = plain_language(text, draft.book.languages, draft.book.meanings.lexicon)
    asked_for = str(meaning).startswith("language_")
    if draft.event.channel is Channel.SMS and plain and plain != draft.session.language and not asked_for:
        draft.session = replace(draft.session, language=plain)
        enter(draft, Role.IN_YOUR_LANGUAGE)


def speaks_other(draft: Draft, reading: Reading, meaning: str | None) -> bool:
    """Return whether somebody writes, or asks for, a language that we do not speak."""
    if meaning == OTHER_TONGUE:
        return True
    quiet = reading.by != "rule" and reading.danger is Danger.NONE
    return quiet and is_other_language(reading.cleaned.text, draft.book.meanings.lexicon)


def greet_in_all(draft: Draft) -> None:
    """Greet in each language that we speak, and show the way to a person with an interpreter in each. Nobody is answered in
    a language that nobody here has checked.
    """
    session = draft.session
    for language in draft.book.languages:
        if language != session.language:
            greeting = text_id(draft.book.statement(Role.GREETING))
            draft.replies.append(Tell(greeting, language=language))
    enter(draft, Role.OTHER_TONGUE)
