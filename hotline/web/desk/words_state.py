"""The texts for the desk's pages: each as in the flows, as changed by the center, and its cost.

Rule: everything is read once per version of the overlays and of the flows, and shared by the requests of a process.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from hotline.channels import sms
from hotline.conversation.book.book import Book
from hotline.conversation.book.edges import edges
from hotline.conversation.book.states import Fork, Law, State, Statement
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.speech import sayings
from hotline.conversation.model.events import Ask, Reply, Tell
from hotline.conversation.model.segments import count
from hotline.publishing.lint.check import exceptions
from hotline.publishing.lint.readability import grade
from hotline.publishing.lint.reviews import NOTICE
from hotline.publishing.overlay import Overlay, Wording, read_overlay
from hotline.publishing.overlay_folder import DESK, read_tables
from hotline.publishing.overlay_merge import FlowTables, Merged, merge, upstream_wordings
from hotline.publishing.printed_texts import LETTERS, PAGES, file_of, is_printed, printed_texts
from hotline.publishing.sources import Sources
from hotline.publishing.texts import BOOK_FILE, Text, all_texts
from hotline.store.words_versions import WordsVersion
from hotline.web.service import Service

LETTERS_OF_WORDS: Final = re.compile(r"\w+")
TITLE_WORDS: Final = 8
"""Words of a text that name it in a list."""

PASTED_WORDS: Final = 3
"""Words that a text has at least to be looked for in a pasted message: "Yes" is in too many."""

CHOICE: Final = ".choice."

PRINTED_NOTES: Final = {
    LETTERS: "A letter at /letters, or the words around the letters",
    PAGES: "The page /privacy or /terms",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One text in one language as parents get it, its cost in segments, and its school grade, None if not graded.

    `sought` is what a search finds it by, in plain letters: as written, as said, and as sent, with names filled in.
    """

    words: Wording
    segments: int
    grade: float | None
    sought: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text in all languages."""

    id: str
    state: str
    note: str
    languages: Mapping[str, Shown]
    law: Law | None
    is_own: bool
    in_conflict: bool
    printed: bool = False
    """Whether it is in a letter or on a page, and is never texted or said."""

    def title(self, language: str, most: int = TITLE_WORDS) -> str:
        """Return the first words, `most` of them, of the text in this language or, if it has none, in the first that has."""
        written = [
            self.languages[code].words.written
            for code in (language, *self.languages)
            if code in self.languages
        ]
        words = next(filter(None, written), self.id).split()
        return " ".join(words[:most]) + (" …" if len(words) > most else "")

    def is_due(self, today: date) -> bool:
        """Whether its law is due for review within a month, or overdue."""
        return self.law is not None and self.law.review_by <= today + NOTICE

    def holds(self, sought: str) -> bool:
        """Whether each word of the search is in the ID or in the words of one language, in any order."""
        words = plain(sought).split()
        said = [plain(self.id), *(" ".join(shown.sought) for shown in self.languages.values())]
        return any(all(word in each for word in words) for each in said)

    def has_phrase(self, sought: str) -> bool:
        """Whether the words of the search are in the text of one language side by side."""
        phrase = plain(sought)
        return any(phrase in each for shown in self.languages.values() for each in shown.sought)

    def length_in(self, message: str) -> int:
        """Return how long the part of a pasted message is that this text is, in any language; 0 if it is none."""
        pasted = f" {plain(message)} "
        said = (each for shown in self.languages.values() for each in shown.sought)
        parts = (each for each in said if each.count(" ") >= PASTED_WORDS - 1 and f" {each} " in pasted)
        return max(map(len, parts), default=0)


@dataclass(frozen=True)
class Words:
    """A snapshot of the flows with all overlays. `desk` is the desk's overlay; `own` is it on top of the file's.

    `flows` are the sources without overlays; a change is previewed and checked with this same snapshot.
    """

    number: int
    desk: Overlay
    file: Overlay
    own: Overlay
    flows: Sources
    upstream: FlowTables
    merged: Merged
    book: Book

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages, the default first."""
        return self.book.languages

    @cached_property
    def upstream_words(self) -> dict[tuple[str, str], Wording]:
        """The flows' own texts, by language and ID."""
        return upstream_wordings(self.upstream)

    @cached_property
    def rows(self) -> dict[str, TextRow]:
        """Every text that can be changed, by ID, in the order of the flows."""
        now = upstream_wordings(self.merged.flows)
        conflicts = {each.name for each in self.merged.conflicts}
        names = exceptions(self.merged.flows.tables[BOOK_FILE], self.book).names
        own = {id for _, id in self.own.texts}
        found = {}
        for text in all_texts(self.merged.flows.tables):
            if text.id.startswith(f"{BOOK_FILE}."):
                continue
            state = self.book.states[text.id.split(".")[1]]
            found[text.id] = TextRow(
                text.id,
                state.name,
                text.note,
                {code: self._shown(code, text, now[code, text.id], names) for code in self.languages},
                None if isinstance(state, Fork) else state.basis.law,
                text.id in own,
                text.id in conflicts or state.name in conflicts,
            )
        return found | self._printed_rows(now, own, conflicts)

    def _printed_rows(
        self, now: Mapping[tuple[str, str], Wording], own: Set[str], conflicts: Set[str]
    ) -> dict[str, TextRow]:
        """Return the texts of the letters and pages, in the order of their files."""
        tables = self.merged.flows.printed
        ids = dict.fromkeys(id for _, id, _ in printed_texts(tables))
        return {
            id: TextRow(
                id,
                "",
                PRINTED_NOTES[id.split(".")[0]],
                {code: _printed(now.get((code, id), Wording(""))) for code in self.languages},
                _law_of(tables[file_of(id)]),
                id in own,
                id in conflicts,
                printed=True,
            )
            for id in ids
        }

    def _shown(self, language: str, text: Text, words: Wording, names: tuple[str, ...]) -> Shown:
        asked = self.book.states[text.id.split(".")[1]]
        explained = asked.asked if isinstance(asked, Statement) else ()
        sent = self.as_text(self.book, language, text.id)
        graded = grade(words.written, language, (*names, *explained))
        sought = tuple(map(plain, (words.written, words.spoken, sent)))
        return Shown(words, count(sent or words.written), graded, sought)

    def as_text(self, book: Book, language: str, id: str) -> str:
        """Return the text as it is sent, with the choices of a question; "" if it is never sent."""
        return sms.body(book, language, replies_of(book, id))

    def as_call(self, book: Book, language: str, id: str) -> str:
        """Return the text as it is said in a call, with the keys of a question."""
        return " ".join(each.words for each in sayings(book, language, replies_of(book, id)))

    def used_by(self, state: str) -> tuple[str, ...]:
        """Return the states that lead to this one."""
        return self._leading_to.get(state, ())

    @cached_property
    def _leading_to(self) -> dict[str, tuple[str, ...]]:
        """The states that lead to each state."""
        found: dict[str, dict[str, None]] = {}
        for each in self.book.states.values():
            for edge in edges(each):
                found.setdefault(edge.to, {})[each.name] = None
        return {name: tuple(leading) for name, leading in found.items()}

    def asked_by(self, state: str) -> tuple[str, ...]:
        """Return the intents that lead to this state at any time."""
        return tuple(intent for intent, name in self.book.topics.items() if name == state)


def plain(words: str) -> str:
    """Return words for a search: without accents, capitals, marks and extra spaces."""
    letters = unicodedata.normalize("NFKD", words.casefold())
    return " ".join(
        LETTERS_OF_WORDS.findall("".join(each for each in letters if not unicodedata.combining(each)))
    )


def _printed(words: Wording) -> Shown:
    return Shown(words, 0, None, (plain(words.written),))


def day_of(flows: FlowTables, reminder: str) -> str:
    """Return when a reminder is sent, "" if none has this name."""
    entry: Mapping[str, Any] = next(
        (table[reminder] for table in flows.tables.values() if isinstance(table.get(reminder), dict)), {}
    )
    return str(entry.get("after", ""))


def _law_of(table: Mapping[str, Any]) -> Law | None:
    """Return the source of a letter; None for a page, which has none."""
    if "source" not in table:
        return None
    return Law(str(table["source"]), table["reviewed"], table["review_by"])


def replies_of(book: Book, id: str) -> tuple[Reply, ...]:
    """Return the replies that say this text: a statement, or a question with its choices; none for a single choice."""
    if CHOICE in id or is_printed(id):
        return ()
    state: State | None = book.states.get(id.split(".")[1])
    if state is not None and not isinstance(state, Fork | Statement) and id == text_id(state):
        return (Ask(state.name),)
    return (Tell(id),) if id in book.texts[book.languages[0]] else ()


_known: dict[str, Words] = {}
_reading = threading.Lock()


def words_now(service: Service) -> Words:
    """Return the texts in force, including a version just published. Raise FlowError if they cannot be read."""
    version = service.live_words.fresh()
    key = repr((service.versions.stamp(), version.number, service.book.version, id(service)))
    with _reading:
        if key not in _known:
            found = _read(service, version)
            _known.clear()
            _known[key] = found
        return _known[key]


def _read(service: Service, version: WordsVersion) -> Words:
    desk, file = read_overlay(version.overlay, DESK), service.versions.overlays.of_file()
    flows = Sources.read(service.settings.flows_dir)
    own, upstream = desk.on_top_of(file), read_tables(flows)
    return Words(version.number, desk, file, own, flows, upstream, merge(upstream, own), service.book)
