"""Matches intents by patterns: opt-outs, commands, certain danger.

Rule 1: nothing here raises on a person's text, and no text takes long.
Rule 2: the phrases are in flows/patterns.toml. The order of its tables is their priority, so danger comes
        first and STOP second.
Rule 3: do not guess. A message that fits no phrase has no intent, and the engine asks again.

Answers to questions are matched in `choices`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Self

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.normalize import APOSTROPHES, LENGTHENED, Spelling, normalize
from hotline.conversation.nlu.patterns import GAP_WORDS, Phrase, any_of, read_phrase

PLAIN_PARTS = ("near", "words")
"""Lists of plain sentences and plain words, without the signs of phrases, as a center adds them itself."""

PARTS = ("exact", "phrases", "unless", "ignore", *PLAIN_PARTS)
LISTS, SPELLING, ASKING, CLASSES = "lists", "spelling", "asking", "classes"

ASKED, HARMLESS = "asked", "harmless"
"""The tables of safety.toml with what is asked about kindly, by class of danger, and with what only sounds like danger."""

TABLES = (LISTS, SPELLING, ASKING, CLASSES, ASKED, HARMLESS)
"""The tables that are no intent."""

LONGEST_ASKED = 12
"""The longest text, in words, in which [asked] and [harmless] count: the classifier has enough to judge a longer one."""

HOLE = " -" * (GAP_WORDS + 1)
"""Replaces what `ignore` removed: longer than the `...` of a phrase can span."""

Found = tuple[int, bool, re.Pattern[str]]
"""An indexed phrase: the index of its intent, whether it must be the whole message, its pattern."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One table of patterns.toml.

    What matches `ignore` is removed before the phrases are matched; if `unless` matches, the phrases do not
    count. An `exact` match of the whole message overrides both. `near` are the sentences that are also matched
    when a text differs a little (see `near`); they are among `exact` too.
    """

    name: str
    exact: tuple[Phrase, ...]
    phrases: tuple[Phrase, ...]
    unless: re.Pattern[str] | None
    ignore: re.Pattern[str] | None
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intents:
    """All intents, indexed by the first word of their phrases."""

    names: tuple[str, ...]
    """The most urgent first."""
    intents: tuple[Intent, ...]
    spelling: Spelling
    by_word: Mapping[str, tuple[Found, ...]]
    by_beginning: Mapping[str, tuple[Found, ...]]
    lengths: tuple[int, ...]
    """The lengths of the prefixes in `by_beginning`."""
    classes: tuple[tuple[str, re.Pattern[str] | None], ...] = ()
    """What names a class of danger for certain, by class ([classes] of safety.toml)."""
    asked: tuple[tuple[str, re.Pattern[str] | None], ...] = ()
    """What may mean danger however the classifier reads it, by class."""
    harmless: re.Pattern[str] | None = None
    harmless_whole: frozenset[str] = frozenset()
    """Whole texts that mean no danger, as they are read."""

    @classmethod
    def read(cls, table: Mapping[str, Any], where: str) -> Self:
        """Read the intents of `table`, a parsed patterns.toml; `where` names it in errors.

        Raise FlowError on an unknown key, a broken phrase, or a phrase with words that [spelling] rewrites
        or drops.
        """
        spelling = Spelling.read(table.get(SPELLING, {}), f"{where} [{SPELLING}]")
        lists: dict[str, tuple[Phrase, ...]] = {}
        for name, written in table.get(LISTS, {}).items():
            lists[name] = _phrases(written, lists, spelling, f"{where} [{LISTS}] {name}")
        intents = tuple(
            _intent(name, entry, lists, spelling, f"{where} [{name}]")
            for name, entry in table.items()
            if name not in TABLES
        )

        def by_name(part: str) -> tuple[tuple[str, re.Pattern[str] | None], ...]:
            each = (
                (name, _phrases(lines, lists, spelling, f"{where} [{part}]"))
                for name, lines in table.get(part, {}).items()
            )
            return tuple((name, any_of(phrases)) for name, phrases in each)

        by_word, by_beginning = _index(intents)
        return cls(
            names=tuple(intent.name for intent in intents),
            intents=intents,
            spelling=spelling,
            by_word=by_word,
            by_beginning=by_beginning,
            lengths=tuple(sorted({len(beginning) for beginning in by_beginning})),
            classes=by_name(CLASSES),
            asked=by_name(ASKED),
            harmless=dict(by_name(HARMLESS)).get("phrases"),
            harmless_whole=frozenset(map(normalize, table.get(HARMLESS, {}).get("exact", ()))),
        )

    def of(self, text: str) -> str | None:
        """Return the name of the most urgent intent in `text`, or None if unsure. Never raises."""
        plain = normalize(text)
        found = self._of(plain) if plain else None
        if found is None and LENGTHENED.search(plain):
            found = self._of(LENGTHENED.sub(r"\1", plain))  # "stooop"
        return found

    def danger_class(self, text: str) -> str | None:
        """Return the class of danger that a text names for certain, or None."""
        return _first_in(self._line(text), self.classes)

    def asked_class(self, text: str) -> str | None:
        """Return the class of danger that a short text may mean and is always asked about, or None."""
        line = self._line(text)
        return _first_in(line, self.asked) if line.count(" ") <= LONGEST_ASKED else None

    def without_harmless(self, said: str) -> str:
        """Return a short normalized text without the parts that only sound like danger: "le pegue la estampilla"."""
        line = self._line(said)
        short = line.count(" ") <= LONGEST_ASKED
        rest = _without(self.harmless, line) if self.harmless and short else line.strip()
        return said if rest == line.strip() else rest

    def is_harmless(self, said: str) -> bool:
        """Return whether a normalized text is, as a whole, one that only sounds like danger: "ya paro"."""
        return said in self.harmless_whole

    def _line(self, text: str) -> str:
        return " " + " ".join(self.spelling.words(normalize(text)))

    def _of(self, plain: str) -> str | None:
        line = " " + " ".join(self.spelling.words(plain))
        ruled_out = -1
        for place, start, whole, find in sorted(self._candidates(line), key=itemgetter(0)):
            if (place == ruled_out and not whole) or not find.match(line, start):
                continue
            intent = self.intents[place]
            if whole or self._stands(place, intent, line):
                return intent.name
            ruled_out = place
        return None

    def rules_out(self, name: str, text: str) -> bool:
        """Return whether the `unless` of an intent says that a text does not mean it."""
        unless = self._unless(name)
        return unless is not None and bool(unless.search(self._line(text)))

    def rest(self, name: str, text: str) -> str | None:
        """Return a normalized text without what the `unless` of an intent finds in it, or None if that finds nothing."""
        unless, line = self._unless(name), self._line(text)
        rest = _without(unless, line) if unless else line.strip()
        return None if rest == line.strip() else rest

    def _unless(self, name: str) -> re.Pattern[str] | None:
        return next((intent.unless for intent in self.intents if intent.name == name), None)

    def is_whole(self, text: str) -> bool:
        """Return whether `text` as a whole matches an intent's `exact` list."""
        plain = normalize(text)
        return any(map(self._is_whole, {plain, LENGTHENED.sub(r"\1", plain)})) if plain else False

    def _is_whole(self, plain: str) -> bool:
        line = " " + " ".join(self.spelling.words(plain))
        return any(whole and find.match(line, start) for _, start, whole, find in self._candidates(line))

    def beside(self, name: str, text: str) -> tuple[str, ...]:
        """Return what stands before, between and after the phrases of an intent in `text`, normalized, without empty parts."""
        line, parts, end = self._line(text), list[str](), 0
        place = self.names.index(name)
        for at, start, _, find in self._candidates(line):
            found = find.match(line, start) if at == place and start >= end else None
            if found:
                parts.append(line[end:start])
                end = found.end()
        return tuple(part for each in (*parts, line[end:]) if (part := each.strip()))

    def _stands(self, place: int, intent: Intent, line: str) -> bool:
        """Return whether an intent whose phrase matched still applies after `unless` and `ignore`."""
        if intent.unless and intent.unless.search(line):
            return False
        if not intent.ignore or not intent.ignore.search(line):
            return True
        rest = intent.ignore.sub(HOLE, line)
        return any(find.match(rest, start) for at, start, _, find in self._candidates(rest) if at == place)

    def _candidates(self, line: str) -> Iterator[tuple[int, int, bool, re.Pattern[str]]]:
        """Yield the phrases that may start at each word of the line, with that word's offset."""
        start = 0
        for word in line[1:].split(" "):
            found = list(self.by_word.get(word, ()))
            for length in self.lengths:
                if length > len(word):
                    break
                found += self.by_beginning.get(word[:length], ())
            for place, whole, find in found:
                if not (whole and start):
                    yield place, start, whole, find
            start += len(word) + 1


def _without(find: re.Pattern[str], line: str) -> str:
    return " ".join(find.sub(" ", line).split())


def _first_in(line: str, classes: tuple[tuple[str, re.Pattern[str] | None], ...]) -> str | None:
    return next((name for name, find in classes if find and find.search(line)), None)


def _intent(
    name: str, entry: Any, lists: Mapping[str, tuple[Phrase, ...]], spelling: Spelling, where: str
) -> Intent:
    if not isinstance(entry, Mapping):
        raise FlowError(f"{where}: must be a table of its own; write [{name}] on a line by itself")
    if wrong := set(entry) - set(PARTS):
        raise FlowError(f"{where}: unknown key {min(wrong)!r}; an intent has {', '.join(PARTS)}")
    exact, phrases, unless, ignore = (
        _phrases(entry.get(part, []), lists, spelling, f"{where} {part}")
        for part in ("exact", "phrases", "unless", "ignore")
    )
    near, words = (_plain_phrases(entry.get(part, []), spelling, f"{where} {part}") for part in PLAIN_PARTS)
    exact, phrases = (*exact, *near.values()), (*phrases, *words.values())
    if not exact and not phrases:
        raise FlowError(f"{where}: can never be meant; give it exact or phrases")
    return Intent(name, exact, phrases, any_of(unless), any_of(ignore), tuple(near))


def _plain_phrases(written: Any, spelling: Spelling, where: str) -> dict[str, Phrase]:
    """Return the phrases for plain sentences, by the sentence as it is compared."""
    if not isinstance(written, list) or not all(isinstance(i, str) and normalize(i) for i in written):
        raise FlowError(f'{where}: must be a list of sentences, such as ["when is summer camp"]')
    lines = dict.fromkeys(" ".join(spelling.words(normalize(item))) for item in written)
    return {line: read_phrase(line, {}, where) for line in lines}


def _phrases(
    written: Any, lists: Mapping[str, tuple[Phrase, ...]], spelling: Spelling, where: str
) -> tuple[Phrase, ...]:
    if not isinstance(written, list) or not all(isinstance(item, str) for item in written):
        raise FlowError(f'{where}: must be a list of phrases, such as ["stop texting me", "wrong number"]')
    phrases = []
    for item in written:
        plain = _plain(item)
        alone = f" {re.sub(r'<[^<>]*>|[^a-z0-9 *]', ' - ', plain)} "
        for wrong, right in spelling.write.items():
            if wrong in alone and f" {wrong} " in alone:
                raise FlowError(
                    f"{where} {item!r}: {wrong!r} is always read as {' '.join(right)!r}; write that"
                )
        if len(alone.split()) > 1 and (dropped := spelling.dropped.intersection(alone.split())):
            raise FlowError(f"{where} {item!r}: {min(dropped)!r} is dropped from messages; leave it out")
        phrases.append(read_phrase(plain, lists, where))
    return tuple(phrases)


def _plain(phrase: str) -> str:
    """Return a phrase lowercased and without accents, keeping its brackets, stars and dots."""
    text = unicodedata.normalize("NFKD", phrase.casefold().translate(APOSTROPHES))
    return " ".join("".join(c for c in text if unicodedata.category(c) != "Mn").split())


def _index(
    intents: tuple[Intent, ...],
) -> tuple[dict[str, tuple[Found, ...]], dict[str, tuple[Found, ...]]]:
    by_word: defaultdict[str, list[Found]] = defaultdict(list)
    by_beginning: defaultdict[str, list[Found]] = defaultdict(list)
    for place, intent in enumerate(intents):
        listed = [(phrase, True) for phrase in intent.exact] + [(phrase, False) for phrase in intent.phrases]
        for phrase, whole in listed:
            found = (place, whole, phrase.compiled(whole=whole))
            for first in phrase.first:
                if first.endswith("*"):
                    by_beginning[first[:-1]].append(found)
                else:
                    by_word[first].append(found)
    return {k: tuple(v) for k, v in by_word.items()}, {k: tuple(v) for k, v in by_beginning.items()}
