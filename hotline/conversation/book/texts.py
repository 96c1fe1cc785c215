"""Texts by id, language and channel, and the spoken form of written text.

A text's id is file.state.part, such as `screening.child_age.text`. Texts are filled and converted to speech
once, when the book is read; a turn only reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

from babel.dates import format_skeleton

from hotline.conversation.book.states import Book, Question, Statement, Voice
from hotline.conversation.model.events import Blanks, Channel, Choice, FlowError

DAYS = ("deadline", "again")
"""Placeholders filled per person with a day."""

NUMBERS = ("question", "count")
"""Placeholders filled per person with a number."""

DAY_LISTS = ("days",)
"""Placeholders filled per person with days, separated by spaces."""

LISTS = ("facts",)
"""Placeholders filled per person with texts, given as ids separated by spaces."""

PLACEHOLDER = re.compile(r"\{(\w*)\}")
PHONE_NUMBER = re.compile(r"\+?\d[\d-]{5,}\d")
ADDRESS = re.compile(r"\b(?:[a-z0-9-]+\.)+(?:org|gov|com|edu|net)(?:/[\w/-]+)?", re.IGNORECASE)


def text_id(state: Question | Statement, part: str = "text") -> str:
    """Return the id of one part of a state: text, or choice.<name>."""
    return f"{state.file}.{state.name}.{part}"


def state_of(text: str) -> str:
    """Return the name of the state that the text with this id belongs to."""
    return text.split(".")[1]


def wording(book: Book, language: str, channel: Channel, text: str) -> str:
    """Return the text with this id, in the book's first language if `language` lacks it."""
    texts = book.texts.get(language) or book.texts[book.languages[0]]
    found = texts.get(text) or book.texts[book.languages[0]][text]
    return found[channel is Channel.VOICE]


@lru_cache(maxsize=4096)
def offered(book: Book, language: str, question: str, only: tuple[str, ...] = ()) -> tuple[Choice, ...]:
    """Return a question's choices as offered in this language; with `only`, just those, in that order."""
    key = language, question
    if key not in book.choices:
        asked = book.question(question)
        book.choices[key] = tuple(_offered(book, language, asked, choice) for choice in asked.choices)
    choices = book.choices[key]
    by_name = {choice.name: choice for choice in choices} if only else {}
    return tuple(by_name[name] for name in only if name in by_name) if only else choices


def _offered(book: Book, language: str, asked: Question, choice: Choice) -> Choice:
    id = text_id(asked, f"choice.{choice.name}")
    written = wording(book, language, Channel.SMS, id)
    spoken = wording(book, language, Channel.VOICE, id)
    return replace(choice, text=written, say=spoken, words=(choice.text, *choice.words))


def filled(text: str, blanks: Blanks, language: str, book: Book, channel: Channel) -> str:
    """Return `text` with its placeholders filled: days as the language writes them, text ids as texts."""
    for name, value in blanks:
        said = (
            ", ".join(wording(book, language, channel, id) for id in value.split())
            if name in LISTS
            else ", ".join(
                _as_said(day, language, "MMMMd" if channel is Channel.VOICE else "MMMd")
                for day in value.split()
            )
            if name in DAY_LISTS
            else _as_said(value, language)
        )
        text = text.replace(f"{{{name}}}", said)
    return text


def _as_said(value: str, language: str, skeleton: str = "MMMMd") -> str:
    if value.isdigit():
        return value
    return format_skeleton(skeleton, date.fromisoformat(value), locale=language)


def fill(where: str, text: str, names: Mapping[str, str]) -> str:
    """Return `text` with {center} and the like replaced. Raise FlowError on an unknown name."""

    def named(found: re.Match[str]) -> str:
        try:
            return names[found[1]]
        except KeyError:
            known = ", ".join(f"{{{name}}}" for name in names)
            raise FlowError(f"{where}: nothing is called {found[0]}; known are {known}") from None

    return PLACEHOLDER.sub(named, text)


def speech(text: str, voice: Voice) -> str:
    """Return `text` as a voice should read it: "504" as "five oh four", a phone number digit by digit."""

    def address(found: re.Match[str]) -> str:
        said = found[0]
        for sign, aloud in voice.signs:
            said = said.replace(sign, f" {aloud} ")
        return said

    said = PHONE_NUMBER.sub(lambda found: _digits(found[0]), text)
    said = ADDRESS.sub(address, said)
    for written, aloud in voice.spoken:
        said = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", aloud, said)
    return said


def _digits(number: str) -> str:
    """Return a phone number in groups, so that a voice reads each digit and pauses between groups."""
    bare = number.removeprefix("+1") if number.startswith("+1") else number.lstrip("+")
    if "-" not in bare and len(bare) == 10:
        bare = f"{bare[:3]}-{bare[3:6]}-{bare[6:]}"
    return ", ".join(" ".join(group) for group in bare.split("-") if group)
