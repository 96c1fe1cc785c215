"""Compiles the phrases of flows/patterns.toml to regular expressions.

Rule 1: a phrase is words, not a regular expression. Besides words it may contain `(a|b)`, `[a|b]`, `word*`,
        `...` and `<list>`; the head of patterns.toml documents them.
Rule 2: every part is bounded, so no message takes long to search.
Rule 3: a bad phrase is rejected when it is read, with the fix; it never fails on a message.

A message is searched as a line with one space before each word: " stop texting me".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.normalize import SIGNS

GAP_WORDS = 4
"""The most words that `...` matches: enough for "stop sending me all these texts", not two sentences."""

SHORTEST_PREFIX = 3
"""The fewest letters before `*`. With fewer, nearly every word would match; a digit finds numbers alone."""

LONGEST_PATTERN = 50_000
"""The longest pattern in characters: nested lists multiply. Our longest phrase is a tenth of it."""

GAP = rf"(?: [^ ]+){{0,{GAP_WORDS}}}?"
ENDS = "(?= |$)"
WORD = re.compile(rf"[\w{SIGNS}]+")
PIECES = re.compile(r"\.\.\.|<[^<>]*>|[()\[\]|*]|[^\s()\[\]|*<>.]+|\S")
CLOSES = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase, or a part of one: its pattern, the words it can begin with, and whether it is optional.

    A first word that ends in `*` is a prefix.
    """

    find: str
    first: frozenset[str]
    absent: bool = False

    def compiled(self, *, whole: bool = False) -> re.Pattern[str]:
        """Return the pattern, to match at a word's start; `whole` anchors it to the entire line."""
        return _pattern(f"^{self.find}$" if whole else self.find + ENDS)


def any_of(phrases: tuple[Phrase, ...]) -> re.Pattern[str] | None:
    """Return one pattern that finds any of the phrases in a line, or None if there are none."""
    if not phrases:
        return None
    return _pattern(f"(?:{'|'.join(phrase.find for phrase in phrases)}){ENDS}")


@cache
def _pattern(find: str) -> re.Pattern[str]:
    """Compile a pattern once per process: most phrases stay the same when the book is reloaded."""
    return re.compile(find)


def read_phrase(written: str, lists: Mapping[str, tuple[Phrase, ...]], where: str) -> Phrase:
    """Parse a phrase, `written` in lowercase without accents; `lists` resolves each `<name>`.

    Raise FlowError, beginning with `where`, on invalid syntax.
    """
    reading = _Reading(PIECES.findall(written), lists, f"{where} {written!r}")
    phrase = reading.alternatives(closing="")
    if phrase.absent:
        raise FlowError(f"{where} {written!r}: fits every message; give it at least one word of its own")
    if len(phrase.find) > LONGEST_PATTERN:
        raise FlowError(
            f"{where} {written!r}: stands for too many phrases; name fewer lists, or split it in two"
        )
    return phrase


@dataclass(slots=True)
class _Reading:
    """A parser for one phrase, left to right. `at` is the index of the next token."""

    pieces: list[str]
    lists: Mapping[str, tuple[Phrase, ...]]
    where: str
    at: int = 0

    def alternatives(self, closing: str) -> Phrase:
        """Parse up to `closing`, with `|` between alternatives; "" means up to the end."""
        options = [self._sequence(closing)]
        while self._next() == "|":
            if not closing:
                raise FlowError(f"{self.where}: | stands outside brackets; write (this|that)")
            self.at += 1
            options.append(self._sequence(closing))
        if self._next() != closing:
            wrong = self._next() or "the end"
            raise FlowError(f"{self.where}: found {wrong}, where {closing or 'the end'} would be right")
        find = options[0].find if len(options) == 1 else f"(?:{'|'.join(o.find for o in options)})"
        first = frozenset[str]().union(*(o.first for o in options))
        return Phrase(find, first, any(o.absent for o in options))

    def _next(self) -> str:
        return self.pieces[self.at] if self.at < len(self.pieces) else ""

    def _sequence(self, closing: str) -> Phrase:
        parts: list[Phrase] = []
        while (piece := self._next()) not in ("", "|", ")", "]"):
            self.at += 1
            parts.append(self._part(piece, opens=not parts))
        if not parts:
            raise FlowError(f"{self.where}: has nothing between {closing or 'its ends'} and |; remove one")
        first: frozenset[str] = frozenset()
        for part in parts:
            first |= part.first
            if not part.absent:
                break
        return Phrase("".join(part.find for part in parts), first, all(part.absent for part in parts))

    def _part(self, piece: str, *, opens: bool) -> Phrase:
        if piece == "...":
            if opens or self._next() in ("", "...", "|", ")", "]"):
                raise FlowError(f"{self.where}: ... must stand between two words")
            return Phrase(GAP, frozenset(), absent=True)
        if closing := CLOSES.get(piece):
            inner = self.alternatives(closing)
            self.at += 1
            optional = piece == "["
            return Phrase(
                f"(?:{inner.find})?" if optional else inner.find, inner.first, inner.absent or optional
            )
        if piece.startswith("<") and piece.endswith(">"):
            return self._list(piece[1:-1])
        if not WORD.fullmatch(piece):
            raise FlowError(
                f"{self.where}: {piece} means nothing here; use words, ( | ), [ ], word*, ... or <list>"
            )
        if self._next() != "*":
            return Phrase(f" {piece}", frozenset({piece}))
        self.at += 1
        if len(piece) < SHORTEST_PREFIX and not piece.isdigit():
            raise FlowError(
                f"{self.where}: {piece}* is too short; give at least {SHORTEST_PREFIX} letters before *"
            )
        return Phrase(rf" {piece}[^ ]*", frozenset({piece + "*"}))

    def _list(self, name: str) -> Phrase:
        if name not in self.lists:
            raise FlowError(
                f"{self.where}: no list named <{name}>; there are {', '.join(sorted(self.lists)) or 'none'}"
            )
        members = self.lists[name]
        find = "|".join(member.find for member in members)
        return Phrase(f"(?:{find})", frozenset[str]().union(*(member.first for member in members)))
