"""Finds the term that a text asks about: "what is an FBA", "fba?", "que significa LRE en el IEP".

Rule 1: a question about a term has one of the forms in patterns.toml [asking]. Inside another sentence it
        is not a question: "they gave him a BIP".
Rule 2: a pattern in patterns.toml takes precedence. "mediation" alone is one of the ways to disagree.
Rule 3: a term alone may be an answer ("speech therapy", at a question about what would help), so answers
        take precedence.
Rule 4: lookup time does not depend on the number of terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.intents import ASKING
from hotline.conversation.nlu.normalize import Spelling, normalize

PARTS = ("before", "after", "articles", "then")
"""Keys of [asking] in patterns.toml: how a question begins and ends, and words allowed around a term."""


@dataclass(frozen=True, slots=True)
class Glossary:
    """The terms of the flows, each with the state that explains it."""

    spelling: Spelling
    terms: Mapping[str, str] = field(default_factory=dict)
    letters: frozenset[str] = frozenset()
    """Terms that the flows write in capitals: a text that is just FBA asks about it."""
    before: re.Pattern[str] | None = None
    after: re.Pattern[str] | None = None
    articles: frozenset[str] = frozenset()
    then: frozenset[str] = frozenset()
    longest: int = 0
    """The number of words in the longest term."""

    @classmethod
    def read(cls, table: Any, terms: Mapping[str, tuple[str, ...]], spelling: Spelling) -> Self:
        """Read an [asking] table and the terms each state explains. Raise FlowError if they are invalid."""
        if not isinstance(table, Mapping) or set(table) - set(PARTS):
            raise FlowError(
                f"patterns.toml [{ASKING}]: must be a table with {', '.join(PARTS)}, and nothing else"
            )
        found: dict[str, str] = {}
        for state, asked in terms.items():
            for term in asked:
                said = " ".join(spelling.words(normalize(term)))
                if not said or found.setdefault(said, state) != state:
                    raise FlowError(
                        f"[{state}] asked: {term!r} is explained by [{found.get(said, '')}] too; keep one"
                    )
        begins, ends = (_any_of(table.get(part, ()), spelling) for part in PARTS[:2])
        return cls(
            spelling,
            found,
            frozenset(normalize(term) for asked in terms.values() for term in asked if term.isupper()),
            re.compile(rf"(?:^|.* )(?:{begins}) ") if begins else None,
            re.compile(rf" (?:{ends})(?: .*)?$") if ends else None,
            frozenset(table.get("articles", ())),
            frozenset(table.get("then", ())),
            max((len(term.split()) for term in found), default=0),
        )

    def asked_in(self, text: str) -> str | None:
        """Return the state that explains the term that `text` asks about, or None."""
        line = self._line(text)
        return next((state for words in self._asked(line) if (state := self._explained(words))), None)

    def alone(self, text: str) -> str | None:
        """Return the state that explains the acronym, such as FBA, that is the whole `text`, or None."""
        line = self._line(text)
        return self.terms.get(line) if line in self.letters else None

    def named_by(self, text: str) -> str | None:
        """Return the state that explains the term that is the whole `text`, or None."""
        return self._explained(self._line(text).split())

    def messages(self) -> Iterator[tuple[str, str]]:
        """Yield each state with a message that asks for it."""
        yield from ((state, f"what is {term}") for term, state in self.terms.items())

    def _line(self, text: str) -> str:
        plain = normalize(text)
        return " ".join(self.spelling.words(plain)) if plain and self.terms else ""

    def _asked(self, line: str) -> Iterator[list[str]]:
        """Yield word lists that begin with a possible term."""
        if self.before and (found := self.before.match(line)):
            yield line[found.end() :].split()
        if self.after and (found := self.after.search(line)):
            words = line[: found.start()].split()
            # the term is at the end: try the longest first
            yield from (words[-n:] for n in range(min(self.longest, len(words)), 0, -1))

    def _explained(self, words: list[str]) -> str | None:
        while words and words[0] in self.articles:
            words = words[1:]
        for length in range(min(self.longest, len(words)), 0, -1):
            state = self.terms.get(" ".join(words[:length]))
            if state and (length == len(words) or words[length] in self.then):
                return state
        return None


def _any_of(written: Any, spelling: Spelling) -> str:
    said = (" ".join(spelling.words(normalize(phrase))) for phrase in written)
    return "|".join(re.escape(phrase) for phrase in sorted(said, key=len, reverse=True))
