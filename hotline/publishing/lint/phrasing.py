"""A sample message for each intent: one that a person could write and that is understood as that intent.

The walk uses these messages; an intent without one cannot be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.intents import Intent
from hotline.conversation.nlu.patterns import GAP

MOST_TRIED = 60
"""Maximum phrases of an intent to try before it counts as impossible to say."""

GROUP = re.compile(r"\(\?:([^()]*)\)(\??)")
"""Matches an innermost group of a parsed phrase, and whether it is optional."""


def messages(book: Book) -> dict[str, str]:
    """Return a sample message by intent name. Intents without one are omitted."""
    found = ((intent.name, _message(book, intent)) for intent in book.reader.patterns.intents)
    sayable = {name: message for name, message in found if message}
    samples = book.reader.classifier.samples
    learned = {n: text for n, text in samples.items() if n not in sayable and book.reader.of(text) == n}
    explained = {name: text for name, text in book.reader.glossary.messages() if book.reader.of(text) == name}
    return sayable | learned | explained


def _message(book: Book, intent: Intent) -> str:
    phrases = (*intent.exact, *intent.phrases)[:MOST_TRIED]
    for phrase in phrases:
        for message in _examples(phrase.find):
            if book.reader.of(message) == intent.name:
                return message
    return ""


def _examples(find: str) -> Iterator[str]:
    """Yield messages that match a phrase: with its first alternatives, and with its last."""
    plain = find.replace(GAP, "").replace("[^ ]*", "")
    for which in (0, -1):
        words = plain
        while (group := GROUP.search(words)) is not None:
            inner = "" if group[2] else group[1].split("|")[which]
            words = words[: group.start()] + inner + words[group.end() :]
        yield words.strip()
