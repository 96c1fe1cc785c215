"""The languages besides the first one: `flows/translations/<language>.po`, one file for each.

Rule 1: an entry matches a text by the text's ID (msgctxt), never by similarity. The msgid is the
        English text in the flows; the ID suffix `.say` marks the version spoken in a call.
Rule 2: a translation is confirmed when it is not marked fuzzy and its msgid is the current English.
        Unconfirmed translations are handled as `Stale` says.
Rule 3: output is deterministic: the flows' order, no dates, no paths.

To add a language, run `hotline translations update --language fr` and have a translator fill in the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, denormalize, normalize, read_po, write_po

from hotline.conversation.model.events import FlowError
from hotline.publishing.texts import LOCALE, SIGNS, SPOKEN, VOICE, Text, all_texts, read_files

FOLDER = "translations"
SAY = ".say"
CODE = re.compile(r"[a-z]{2,3}\Z")
PLACEHOLDER = re.compile(r"\{\w*\}")
LINE_WIDTH = 100
NEEDED = (LOCALE, VOICE)

HEADER = """\
# The {language} words. How to work with this file stands in flows/README.md.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


class Stale(StrEnum):
    """The fallback for a translation that was confirmed only for an earlier English text."""

    EARLIER = "earlier"
    """The earlier confirmed translation."""
    ENGLISH = "english"
    """The current English."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One text in one language: `words` translates `english`, and is "" if not translated yet.

    `unconfirmed` is gettext's fuzzy. `earlier` is the English that `words` was confirmed for, if it has
    changed since.
    """

    english: str
    words: str = ""
    unconfirmed: bool = False
    earlier: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entries of one language, by ID in the flows' order; `removed` are those the flows dropped."""

    language: str
    entries: Mapping[str, Entry]
    removed: Mapping[str, Entry]


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


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem with one text of one language, with a hint how to fix it."""

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


def read_catalogue(path: Path) -> Catalogue:
    """Return the catalog in a .po file named by language code. Raise FlowError if it is invalid."""
    where = f"{FOLDER}/{path.name}"
    if not CODE.match(path.stem):
        raise FlowError(f"{where}: a language is named by its code, such as es.po")
    try:
        text = path.read_text(encoding="utf-8")
        read = read_po(BytesIO(text.encode()), abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise FlowError(f"{where}: is not a gettext catalogue: {error}") from error
    entries: dict[str, Entry] = {}
    earlier = dict(_earlier(text))
    for message in read:
        if not message.id:
            continue
        if not message.context:
            raise FlowError(f"{where}: {_line(message.id)!r} has no msgctxt; it names the text's id")
        entries[message.context] = replace(_entry(message), earlier=earlier.get(message.context, ""))
    removed = {message.context: _entry(message) for message in read.obsolete.values() if message.context}
    return Catalogue(path.stem, entries, removed)


def read_catalogues(folder: Path) -> tuple[Catalogue, ...]:
    """Return the catalogs of the flows in `folder`, sorted by language code. Raise FlowError."""
    return tuple(read_catalogue(path) for path in sorted((folder / FOLDER).glob("*.po")))


def chosen(folder: Path, language: str | None) -> tuple[Catalogue, ...]:
    """Return the catalog of one language, empty if it has no file yet; or all catalogs if None.

    Raise FlowError if the language is not a valid code.
    """
    if language is None:
        return read_catalogues(folder)
    path = folder / FOLDER / f"{language}.po"
    if not CODE.match(language):
        raise FlowError(f"{FOLDER}/{path.name}: a language is named by its code, such as es")
    return (read_catalogue(path) if path.exists() else Catalogue(language, {}, {}),)


def update_files(folder: Path, language: str | None) -> Iterator[str]:
    """Update the .po files to match the flows in `folder`; yield a summary line for each."""
    texts = tuple(all_texts(read_files(folder)))
    (folder / FOLDER).mkdir(exist_ok=True)
    for catalogue in chosen(folder, language):
        fresh = updated(catalogue, texts)
        (folder / FOLDER / f"{fresh.language}.po").write_text(written(fresh), encoding="utf-8")
        problems = Counter(problem.kind for problem in statuses(texts, fresh))
        counts = ", ".join(f"{count} {kind}" for kind, count in problems.items()) or "all confirmed"
        yield f"{fresh.language}: {len(fresh.entries)} texts; {counts}"


def updated(catalogue: Catalogue, texts: Iterable[Text]) -> Catalogue:
    """Return the catalog updated to the current texts.

    New texts are empty; texts whose English changed are fuzzy, with the earlier English; texts no longer in
    the flows move to `removed`. A text that returns gets its old translation back.
    """
    before = {**catalogue.removed, **catalogue.entries}
    today = sources(texts, _own(catalogue))
    entries = {id: _updated(before.get(id), english, note) for id, (english, note) in today.items()}
    gone = {id: _aside(entry) for id, entry in before.items() if id not in entries}
    return Catalogue(catalogue.language, entries, {id: entry for id, entry in gone.items() if entry.words})


def written(catalogue: Catalogue) -> str:
    """Return the catalog as the content of a .po file."""
    made = Catalog()
    for id, entry in catalogue.entries.items():
        notes = [entry.note] if entry.note else []
        message = made.add(entry.english, entry.words, context=id, auto_comments=notes)
        message.flags = {"fuzzy"} if entry.unconfirmed else set()  # Babel would add python-brace-format
    for id, entry in sorted(catalogue.removed.items()):
        message = Message(entry.english, entry.words, context=id)
        message.flags = set()
        made.obsolete[entry.english, id] = message
    file = BytesIO()
    write_po(file, made, omit_header=True, width=LINE_WIDTH)
    text = file.getvalue().decode("utf-8")
    for id, entry in catalogue.entries.items():
        if entry.earlier:
            place = f"msgctxt {normalize(id)}\n"
            text = text.replace(place, _previous(entry.earlier) + place, 1)
    return HEADER.format(language=catalogue.language) + text.rstrip("\n") + "\n"


def statuses(texts: Iterable[Text], catalogue: Catalogue) -> tuple[Problem, ...]:
    """Return all problems of the catalog, in the flows' order; empty if everything is confirmed."""
    today = sources(texts, _own(catalogue))
    found = []
    for id, (english, _) in today.items():
        entry = catalogue.entries.get(id)
        found += [Problem(kind, catalogue.language, id, hint) for kind, hint in _faults(entry, english)]
    for id in catalogue.entries:
        if id not in today:
            hint = "the flows have no such text; run: hotline translations update"
            found.append(Problem(Fault.UNKNOWN, catalogue.language, id, hint))
    return tuple(found)


def translated(texts: Iterable[Text], catalogue: Catalogue, stale: Stale) -> tuple[Text, ...]:
    """Return the texts in the catalog's language that may be sent; a missing text falls back to English.

    Raise FlowError if the language has no confirmed locale or voice.
    """
    texts = tuple(texts)
    today = sources(texts, _own(catalogue))
    words = {id: said for id, (now, _) in today.items() if (said := _sayable(catalogue, id, now, stale))}
    if lacking := [id for id in NEEDED if id not in words]:
        raise FlowError(
            f"{FOLDER}/{catalogue.language}.po: {lacking[0]} has no confirmed translation; "
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


def _sayable(catalogue: Catalogue, id: str, english: str, stale: Stale) -> str:
    """Return the translation to use for a text; "" if English must be used."""
    entry = catalogue.entries.get(id)
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
        yield Fault.MISSING, f"translate {_line(english)!r}; until then the person gets English"
        return
    if entry.english != english or entry.earlier:
        was = entry.earlier or entry.english
        hint = f"the English was {_line(was)!r} and is {_line(english)!r}; run hotline translations update, "
        yield Fault.STALE, hint + "mend the words, then take the fuzzy line away"
    elif entry.unconfirmed:
        yield Fault.DRAFT, "read it over, then take the fuzzy line away"
    expected, found = (set(PLACEHOLDER.findall(text)) for text in (english, entry.words))
    if expected != found:
        yield Fault.PLACEHOLDERS, f"the English has {_names(expected)}, the translation {_names(found)}"


def _own(catalogue: Catalogue) -> Iterator[str]:
    """Return the IDs that the language has a translation for."""
    return (id for id, entry in catalogue.entries.items() if entry.words)


def _previous(english: str) -> str:
    """Return the comment that stores an earlier English. Babel's own wraps inside quotes."""
    return f"#| msgid {normalize(english, prefix='#| ', width=LINE_WIDTH)}\n"


def _earlier(text: str) -> Iterator[tuple[str, str]]:
    """Yield (ID, earlier English) from the `#| msgid` comments, which Babel skips."""
    for block in text.split("\n\n"):
        lines = block.splitlines()
        before = "\n".join(line.removeprefix("#| ") for line in lines if line.startswith("#| "))
        for line in lines:
            if before and line.startswith("msgctxt "):
                yield denormalize(line.removeprefix("msgctxt ")), denormalize(before.removeprefix("msgid "))


def _entry(message: Message) -> Entry:
    return Entry(
        english=str(message.id),
        words=str(message.string or ""),
        unconfirmed=message.fuzzy,
        note=" ".join(message.auto_comments),
    )


def _line(text: object) -> str:
    return str(text).replace("\n", " ")


def _names(placeholders: set[str]) -> str:
    return ", ".join(sorted(placeholders)) or "none"
