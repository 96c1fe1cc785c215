"""The languages besides the first one: which translations are confirmed, stale or missing, and which may be sent.

Rule 1: an entry matches a text by the text's ID (msgctxt), never by similarity. The msgid is the
        English text in the flows; the ID suffix `.say` marks the version spoken in a call.
Rule 2: a translation is confirmed when it is not marked fuzzy and its msgid is the current English.
        Unconfirmed translations are handled as `Stale` says.

To add a language, run `hotline translations update --language fr` and have a translator fill in the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from hotline.conversation.model.events import FlowError
from hotline.publishing.catalogs import FOLDER, Catalog, Entry, catalogs_named, one_line, written
from hotline.publishing.texts import LOCALE, SIGNS, SPOKEN, VOICE, Text, all_texts, read_files

SAY = ".say"
PLACEHOLDER = re.compile(r"\{\w*\}")
NEEDED = (LOCALE, VOICE)


class Stale(StrEnum):
    """The fallback for a translation that was confirmed only for an earlier English text."""

    EARLIER = "earlier"
    """The earlier confirmed translation."""
    ENGLISH = "english"
    """The current English."""


class Fault(StrEnum):
    """A kind of problem with a translation."""

    MISSING = "missing"
    STALE = "stale"
    """The English changed since the translation was confirmed."""
    DRAFT = "draft"
    """The translation has not been confirmed yet."""
    PLACEHOLDERS = "placeholders"
    """Its {placeholders} differ from the English ones."""
    UNKNOWN = "unknown"
    """The flows have no such text."""

    @property
    def phrase(self) -> str:
        """The kind as a noun: "stale translation"."""
        others = {
            Fault.PLACEHOLDERS: "translation with other placeholders",
            Fault.UNKNOWN: "translation of an unknown text",
        }
        return others.get(self, f"{self} translation")


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem with one text of one language, with a hint on how to fix it."""

    kind: Fault
    language: str
    id: str
    hint: str

    def __str__(self) -> str:
        return f"{FOLDER}/{self.language}.po {self.id}: {self.kind}: {self.hint}"


def sources(texts: Iterable[Text], known: Iterable[str] = ()) -> dict[str, tuple[str, str]]:
    """Return the English to translate and a note, by ID.

    `known` are IDs that a language has entries for. It may have a spoken version where English has none, or
    a pronunciation that English does not need.
    """
    found: dict[str, tuple[str, str]] = {}
    own = set(known)
    for text in texts:
        found[text.id] = (text.written, text.note)
        if text.spoken or text.id + SAY in own:
            found[text.id + SAY] = (text.spoken or text.written, "The same, said in a call.")
    for id in sorted(own - set(found)):
        for prefix in (SPOKEN, SIGNS):
            if id.startswith(prefix):
                written = id.removeprefix(prefix)
                found[id] = (written, f"What is said in a call for {written}")
    return found


def update_files(folder: Path, language: str | None) -> Iterator[str]:
    """Update the .po files to match the flows in `folder`; yield a summary line for each language."""
    texts = tuple(all_texts(read_files(folder)))
    (folder / FOLDER).mkdir(exist_ok=True)
    for catalog in catalogs_named(folder, language):
        fresh = updated(catalog, texts)
        (folder / FOLDER / f"{fresh.language}.po").write_text(written(fresh), encoding="utf-8")
        problems = Counter(problem.kind for problem in statuses(texts, fresh))
        counts = ", ".join(f"{count} {kind}" for kind, count in problems.items()) or "all confirmed"
        yield f"{fresh.language}: {len(fresh.entries)} texts; {counts}"


def updated(catalog: Catalog, texts: Iterable[Text]) -> Catalog:
    """Return the catalog updated to the current texts.

    New texts are empty; texts whose English changed are fuzzy, with the earlier English; texts no longer in
    the flows move to `removed`. A text that returns gets its old translation back.
    """
    before = {**catalog.removed, **catalog.entries}
    today = sources(texts, _own(catalog))
    entries = {id: _updated(before.get(id), english, note) for id, (english, note) in today.items()}
    gone = {id: _aside(entry) for id, entry in before.items() if id not in entries}
    return Catalog(catalog.language, entries, {id: entry for id, entry in gone.items() if entry.words})


def statuses(texts: Iterable[Text], catalog: Catalog) -> tuple[Problem, ...]:
    """Return all problems of the catalog, in the flows' order; empty if everything is confirmed."""
    today = sources(texts, _own(catalog))
    found = []
    for id, (english, _) in today.items():
        entry = catalog.entries.get(id)
        found += [Problem(kind, catalog.language, id, hint) for kind, hint in _faults(entry, english)]
    for id in catalog.entries:
        if id not in today:
            hint = "the flows have no such text; run: hotline translations update"
            found.append(Problem(Fault.UNKNOWN, catalog.language, id, hint))
    return tuple(found)


def translated(texts: Iterable[Text], catalog: Catalog, stale: Stale) -> tuple[Text, ...]:
    """Return the texts in the catalog's language that may be sent; a missing text falls back to English.

    Raise FlowError if the language has no confirmed locale or voice.
    """
    texts = tuple(texts)
    today = sources(texts, _own(catalog))
    words = {id: said for id, (now, _) in today.items() if (said := _sayable(catalog, id, now, stale))}
    if lacking := [id for id in NEEDED if id not in words]:
        raise FlowError(
            f"{FOLDER}/{catalog.language}.po: {lacking[0]} has no confirmed translation; "
            "Twilio needs it, such as es-US or Polly.Lupe-Neural"
        )
    found = [
        replace(text, written=words[text.id], spoken=words.get(text.id + SAY, ""))
        for text in texts
        if text.id in words
    ]
    own = set(words) - {text.id for text in texts}
    found += [Text(id, words[id]) for id in sorted(own) if id.startswith((SPOKEN, SIGNS))]
    return tuple(found)


def _sayable(catalog: Catalog, id: str, english: str, stale: Stale) -> str:
    """Return the translation to use for a text; "" if English must be used."""
    entry = catalog.entries.get(id)
    if entry is None or not entry.words:
        return ""
    if not entry.unconfirmed and entry.english == english:
        return entry.words
    confirmed_once = bool(entry.earlier) or not entry.unconfirmed
    fits = set(PLACEHOLDER.findall(entry.words)) <= set(PLACEHOLDER.findall(english))
    return entry.words if stale is Stale.EARLIER and confirmed_once and fits else ""


def _updated(entry: Entry | None, english: str, note: str) -> Entry:
    if entry is None or not entry.words:
        return Entry(english, note=note)
    if entry.english == english:
        return replace(entry, note=note)
    earlier = entry.earlier if entry.unconfirmed else entry.english
    if earlier == english:
        return Entry(english, entry.words, note=note)  # the change was reverted
    return Entry(english, entry.words, unconfirmed=True, earlier=earlier, note=note)


def _aside(entry: Entry) -> Entry:
    """Return the entry to store for a removed text: its confirmed translation and English, or empty."""
    if not entry.unconfirmed:
        return Entry(entry.english, entry.words)
    return Entry(entry.earlier, entry.words if entry.earlier else "")


def _faults(entry: Entry | None, english: str) -> Iterator[tuple[Fault, str]]:
    if entry is None or not entry.words:
        yield Fault.MISSING, f"translate {one_line(english)!r}; until then parents get English"
        return
    if entry.english != english or entry.earlier:
        was = entry.earlier or entry.english
        hint = f"the English was {one_line(was)!r} and is {one_line(english)!r}; run hotline translations update, "
        yield Fault.STALE, hint + "correct the translation, then remove the fuzzy line"
    elif entry.unconfirmed:
        yield Fault.DRAFT, "review it, then remove the fuzzy line"
    expected, found = (set(PLACEHOLDER.findall(text)) for text in (english, entry.words))
    if expected != found:
        yield Fault.PLACEHOLDERS, f"the English has {_names(expected)}, the translation {_names(found)}"


def _own(catalog: Catalog) -> Iterator[str]:
    """Return an iterator over the IDs that the language has a translation for."""
    return (id for id, entry in catalog.entries.items() if entry.words)


def _names(placeholders: set[str]) -> str:
    return ", ".join(sorted(placeholders)) or "none"
