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

from babel.dates import format_date, format_skeleton

from hotline.conversation.book.book import Book, Voice
from hotline.conversation.book.states import Question, Statement
from hotline.conversation.model.days_out import EARLIER
from hotline.conversation.model.events import Blanks, Channel, Choice, FlowError, Tell
from hotline.conversation.nlu.other_languages import name_of

DAYS = ("deadline", "again", "day", "first_day", "latest_day")
"""Placeholders filled per person with a day."""

WEEKDAYS = ("last_day",)
"""Placeholders filled per person with a day and its weekday: a day that is certain."""

FULL_DAYS = ("full_day",)
"""Placeholders filled per person with a day and its year: one that may be a year off."""

LINE = "line"
"""The blank of a text that a call dictates: the number of the line to say, from 1."""

LINE_END, SHORTEST_LINE = re.compile(r"(?<=[.!?])\s+"), 4
"""The end of a line of a dictated text, and the minimum words: a shorter line is joined to the next."""

NUMBERS = ("question", "count")
"""Placeholders filled per person with a number."""

DAY_LISTS = ("days",)
"""Placeholders filled per person with days, separated by spaces."""

LISTS = ("facts", "hard", "example", "since")
"""Placeholders filled per person with texts, given as ids separated by spaces."""

VERBATIM = ("grade", "letter_link")
"""Placeholders filled per person with what they are given, or with one text by its id."""

TONGUES = ("tongue",)
"""Placeholders filled per person with the name of a language that we do not speak."""

FILLED = (*DAYS, *WEEKDAYS, *FULL_DAYS, *NUMBERS, *DAY_LISTS, *LISTS, *VERBATIM, *TONGUES)
"""All placeholders filled per person."""

ABOUT = "_about"
"""Ends the id of a state's own text for a last day that is inexact, where another is for an exact one."""

PLACEHOLDER = re.compile(r"\{(\w*)\}")
PHONE_NUMBER = re.compile(r"\+?\d[\d-]{5,}\d")
BLANK = re.compile(r"\s?\[([^\[\]]+)\](?=( \w)?)")
"""A blank to fill in, "[date]", and the word after it."""
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
    asked = book.question(question)
    by_name = {choice.name: choice for choice in asked.choices}
    names = [name for name in only if name in by_name] if only else by_name
    return tuple(_offered(book, language, asked, by_name[name]) for name in names)


def _offered(book: Book, language: str, asked: Question, choice: Choice) -> Choice:
    id = text_id(asked, f"choice.{choice.name}")
    written = wording(book, language, Channel.SMS, id)
    spoken = wording(book, language, Channel.VOICE, id)
    return replace(choice, text=written, say=spoken, words=(choice.text, *choice.words))


def lines_of(text: str) -> list[str]:
    """Return the lines in which a call dictates `text`."""
    lines = [""]
    for sentence in LINE_END.split(text):
        if lines[-1] and len(lines[-1].split()) >= SHORTEST_LINE:
            lines.append(sentence)
        else:
            lines[-1] = f"{lines[-1]} {sentence}".strip()
    return lines


def is_line(tell: Tell) -> bool:
    """Return whether this says one line of a dictated text."""
    return any(name == LINE for name, _ in tell.blanks)


def in_lines(tell: Tell, number: int) -> list[Tell]:
    """Return `tell` as one Tell for each of its lines."""
    return [replace(tell, blanks=(*tell.blanks, (LINE, str(n)))) for n in range(1, number + 1)]


def line_before(tell: Tell) -> Tell | None:
    """Return the line of a dictated text that comes before this one, or None if this is the first."""
    number = int(dict(tell.blanks).get(LINE, "1"))
    others = tuple(blank for blank in tell.blanks if blank[0] != LINE)
    return replace(tell, blanks=(*others, (LINE, str(number - 1)))) if number > 1 else None


def whole_text_of_line(tell: Tell) -> Tell:
    """Return the Tell of the whole text that this is a line of."""
    return replace(tell, blanks=tuple(blank for blank in tell.blanks if blank[0] != LINE))


def filled(book: Book, language: str, channel: Channel, text: str, blanks: Blanks) -> str:
    """Return the text with this id, its placeholders filled: days as the language writes them, text ids as texts.

    Of a dictated text only the line that is named in `blanks`, "" if a change of language took it away.
    """
    text = wording(book, language, channel, text)
    for name, value in blanks:
        if name == LINE:
            text = (["", *lines_of(text), ""])[min(int(value), len(lines_of(text)) + 1)]
        elif (blank := f"{{{name}}}") in text:
            text = text.replace(blank, _said(name, value, language, book, channel))
    return text


def values_for(book: Book, text: str, blanks: Blanks) -> Blanks:
    """Return those of the placeholders' values that this text has a place for, written or spoken."""
    said = " ".join(book.texts[book.languages[0]][text])
    return tuple((name, value) for name, value in blanks if f"{{{name}}}" in said)


def lacks_values(book: Book, tell: Tell) -> bool:
    """Return whether a text has a placeholder that is filled per person, and no value for it."""
    said = " ".join(book.texts[book.languages[0]][tell.text])
    return any(f"{{{name}}}" in said for name in FILLED if name not in dict(tell.blanks))


def _said(name: str, value: str, language: str, book: Book, channel: Channel) -> str:
    """Return the text for one placeholder's value."""
    if name in VERBATIM and not value.startswith("book."):
        return value
    language = language if language in book.languages else book.languages[0]
    if name in TONGUES:
        return name_of(value, book.reader.lexicon.others, language)
    if name in (*LISTS, *VERBATIM):
        return ", ".join(dict.fromkeys(wording(book, language, channel, id) for id in value.split()))
    if name in DAY_LISTS:
        skeleton = "MMMMd" if channel is Channel.VOICE else "MMMd"
        days = value.split()
        return ", ".join(day if day == EARLIER else _as_said(day, language, skeleton) for day in days)
    if name in WEEKDAYS:
        weekday = format_date(date.fromisoformat(value), "EEEE", locale=language)
        return f"{weekday}, {_as_said(value, language)}"
    if name in FULL_DAYS:
        return str(format_date(date.fromisoformat(value), "long", locale=language))
    return _as_said(value, language)


def _as_said(value: str, language: str, skeleton: str = "MMMMd") -> str:
    if value.isdigit():
        return value
    return format_skeleton(skeleton, date.fromisoformat(value), locale=language)


def fill(where: str, text: str, names: Mapping[str, str]) -> str:
    """Return `text` with {center} and the like replaced. Raise FlowError on an unknown name or an unmatched brace."""

    def named(found: re.Match[str]) -> str:
        try:
            return names[found[1]]
        except KeyError:
            known = ", ".join(f"{{{name}}}" for name in names)
            raise FlowError(f"{where}: nothing is called {found[0]}; known are {known}") from None

    if {"{", "}"} & set(PLACEHOLDER.sub("", text)):
        raise FlowError(f"{where}: has a curly brace without its other; write both, such as {{hotline}}")
    return PLACEHOLDER.sub(named, text)


def speech(text: str, voice: Voice) -> str:
    """Return `text` as a voice should read it: "504" as "five oh four", a phone number digit by digit, no brackets."""

    def address(found: re.Match[str]) -> str:
        said = found[0]
        for sign, aloud in voice.signs:
            said = said.replace(sign, f" {aloud} ")
        return said

    text = with_blanks_said(text, voice)
    said = PHONE_NUMBER.sub(lambda found: _digits(found[0]), text)
    said = ADDRESS.sub(address, said)
    for written, aloud in voice.spoken:
        if written in said:
            said = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", aloud, said)
    return said


def with_blanks_said(text: str, voice: Voice) -> str:
    """Return `text` with its blanks as a voice should read them: "[date]" as "fill in: date"."""
    said = BLANK.sub(lambda blank: f", {voice.blank}: {blank[1]}{',' if blank[2] else ''}", text)
    return said.removeprefix(", ")


def _digits(number: str) -> str:
    """Return a phone number in groups, so that a voice reads each digit and pauses between groups."""
    bare = number.removeprefix("+1") if number.startswith("+1") else number.lstrip("+")
    if "-" not in bare and len(bare) == 10:
        bare = f"{bare[:3]}-{bare[3:6]}-{bare[6:]}"
    return ", ".join(" ".join(group) for group in bare.split("-") if group)
