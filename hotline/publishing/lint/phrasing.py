"""A message for each meaning: something that a person can write and that is understood so.

The gate needs one to walk with, and a meaning for which there is none can not be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotline.conversation.book.states import Book
from hotline.conversation.nlu.intents import Intent
from hotline.conversation.nlu.patterns import GAP

MOST_TRIED = 60
"""Phrases of one meaning that are tried before it counts as one that nobody can say."""

GROUP = re.compile(r"\(\?:([^()]*)\)(\??)")
"""An innermost group of a phrase that was read, and whether it may be absent."""


def messages(book: Book) -> dict[str, str]:
    """A message for each meaning, by the meaning's name. Intents that nobody can say have none."""
    found = ((meaning.name, _message(book, meaning)) for meaning in book.meanings.patterns.meanings)
    sayable = {name: message for name, message in found if message}
    samples = book.meanings.classifier.samples
    learned = {n: text for n, text in samples.items() if n not in sayable and book.meanings.of(text) == n}
    explained = {
        name: text for name, text in book.meanings.glossary.messages() if book.meanings.of(text) == name
    }
    return sayable | learned | explained


def _message(book: Book, meaning: Intent) -> str:
    phrases = (*meaning.exact, *meaning.phrases)[:MOST_TRIED]
    for phrase in phrases:
        for message in _examples(phrase.find):
            if book.meanings.of(message) == meaning.name:
                return message
    return ""


def _examples(find: str) -> Iterator[str]:
    """Messages that a phrase finds: with the first of its alternatives, and with the last."""
    plain = find.replace(GAP, "").replace("[^ ]*", "")
    for which in (0, -1):
        words = plain
        while (group := GROUP.search(words)) is not None:
            inner = "" if group[2] else group[1].split("|")[which]
            words = words[: group.start()] + inner + words[group.end() :]
        yield words.strip()
