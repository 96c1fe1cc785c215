"""Chooses the conversation's language: that of the person's text, if it is clearly in one.

`nlu.language` decides what is clear. A person may always ask for a language, with a command like any other.
"""

from __future__ import annotations

from hotline.conversation.book.states import Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.transitions import ask_again, enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Channel, Tell
from hotline.conversation.nlu.language import language_of, other_language_of, plain_language
from hotline.conversation.nlu.other_languages import language_named, name_of
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import SAFETY, Known


def judge_language(builder: TurnBuilder, intent: str | None, text: str) -> None:
    """Set the language from a new person's first text, or from a text that means danger."""
    session, languages = builder.session, builder.book.languages
    if not session.state and session.language == languages[0]:
        builder.session = session = replace(
            session,
            language=language_of(text, languages, builder.book.reader.lexicon, builder.book.own_words),
        )
    if intent in SAFETY and (
        plain := plain_language(text, languages, builder.book.reader.lexicon, danger=True)
    ):
        builder.session = replace(session, language=plain)


def follow_language(builder: TurnBuilder, intent: str | None, text: str) -> None:
    """Switch to the language that a text is clearly in, and say how to switch back.

    A call stays in the language that was chosen, for both speech and recognition: it says which key is for the other.
    """
    plain = plain_language(text, builder.book.languages, builder.book.reader.lexicon)
    asked_for = intent in builder.book.roles.languages
    if not plain or plain == builder.session.language or asked_for:
        return
    if builder.event.channel is Channel.VOICE:
        builder.offer_languages()
    else:
        builder.session = replace(builder.session, language=plain)
        enter(builder, Role.IN_YOUR_LANGUAGE)


def speaks_other(builder: TurnBuilder, reading: Reading, intent: str | None) -> bool:
    """Return whether the person writes in, or asks for, an unsupported language."""
    if intent == Known.OTHER_TONGUE:
        return True
    quiet = reading.by != "rule" and reading.danger is Danger.NONE
    return quiet and other_language_of(reading.cleaned.text, builder.book.reader.lexicon) is not None


def greet_in_all(builder: TurnBuilder, text: str) -> None:
    """Greet in each supported language, and point to a person with an interpreter.

    Add one sentence in the language of the text, if one was written and checked. Nothing else is said in
    an unsupported language.
    """
    session = builder.session
    for language in builder.book.languages:
        if language != session.language:
            greeting = text_id(builder.book.statement(Role.GREETING))
            builder.replies.append(Tell(greeting, language=language))
    answer_in_theirs(builder, text)


def answer_in_theirs(builder: TurnBuilder, text: str) -> None:
    """Remember the language that a text is in or names, and point to a person with an interpreter.

    By text add the sentence for that language, if there is one. Staff who were already asked to call learn the language too.
    """
    lexicon = builder.book.reader.lexicon
    language = other_language_of(text, lexicon) or language_named(text, lexicon.others) or ""
    sentence = builder.book.other_languages.get(language, "")
    if sentence and builder.event.channel is Channel.SMS:
        enter(builder, sentence)
    if not name_of(language, lexicon.others, builder.book.languages[0]):
        enter(builder, Role.OTHER_TONGUE)
        return
    builder.session = replace(builder.session, tongue=language)
    question = builder.question()
    if question and question.reach:
        builder.ask_person(question.reach, when=question.unsure)
    enter(builder, Role.TONGUE_NOTED)


def next_language(builder: TurnBuilder) -> None:
    """Switch to the next of the book's languages, for the phone key that cycles through them."""
    languages = builder.book.languages
    at = languages.index(builder.session.language) if builder.session.language in languages else -1
    switch_language(builder, languages[(at + 1) % len(languages)])


def switch_language(builder: TurnBuilder, language: str) -> None:
    """Switch to the language, if the book has it, and say so.

    A caller who has answered nothing in this call gets the whole greeting: who to call in danger, and the
    keys.
    """
    if language in builder.book.languages:
        builder.session = replace(builder.session, language=language)
    greeted = builder.event.channel is Channel.VOICE and builder.start.state in (
        Role.BEGIN,
        Role.WELCOME_BACK,
    )
    enter(builder, Role.GREETING if greeted else Role.OTHER_LANGUAGE)
    ask_again(builder)
