"""Chooses the conversation's language: that of the person's text, if it is clearly in one.

`nlu.language` decides what is clear. A person may always ask for a language, with a command like any other.
"""

from __future__ import annotations

from dataclasses import replace

from hotline.conversation.book.states import Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.transitions import ask_again, enter
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import Channel, Tell
from hotline.conversation.nlu.language import language_of, other_language_of, plain_language
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import SAFETY, Known


def judge_language(draft: Draft, intent: str | None, text: str) -> None:
    """Set the language from a new person's first text, or from a text that means danger."""
    session, languages = draft.session, draft.book.languages
    if not session.state and session.language == languages[0]:
        draft.session = session = replace(
            session, language=language_of(text, languages, draft.book.reader.lexicon)
        )
    if intent in SAFETY and (
        plain := plain_language(text, languages, draft.book.reader.lexicon, danger=True)
    ):
        draft.session = replace(session, language=plain)


def follow_language(draft: Draft, intent: str | None, text: str) -> None:
    """Switch to the language that a text is clearly in, and say how to switch back.

    Texts only: a call stays in the language that was chosen, for both speech and recognition.
    """
    plain = plain_language(text, draft.book.languages, draft.book.reader.lexicon)
    asked_for = draft.book.roles.language(intent) is not None
    if draft.event.channel is Channel.SMS and plain and plain != draft.session.language and not asked_for:
        draft.session = replace(draft.session, language=plain)
        enter(draft, Role.IN_YOUR_LANGUAGE)


def speaks_other(draft: Draft, reading: Reading, intent: str | None) -> bool:
    """Return whether the person writes in, or asks for, an unsupported language."""
    if intent == Known.OTHER_TONGUE:
        return True
    quiet = reading.by != "rule" and reading.danger is Danger.NONE
    return quiet and other_language_of(reading.cleaned.text, draft.book.reader.lexicon) is not None


def greet_in_all(draft: Draft, text: str) -> None:
    """Greet in each supported language, and point to a person with an interpreter.

    Add one sentence in the language of the text, if one was written and checked. Nothing else is said in
    an unsupported language.
    """
    session = draft.session
    for language in draft.book.languages:
        if language != session.language:
            greeting = text_id(draft.book.statement(Role.GREETING))
            draft.replies.append(Tell(greeting, language=language))
    say_in_theirs(draft, text)
    enter(draft, Role.OTHER_TONGUE)


def say_in_theirs(draft: Draft, text: str) -> None:
    """Say the sentence for the language of a text message, if there is one."""
    language = other_language_of(text, draft.book.reader.lexicon)
    sentence = draft.book.other_languages.get(language or "")
    if sentence and draft.event.channel is Channel.SMS:
        enter(draft, sentence)


def next_language(draft: Draft) -> None:
    """Switch to the next of the book's languages, for the phone key that cycles through them."""
    languages = draft.book.languages
    at = languages.index(draft.session.language) if draft.session.language in languages else -1
    switch_language(draft, languages[(at + 1) % len(languages)])


def switch_language(draft: Draft, language: str) -> None:
    """Switch to the language, if the book has it, and say so.

    A caller who has answered nothing in this call gets the whole greeting: who to call in danger, and the
    keys.
    """
    if language in draft.book.languages:
        draft.session = replace(draft.session, language=language)
    greeted = draft.event.channel is Channel.VOICE and draft.start.state in (Role.BEGIN, Role.WELCOME_BACK)
    enter(draft, Role.GREETING if greeted else Role.OTHER_LANGUAGE)
    ask_again(draft)
