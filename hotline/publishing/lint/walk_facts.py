"""What the checks need of a walk, small enough to store: with it a change of words is checked without walking again.

Rule 1: a walk depends on the structure of a book and on the words of its choices, by which answers are understood, not on its
        other texts. `structure` names all of that: facts are right for every book of the same structure.
Rule 2: how a call tells a long turn in parts depends on all texts; so the facts have whole turns.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from hotline.conversation.book.states import Book, Fork, Law, State
from hotline.conversation.book.texts import offered
from hotline.conversation.model.events import Reply
from hotline.conversation.model.notation import replies_as_json, replies_from_json
from hotline.conversation.nlu.normalize import normalise
from hotline.publishing.lint import budgets, ways
from hotline.publishing.lint.finding import Finding
from hotline.publishing.lint.graph import Walk
from hotline.publishing.lint.phrasing import messages

CODE = Path(__file__).resolve().parents[2]
DECIDES = ("conversation", "publishing")
"""The packages whose code a walk goes by."""


@dataclass(frozen=True, slots=True)
class WalkFacts:
    """The findings that no text changes, the states at which turns end, and the whole turns of calls."""

    found: tuple[Finding, ...]
    last: frozenset[str]
    calls: budgets.Calls

    @classmethod
    def of(cls, book: Book, walk: Walk) -> Self:
        """Return the facts of a walk of this book."""
        return cls(tuple(ways.of_structure(book, walk)), ways.rests(walk), walk.calls)

    def findings(self, book: Book) -> Iterator[Finding]:
        """Yield the findings about paths and calls of a book of the same structure."""
        yield from self.found
        yield from ways.of_words(book, self.last)
        yield from budgets.too_long_to_hear(book, self.calls)

    def written(self) -> str:
        """Return this as compressed JSON, in letters."""
        calls = [
            [language, replies_as_json(replies), *states]
            for (language, replies), states in self.calls.items()
        ]
        found = [[each.where, each.what, each.right] for each in self.found]
        facts = json.dumps({"found": found, "last": sorted(self.last), "calls": calls}, separators=(",", ":"))
        return b64encode(zlib.compress(facts.encode())).decode()

    @classmethod
    def read(cls, written: str) -> Self | None:
        """Return what `written` wrote; None if it cannot be read."""
        try:
            read: dict[str, Any] = json.loads(zlib.decompress(b64decode(written)))
            calls: dict[tuple[str, tuple[Reply, ...]], tuple[str, str]] = {
                (language, replies_from_json(replies)): (state, later)
                for language, replies, state, later in read["calls"]
            }
            return cls(tuple(Finding(*each) for each in read["found"]), frozenset(read["last"]), calls)
        except (ValueError, TypeError, KeyError, zlib.error):
            return None


def structure(book: Book) -> str:
    """Return a hash of all that a walk of this book depends on (Rule 1)."""
    first = book.languages[0]
    choices = [
        (language, name, offered(book, language, name))
        for language in book.languages
        for name, state in book.states.items()
        if getattr(state, "choices", ())
    ]
    copied_back = sorted(said for said in map(normalise, messages(book).values()) if said in book.ours)
    reader = book.meanings
    parts = (
        _code(),
        [(name, _blank(state)) for name, state in book.states.items()],
        choices,
        sorted(book.texts[first]),
        sorted(book.topics.items()),
        sorted(book.safety.items()),
        [
            (each.name, each.exact, each.phrases, each.unless, each.ignore)
            for each in reader.patterns.meanings
        ],
        sorted(reader.glossary.terms.items()),
        reader.classifier.version,
        reader.roles,
        copied_back,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def _blank(state: State) -> State:
    """Return a state without what no walk depends on: its source and dates, and after how long it leaves."""
    if isinstance(state, Fork):
        return state
    law = Law("", date.min, date.min) if state.law else None
    reminder = replace(state.reminder, after=timedelta()) if state.reminder else None
    return replace(state, law=law, reminder=reminder)


@lru_cache
def _code() -> str:
    found = hashlib.sha256()
    for package in DECIDES:
        for file in sorted((CODE / package).rglob("*.py")):
            found.update(file.read_bytes())
    return found.hexdigest()
