"""A text by id, language and channel; and how what is written is spoken.

A text's id is file.state.part, such as `screening.child_age.text`. Texts are filled and turned
into speech once, when the book is read: a turn only looks them up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from hotline.conversation.book import Book, Question, Statement
from hotline.conversation.model import Channel, FlowError

PLACEHOLDER = re.compile(r"\{(\w*)\}")
PHONE_NUMBER = re.compile(r"\+?\d[\d-]{5,}\d")
ADDRESS = re.compile(r"\b(?:[a-z0-9-]+\.)+(?:org|gov|com|edu|net)(?:/[\w/-]+)?", re.IGNORECASE)


def text_id(state: Question | Statement, part: str = "text") -> str:
    """The id of one part of a state: text, or choice.<name>."""
    return f"{state.file}.{state.name}.{part}"


def wording(book: Book, language: str, channel: Channel, text: str) -> str:
    """The words with this id. A text missing in `language` is given in the book's first one."""
    texts = book.texts.get(language) or book.texts[book.languages[0]]
    found = texts.get(text) or book.texts[book.languages[0]][text]
    return found[channel is Channel.VOICE]


def fill(where: str, text: str, names: Mapping[str, str]) -> str:
    """`text` with {center} and the like replaced. Raises FlowError on a name that is not known."""

    def named(found: re.Match[str]) -> str:
        try:
            return names[found[1]]
        except KeyError:
            known = ", ".join(f"{{{name}}}" for name in names)
            raise FlowError(f"{where}: nothing is called {found[0]}; known are {known}") from None

    return PLACEHOLDER.sub(named, text)


def speech(text: str, spoken: Sequence[tuple[str, str]]) -> str:
    """`text` as a voice should read it: "504" is "five oh four", a phone number digit by digit.

    `spoken` are pairs of what is written and what is said; longer ones must come first.
    """
    said = PHONE_NUMBER.sub(lambda found: _digits(found[0]), text)
    said = ADDRESS.sub(
        lambda found: found[0].replace(".", " dot ").replace("/", " slash ").replace("-", " dash "), said
    )
    for written, aloud in spoken:
        said = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", aloud, said)
    return said


def _digits(number: str) -> str:
    """A phone number in groups, so that a voice reads each digit and pauses between groups."""
    bare = number.removeprefix("+1") if number.startswith("+1") else number.lstrip("+")
    if "-" not in bare and len(bare) == 10:
        bare = f"{bare[:3]}-{bare[3:6]}-{bare[6:]}"
    return ", ".join(" ".join(group) for group in bare.split("-") if group)
