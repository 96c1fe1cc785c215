"""Turns the phrases of flows/meanings.toml into something that can be looked for quickly.

Rule 1: a phrase is words, not a regular expression. What it may hold besides words is `(a|b)`, `[a|b]`,
`word*`, `...` and `<list>`; the head of meanings.toml explains them to whoever writes one.
Rule 2: every part has a bound, so no message, however it is written, takes long to search.
Rule 3: a phrase is refused when it is read, with what would be right; it never fails on a message.

A message is searched as a line: each word has one space before it, so " stop texting me".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hotline.conversation.model.events import FlowError

GAP_WORDS = 4
"""The most words that `...` stands for: enough for "stop ... texts" to hold "stop sending me all these
texts", and too few to join two sentences."""

SHORTEST_PREFIX = 3
"""Letters before `*`. With fewer, nearly every word would begin so."""

LONGEST_PATTERN = 50_000
"""Characters of the pattern that a phrase becomes. Lists within lists multiply; the longest of ours has a
tenth of it, and takes a moment to compile."""

GAP = rf"(?: [^ ]+){{0,{GAP_WORDS}}}?"
ENDS = "(?= |$)"
PIECES = re.compile(r"\.\.\.|<[^<>]*>|[()\[\]|*]|[^\s()\[\]|*<>.]+|\S")
CLOSES = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a phrase: what finds it, the words it can begin with, and whether it may be absent.

    A first word that ends in `*` is the beginning of a word.
    """

    find: str
    first: frozenset[str]
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase that was read: the pattern that finds it in a line, and the words it can begin with."""

    find: str
    first: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        """The whole words that it holds, those with `*` left out."""
        return frozenset(re.findall(r" (\w+)(?!\w|\[)", self.find))

    def compiled(self, *, whole: bool = False) -> re.Pattern[str]:
        """The pattern, to be tried where a word begins; `whole` means nothing may stand around it."""
        return _pattern(f"^{self.find}$" if whole else self.find + ENDS)


def any_of(phrases: tuple[Phrase, ...]) -> re.Pattern[str] | None:
    """One pattern that finds any of the phrases anywhere in a line; None when there are none."""
    if not phrases:
        return None
    return _pattern(f"(?:{'|'.join(phrase.find for phrase in phrases)}){ENDS}")


@cache
def _pattern(find: str) -> re.Pattern[str]:
    """Compiled once in a process, however often the book is read again: most of its phrases stay."""
    return re.compile(find)


def read_phrase(written: str, lists: Mapping[str, tuple[Phrase, ...]], where: str) -> Phrase:
    """The phrase as it is `written`, in small letters without accents. `lists` are what `<name>` stands for.

    Raises FlowError, beginning with `where`, on anything that is not the pattern language.
    """
    reading = _Reading(PIECES.findall(written), lists, f"{where} {written!r}")
    piece = reading.alternatives(closing="")
    if piece.absent:
        raise FlowError(f"{where} {written!r}: fits every message; give it at least one word of its own")
    if len(piece.find) > LONGEST_PATTERN:
        raise FlowError(
            f"{where} {written!r}: stands for too many phrases; name fewer lists, or split it in two"
        )
    return Phrase(piece.find, piece.first)


@dataclass(slots=True)
class _Reading:
    """Reads one phrase from left to right. `at` is the next piece."""

    pieces: list[str]
    lists: Mapping[str, tuple[Phrase, ...]]
    where: str
    at: int = 0

    def alternatives(self, closing: str) -> Piece:
        """What stands between here and `closing`, with `|` between alternatives. "" closes at the end."""
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
        return Piece(find, first, any(o.absent for o in options))

    def _next(self) -> str:
        return self.pieces[self.at] if self.at < len(self.pieces) else ""

    def _sequence(self, closing: str) -> Piece:
        parts: list[Piece] = []
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
        return Piece("".join(part.find for part in parts), first, all(part.absent for part in parts))

    def _part(self, piece: str, *, opens: bool) -> Piece:
        if piece == "...":
            if opens or self._next() in ("", "...", "|", ")", "]"):
                raise FlowError(f"{self.where}: ... must stand between two words")
            return Piece(GAP, frozenset(), absent=True)
        if closing := CLOSES.get(piece):
            inner = self.alternatives(closing)
            self.at += 1
            optional = piece == "["
            return Piece(
                f"(?:{inner.find})?" if optional else inner.find, inner.first, inner.absent or optional
            )
        if piece.startswith("<") and piece.endswith(">"):
            return self._list(piece[1:-1])
        if not re.fullmatch(r"\w+", piece):
            raise FlowError(
                f"{self.where}: {piece} means nothing here; use words, ( | ), [ ], word*, ... or <list>"
            )
        if self._next() != "*":
            return Piece(f" {piece}", frozenset({piece}))
        self.at += 1
        if len(piece) < SHORTEST_PREFIX:
            raise FlowError(
                f"{self.where}: {piece}* is too short; give at least {SHORTEST_PREFIX} letters before *"
            )
        return Piece(rf" {piece}[^ ]*", frozenset({piece + "*"}))

    def _list(self, name: str) -> Piece:
        if name not in self.lists:
            raise FlowError(
                f"{self.where}: no list named <{name}>; there are {', '.join(sorted(self.lists)) or 'none'}"
            )
        members = self.lists[name]
        find = "|".join(member.find for member in members)
        return Piece(f"(?:{find})", frozenset[str]().union(*(member.first for member in members)))
