"""The texts of the letters and of the pages /privacy and /terms by ID, so that a center can change them like other texts.

    letters.records.title, .when, .letter     one letter; its blanks and paragraphs must stay
    letters.page.list_intro                   a text around the letters
    pages.terms.title, .text                  a page; its later sections are pages.terms.section_2.title and so on

Rule: letters state law, and pages state what is stored and for how long. Changes to them in the flows were reviewed, so
      they take precedence over a center's own texts. The texts around the letters are the center's to change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from hotline.config.settings import OWN_FLOWS
from hotline.log import log
from hotline.publishing.sources import Folder, read_toml

LETTERS, PAGES, AROUND = "letters", "pages", "page"
FOLDERS: Final = (LETTERS, PAGES)
SECTION: Final = re.compile(r"section_([2-9]|[1-9][0-9])\.(title|text)\Z")

T = TypeVar("T")
Tables = Mapping[str, Mapping[str, Any]]
"""The tables of the files by path without suffix: letters/records."""


def own_or_bundled(load: Callable[[Folder], T], flows: Folder, part: str) -> tuple[T, str]:
    """Return what `load` makes of these flows and "", or of the bundled flows and the error if these are invalid.

    A bad letter or page must not stop the service at a restart. Raise FlowError if the bundled ones are invalid.
    """
    try:
        return load(flows), ""
    except Exception as wrong:  # noqa: BLE001 -- also on a bug in the loader, as with the flows
        log.error(f"own_{part}_served", path=part, error=type(wrong).__name__)
        return load(OWN_FLOWS), str(wrong) or type(wrong).__name__


def is_printed(id: str) -> bool:
    """Check whether the text with this ID is printed or shown on a page, and never texted or spoken."""
    return id.startswith(tuple(f"{folder}." for folder in FOLDERS))


def is_reviewed(id: str) -> bool:
    """Check whether a change in the flows takes precedence over the center's own text (Rule)."""
    return is_printed(id) and not id.startswith(f"{LETTERS}.{AROUND}.")


def read_printed(folder: Folder) -> dict[str, dict[str, Any]]:
    """Return the tables of all letters and pages of the flows in `folder`. Raise FlowError."""
    found = {}
    for part, path in ((each, path) for each in FOLDERS for path in (folder / each).glob("*.toml")):
        name = f"{part}/{path.stem}"
        found[name] = read_toml(path, f"{name}.toml")
    return dict(sorted(found.items()))


def printed_texts(tables: Tables) -> Iterator[tuple[str, str, str]]:
    """Yield the language, the ID and the words of each text."""
    for file, table in tables.items():
        for language, entry in table.items():
            if isinstance(entry, Mapping):
                for part, said in _parts(entry):
                    yield language, f"{file.replace('/', '.')}.{part}", said.strip()


def set_printed(tables: dict[str, dict[str, Any]], language: str, id: str, words: str) -> None:
    """Replace one text, which must exist."""
    folder, name, part = id.split(".", 2)
    entry = tables[f"{folder}/{name}"][language]
    if section := SECTION.match(part):
        entry, part = entry["sections"][int(section[1]) - 2], section[2]
    entry[part] = words


def file_of(id: str) -> str:
    """Return the file of a text by its ID, such as letters/records."""
    return "/".join(id.split(".")[:2])


def _parts(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in entry.items():
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, list):
            for number, section in enumerate(value, 2):
                yield from ((f"section_{number}.{key}", said) for key, said in section.items())
