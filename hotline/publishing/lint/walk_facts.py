"""The results of a walk that the checks need, small enough to store: a change of texts needs no new walk.

Rule 1: a walk depends on the structure of a book and on the words of its choices, by which answers are understood,
        not on its other texts. `structure` hashes all of that: facts are valid for every book with the same hash.
Rule 2: how a long turn of a call is split into parts depends on all texts, so the facts have whole turns.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Law, State, Statement
from hotline.conversation.book.texts import PLACEHOLDER, lines_of, offered
from hotline.conversation.model.events import Choice, Reply
from hotline.conversation.model.session_json import replies_as_json, replies_from_json
from hotline.conversation.nlu.cleaning import is_quote
from hotline.conversation.nlu.normalize import normalize
from hotline.publishing.lint import ambiguity, budgets, dead_ends
from hotline.publishing.lint.finding import Finding
from hotline.publishing.lint.graph_places import Walk, messages
from hotline.publishing.lint.remembering import remembering

CODE = Path(__file__).resolve().parents[2]
DECIDES = ("conversation", "publishing")
"""The packages whose code affects a walk."""

Offered = tuple[str, str, tuple[Choice, ...]]
"""A language, a question, and its choices."""


@dataclass(frozen=True, slots=True)
class WalkFacts:
    """The findings that do not depend on texts, the states at which turns end, and the whole turns of calls."""

    found: tuple[Finding, ...]
    last: frozenset[str]
    calls: budgets.Calls

    @classmethod
    def of(cls, book: Book, walk: Walk) -> Self:
        """Return the facts of a walk of this book."""
        found = (
            *dead_ends.of_structure(book, walk),
            *ambiguity.findings(remembering(book), book.states.values()),
        )
        return cls(found, dead_ends.ends_of_turns(walk), walk.calls)

    def findings(self, book: Book) -> Iterator[Finding]:
        """Yield the findings about paths and calls of a book of the same structure."""
        yield from self.found
        yield from dead_ends.of_words(book, self.last)
        yield from budgets.too_long_to_hear(book, self.calls)
        yield from budgets.capitals_in_calls(book, self.calls)

    def written(self) -> str:
        """Return this as compressed JSON in base64."""
        calls = [
            [language, replies_as_json(replies), *states]
            for (language, replies), states in self.calls.items()
        ]
        found = [each.to_json() for each in self.found]
        facts = json.dumps({"found": found, "last": sorted(self.last), "calls": calls}, separators=(",", ":"))
        return b64encode(zlib.compress(facts.encode())).decode()

    @classmethod
    def read(cls, written: str) -> Self | None:
        """Parse the output of `written`; return None if it is invalid."""
        try:
            read: dict[str, Any] = json.loads(zlib.decompress(b64decode(written)))
            calls: dict[tuple[str, tuple[Reply, ...]], tuple[str, str]] = {
                (language, replies_from_json(replies)): (state, later)
                for language, replies, state, later in read["calls"]
            }
            return cls(tuple(map(Finding.from_json, read["found"])), frozenset(read["last"]), calls)
        except (ValueError, TypeError, KeyError, zlib.error):
            return None


def structure(book: Book) -> str:
    """Return a hash of all that a walk of this book depends on (Rule 1), the same in every process."""
    first, reader = book.languages[0], book.reader
    choices = [
        (language, name, offered(book, language, name))
        for language in book.languages
        for name, state in book.states.items()
        if getattr(state, "choices", ())
    ]
    parts = (
        _code(),
        [(name, _blank(state)) for name, state in book.states.items()],
        choices,
        sorted(_shapes(book)),
        sorted(book.texts[first]),
        sorted(book.topics.items()),
        sorted(book.safety.items()),
        sorted(book.speakers.items()),
        sorted(book.other_languages.items()),
        [
            (each.name, each.exact, each.phrases, each.unless, each.ignore, each.near)
            for each in reader.patterns.intents
        ],
        sorted(reader.glossary.terms.items()),
        reader.lexicon,
        reader.classifier.version,
        reader.roles,
        sorted(_copied_back(book, choices)),
    )
    return hashlib.sha256(_steady(parts).encode()).hexdigest()[:32]


def _shapes(book: Book) -> Iterator[tuple[str, str, tuple[str, ...], int]]:
    """Yield what a turn uses of its texts besides their words: placeholders, and the number of lines to dictate."""
    dictated = {
        name
        for name, state in book.states.items()
        if isinstance(state, Statement) and state.delivery.dictated
    }
    for language, texts in book.texts.items():
        for id, (written, spoken) in texts.items():
            names = tuple(sorted({*PLACEHOLDER.findall(written), *PLACEHOLDER.findall(spoken)}))
            lines = len(lines_of(spoken)) if id.split(".")[1] in dictated else 0
            if names or lines:
                yield language, id, names, lines


def _copied_back(book: Book, choices: Iterable[Offered]) -> Iterator[str]:
    """Yield the messages and words of choices that the reader takes for quotes of one of our own lines."""
    offered_words = (words for _, _, each in choices for c in each for words in (c.text, c.say, *c.words))
    for words in (*messages(book).values(), *offered_words):
        if is_quote(words, book.ours.__contains__):
            yield normalize(words)


def _steady(value: object) -> str:
    """Return a repr of the value that is the same in every process, although the order of sets differs."""
    if isinstance(value, str | int | float | None | date | timedelta):
        return repr(value)
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{_steady(key)}:{_steady(each)}' for key, each in value.items())}}}"
    if isinstance(value, Set):
        return f"{{{','.join(sorted(map(_steady, value)))}}}"
    if isinstance(value, Iterable):
        return f"[{','.join(map(_steady, value))}]"
    if is_dataclass(value):
        return f"{type(value).__name__}{_steady([getattr(value, each.name) for each in fields(value)])}"
    if isinstance(value, re.Pattern):
        return repr(value.pattern)
    raise TypeError(f"the repr of {type(value).__name__} may differ between processes")


def _blank(state: State) -> State:
    """Return a state without the fields that do not affect a walk: its source of law and its reminder's delay."""
    if isinstance(state, Fork):
        return state
    law = Law("", date.min, date.min) if state.basis.law else None
    reminder = replace(state.reminder, after=timedelta()) if state.reminder else None
    return replace(state, basis=replace(state.basis, law=law), reminder=reminder)


@lru_cache
def _code() -> str:
    found = hashlib.sha256()
    for package in DECIDES:
        for file in sorted((CODE / package).rglob("*.py")):
            found.update(file.read_bytes())
    return found.hexdigest()
