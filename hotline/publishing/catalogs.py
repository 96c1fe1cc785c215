"""Read and write `flows/translations/<language>.po`, the gettext catalog of one language.

Rule 1: an entry has the text's ID as its msgctxt, and the English text in the flows as its msgid.
Rule 2: the output is deterministic: entries in the flows' order, without dates or paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO

from babel.messages.catalog import Catalog as BabelCatalog
from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, denormalize, normalize, read_po, write_po

from hotline.conversation.model.events import FlowError
from hotline.publishing.sources import Folder

FOLDER = "translations"
CODE = re.compile(r"[a-z]{2,3}\Z")
LINE_WIDTH = 100

HEADER = """\
# Translations into {language}. flows/README.md explains how to edit this file.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


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
class Catalog:
    """All entries of one language, by ID in the flows' order; `removed` are those the flows dropped."""

    language: str
    entries: Mapping[str, Entry]
    removed: Mapping[str, Entry]


def read_catalog(path: Folder) -> Catalog:
    """Return the catalog in a .po file named by language code. Raise FlowError if it is invalid."""
    where = f"{FOLDER}/{path.name}"
    if not CODE.match(path.stem):
        raise FlowError(f"{where}: name the file by its language code, such as es.po")
    try:
        return _read(where, path.stem, path.read_text(encoding="utf-8"))
    except (PoFileError, UnicodeDecodeError) as error:
        raise FlowError(f"{where}: is not a gettext catalog: {error}") from error


@lru_cache(maxsize=8)
def _read(where: str, language: str, text: str) -> Catalog:
    """Parse the text of a .po file. Cached, because most edits do not change it."""
    read = read_po(BytesIO(text.encode()), abort_invalid=True)
    entries: dict[str, Entry] = {}
    earlier = dict(_earlier(text))
    for message in read:
        if not message.id:
            continue
        if not message.context:
            raise FlowError(f"{where}: {one_line(message.id)!r} has no msgctxt; set it to the text's ID")
        # An entry that is not fuzzy is confirmed, even if a translator left the earlier English above it.
        before = earlier.get(message.context, "") if message.fuzzy else ""
        entries[message.context] = replace(_entry(message), earlier=before)
    removed = {message.context: _entry(message) for message in read.obsolete.values() if message.context}
    return Catalog(language, entries, removed)


def read_catalogs(folder: Folder) -> tuple[Catalog, ...]:
    """Return the catalogs of the flows in `folder`, sorted by language code. Raise FlowError."""
    paths: list[Folder] = sorted((folder / FOLDER).glob("*.po"), key=str)
    return tuple(map(read_catalog, paths))


def catalogs_named(folder: Folder, language: str | None) -> tuple[Catalog, ...]:
    """Return the catalog of one language, empty if it has no file yet; or all catalogs if None.

    Raise FlowError if the language is not a valid code.
    """
    if language is None:
        return read_catalogs(folder)
    path = folder / FOLDER / f"{language}.po"
    if not CODE.match(language):
        raise FlowError(f"{FOLDER}/{path.name}: {language!r} is not a language code, such as es")
    return (read_catalog(path) if path.is_file() else Catalog(language, {}, {}),)


def written(catalog: Catalog) -> str:
    """Return the catalog as the content of a .po file."""
    made = BabelCatalog()
    for id, entry in catalog.entries.items():
        notes = [entry.note] if entry.note else []
        message = made.add(entry.english, entry.words, context=id, auto_comments=notes)
        message.flags = {"fuzzy"} if entry.unconfirmed else set()  # Babel would add python-brace-format
    for id, entry in sorted(catalog.removed.items()):
        message = Message(entry.english, entry.words, context=id)
        message.flags = set()
        made.obsolete[entry.english, id] = message
    file = BytesIO()
    write_po(file, made, omit_header=True, width=LINE_WIDTH)
    text = file.getvalue().decode("utf-8")
    for id, entry in catalog.entries.items():
        if entry.earlier:
            place = f"msgctxt {normalize(id)}\n"
            text = text.replace(place, _previous(entry.earlier) + place, 1)
    return HEADER.format(language=catalog.language) + text.rstrip("\n") + "\n"


def _previous(english: str) -> str:
    """Return the comment that stores an earlier English text. Babel's own comment wraps inside quotes."""
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


def one_line(text: object) -> str:
    """Return the text on one line, for a message."""
    return str(text).replace("\n", " ")
