"""The tables of flows/lexicon/<language>.toml: checked, and read for all languages at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.call_words import CALL_PARTS
from hotline.conversation.nlu.hours import HOUR_PARTS
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.safety_words import SAFETY_PARTS
from hotline.conversation.nlu.said import Entry, Said
from hotline.conversation.nlu.slips import SLIP_PARTS

TENSE_PARTS = (
    *("aside", "did", "already", "over", "not_over", "coming", "not_coming", "ends"),
    *("joins", "others", "tells_when", "undone", "answered", "meeting"),
)
"""The lists of [tense] in a lexicon."""

LISTS = {
    "beside": ("words", "option", "several"),
    "yes": ("words", "around", "opens", "agrees"),
    "no": ("words", "around", "opens", "idioms", "refuses", "ends", "then"),
    "safety": SAFETY_PARTS,
    "unsure": ("words",),
    "corrections": ("words", "turns", "taken_back"),
    "slips": SLIP_PARTS,
    "tense": TENSE_PARTS,
    "stated": (
        "plans",
        "has",
        "between",
        "behind",
        "no_plan",
        "if",
        "others",
        "past",
        "joins",
        "two",
        "one_of_two",
        "other_of_two",
        "another",
        "own",
        "plan_names",
        "consent",
    ),
    "well": ("words", "troubles", "skills", "good", "over"),
    "wait": ("words",),
    "sending": ("words", "around", "may", "contact", "contact_around"),
    "opt_in": ("words",),
    "calls": CALL_PARTS,
    "greetings": ("words",),
    "courtesy": ("before", "after", "signs", "announces", "joins"),
    "ages": (
        "years",
        "months",
        "weeks",
        "old",
        "before",
        "almost",
        "half",
        "grade",
        "attends",
        "around",
        "like",
        "enters",
        "later",
    ),
    "elapsed": ("before", "after"),
    "hours": HOUR_PARTS,
    "dates": (
        "before",
        "days",
        "after",
        "of",
        "endings",
        "unless",
        "past",
        "alone",
        "behind",
        "too",
        "later",
        "next_week",
        "around",
        "counting",
    ),
    "negation": ("words", "double", "subjects", "contrast"),
    "conditional": ("words",),
    "asking": ("words", "tells", "sends", "us"),
    "small_words": ("words",),
    "reactions": ("verbs", "objects", "about"),
    "mail": ("fields", "lines", "wrote", "sent"),
    "auto_replies": ("phrases", "sentences"),
    "lives": ("words", "moving"),
    "speakers": ("teacher", "foster", "grandparent", "student", "own_age", "after_age", "machine"),
}
"""The tables that contain word lists, and the lists of each."""

NUMBERED = (
    *("numbers", "homophones", "ordinals", "days_of_month"),
    *("months", "weekdays", "days_ago", "days_ahead"),
)
"""The tables that contain a word list for each number."""

NAMED = ("positions", "names", "commands")
"""The tables that hold a list of words for each name."""

Entries = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """The parsed lexicons, by language. Each method joins what they all say, normalized."""

    by_language: Mapping[str, Mapping[str, Any]]

    def words(self, table: str, part: str = "words") -> frozenset[str]:
        """Return the words of one list."""
        return frozenset(plain(word for t in self.by_language.values() for word in t[table][part]))

    def phrases(self, table: str, part: str = "words") -> Entries:
        """Return the entries of one list, each as its words, the longest first."""
        return longest_first(self.words(table, part))

    def said(self, table: str) -> Said:
        """Return the ways to say one thing, from a table with `words` and perhaps `around` and `opens`."""
        lists = (self.words(table, part) for part in ("words", "around", "opens") if part in LISTS[table])
        return Said.of(*lists)

    def lists(self, table: str) -> dict[str, frozenset[str]]:
        """Return all lists of a table."""
        return {part: self.words(table, part) for part in LISTS[table]}

    def as_written(self, table: str) -> dict[str, list[str]]:
        """Return all lists of a table by their names, not normalized."""
        tables = [t[table] for t in self.by_language.values()]
        names = dict.fromkeys(name for own in tables for name in own)
        return {name: [word for own in tables for word in own.get(name, ())] for name in names}

    def numbered(self, table: str) -> dict[str, int]:
        """Return the number of each word of a table that has a list of words for each number."""
        return _numbers(t[table] for t in self.by_language.values())

    def stages(self) -> dict[str, int]:
        """Return the age of each stage in [ages.names]."""
        return _numbers(t["ages"].get("names", {}) for t in self.by_language.values())

    def of_each_language(self, table: str) -> dict[str, frozenset[str]]:
        """Return, by language, the words of all lists of a table."""
        return {
            language: frozenset(plain(word for words in t[table].values() for word in words))
            for language, t in self.by_language.items()
        }


def check_table(where: str, table: Mapping[str, Any]) -> None:
    """Raise FlowError on a missing or unknown table, and on a list that is none."""
    expected = {*LISTS, *NUMBERED, *NAMED}
    if odd := set(table) ^ expected:
        name = min(odd)
        problem = "is missing" if name in expected else "is not known"
        raise FlowError(f"{where}: [{name}] {problem}; a lexicon has {', '.join(sorted(expected))}")
    for name, parts in LISTS.items():
        for part in parts:
            written = table[name].get(part)
            if not isinstance(written, list) or not all(isinstance(w, str) for w in written):
                raise FlowError(f'{where} [{name}]: {part} must be a list of words, such as ["one", "two"]')
    for name in NUMBERED:
        if wrong := [n for n in table[name] if not n.isdecimal()]:
            raise FlowError(f"{where} [{name}]: {wrong[0]!r} must be a number")


def plain(words: Iterable[str]) -> Iterator[str]:
    """Return the words normalized, without the empty ones."""
    return filter(None, map(normalize, words))


def longest_first(entries: Iterable[str]) -> Entries:
    """Return entries as their words, the longest first."""
    return tuple(sorted((tuple(entry.split()) for entry in entries), key=lambda e: (-len(e), e)))


def _numbers(tables: Iterable[Mapping[str, Iterable[str]]]) -> dict[str, int]:
    return {word: int(number) for table in tables for number, words in table.items() for word in plain(words)}
