"""Load `flows/pages/` at startup: the privacy page and the terms, in every language.

Each file has `reviewed`, and for each language a title, an opening text and `sections`, each with a title
and a text. Each line is a paragraph; a line that starts with "- " is a list item.

Rule: every page has the same languages, with as many sections, paragraphs and items in each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.texts import fill
from hotline.conversation.model.events import FlowError
from hotline.publishing.printed_texts import PAGES, own_or_bundled
from hotline.publishing.sources import Folder, read_toml

NAMES: Final = ("privacy", "terms")
ITEM: Final = "- "

FILLED: Final = (
    *("hotline", "center", "phone", "number"),
    *("place_days", "days_out_days", "person_days", "request_days", "audit_years"),
)
"""The placeholders of these pages."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or the items of a list."""

    lines: tuple[str, ...]
    listed: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page with its title. The first section has the page's title."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page by language, and the date it was last reviewed."""

    name: str
    reviewed: date
    sections: Mapping[str, tuple[Section, ...]]

    def title(self, language: str) -> str:
        """Return the page's title."""
        return self.sections[language][0].title


@dataclass(frozen=True, slots=True)
class Pages:
    """All of NAMES, each in every one of `languages`, the default one first."""

    by_name: Mapping[str, Page]
    languages: tuple[str, ...]


def pages_for(names: Mapping[str, str], flows: Folder) -> tuple[Pages, str]:
    """Return the pages of `flows`, as `own_or_bundled` does; the bundled ones if it has none."""
    flows = flows if (flows / PAGES).is_dir() else OWN_FLOWS
    return own_or_bundled(lambda folder: load_pages(folder, names), flows, PAGES)


def load_pages(flows: Folder, names: Mapping[str, str]) -> Pages:
    """Return the pages of these flows, with {center} and the like filled from `names`. Raise FlowError."""
    pages = {name: _page(name, flows / PAGES, names) for name in NAMES}
    languages = tuple(pages[NAMES[0]].sections)
    for page in pages.values():
        if set(page.sections) != set(languages):
            raise FlowError(
                f"pages/{page.name}.toml: is in {_listed(page.sections)}; all pages must be in {_listed(languages)}"
            )
    return Pages(pages, languages)


def _page(name: str, folder: Folder, names: Mapping[str, str]) -> Page:
    where = f"pages/{name}.toml"
    table = read_toml(folder / f"{name}.toml", where)
    reviewed = table.pop("reviewed", None)
    if type(reviewed) is not date:
        raise FlowError(f"{where}: reviewed must be a date without quotes, such as 2026-11-29")
    sections = {
        language: tuple(_sections(f"{where} [{language}]", entry, names)) for language, entry in table.items()
    }
    if not sections:
        raise FlowError(f"{where}: has no language; add [en] with the page's texts")
    shapes = {language: _shape(each) for language, each in sections.items()}
    first = next(iter(shapes))
    for language, shape in shapes.items():
        if shape != shapes[first]:
            raise FlowError(
                f"{where} [{language}]: its sections, paragraphs or items differ from those of [{first}]; make them match"
            )
    return Page(name, reviewed, sections)


def _sections(where: str, entry: Any, names: Mapping[str, str]) -> Iterator[Section]:
    if not isinstance(entry, Mapping) or set(entry) != {"title", "text", "sections"}:
        raise FlowError(f"{where}: must have title, text and sections, and nothing else")
    for each in (entry, *entry["sections"]):
        if not all(isinstance(each.get(key), str) and each[key].strip() for key in ("title", "text")):
            raise FlowError(f'{where}: each section needs title = "..." and text = "..."')
        title, text = (fill(where, each[key], names) for key in ("title", "text"))
        yield Section(title, tuple(_blocks(text)))


def _blocks(text: str) -> Iterator[Block]:
    lines = [line.strip() for line in text.strip().splitlines()]
    for listed, together in groupby(filter(None, lines), lambda line: line.startswith(ITEM)):
        if listed:
            yield Block(tuple(line.removeprefix(ITEM) for line in together), listed=True)
        else:
            yield from (Block((line,), listed=False) for line in together)


def _shape(sections: tuple[Section, ...]) -> list[list[tuple[bool, int]]]:
    return [[(block.listed, len(block.lines)) for block in section.blocks] for section in sections]


def _listed(languages: Any) -> str:
    return ", ".join(sorted(languages))
