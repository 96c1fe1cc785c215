"""Split a menu with more choices than a caller can remember into pages; each but the last ends with "More".

A question may set `pages = true`. For translators it keeps its name, its text and the IDs of its choices; its
further pages are generated states, such as questions_school_2, which have no texts of their own to translate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hotline.conversation.book.reader import MAX_CHOICES
from hotline.conversation.model.events import FlowError
from hotline.publishing.texts import BOOK_FILE, MORE

PAGES = "pages"
"""The key that allows a question to have more than MAX_CHOICES choices."""

MORE_CHOICE = "more_of_these"
"""The name of the choice that leads to the next page."""

MENU_KEYS = frozenset({"text", "say", "choices", "unsure", "holds", "note"})

Tables = Mapping[str, Mapping[str, Any]]
Forms = tuple[str, str]


def paged(tables: Tables) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
    """Return the tables with each long menu split into pages, and for each text ID of such a menu its new IDs.

    Raise FlowError if the pages need a word for "More" that book.toml lacks, or if the question is not a plain menu.
    """
    made: dict[str, dict[str, Any]] = {}
    renamed: dict[str, list[str]] = {}
    for file, table in tables.items():
        made[file] = {}
        for name, entry in table.items():
            if not (isinstance(entry, Mapping) and PAGES in entry):
                made[file][name] = entry
                continue
            plain = _menu(f"{file}.toml [{name}]", entry, holds=bool(table.get("holds")))
            if not entry[PAGES] or len(entry.get("choices", {})) <= MAX_CHOICES:
                made[file][name] = plain
                continue
            for page, choices, is_last in _pages(name, plain["choices"]):
                made[file][page] = _page(plain, name, page, choices, is_last=is_last)
                renamed.setdefault(f"{file}.{name}.text", []).append(f"{file}.{page}.text")
                for choice in choices:
                    renamed[f"{file}.{name}.choice.{choice}"] = [f"{file}.{page}.choice.{choice}"]
                if not is_last:
                    made[file][page]["choices"][MORE_CHOICE] = _more(tables, name, page)
                    renamed.setdefault(MORE, [MORE]).append(f"{file}.{page}.choice.{MORE_CHOICE}")
    return made, renamed


def rename(texts: Mapping[str, Forms], renamed: Mapping[str, list[str]]) -> dict[str, Forms]:
    """Return a language's texts under the new IDs that `paged` returned."""
    return {new: forms for id, forms in texts.items() for new in renamed.get(id, [id])}


def _menu(where: str, entry: Mapping[str, Any], *, holds: bool) -> dict[str, Any]:
    """Return the question without PAGES. Raise FlowError if its answer is stored, because each page has its own name."""
    plain = {key: value for key, value in entry.items() if key != PAGES}
    if entry[PAGES] and (plain.get("holds", holds) or set(plain) - MENU_KEYS):
        raise FlowError(
            f"{where}: only a menu can have pages; a question whose answer is stored has 2 to 5 choices"
        )
    return plain


def _pages(name: str, choices: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield each page: its name, its choices, and whether it is the last."""
    left, number = list(choices.items()), 1
    while left:
        is_last = len(left) <= MAX_CHOICES
        size = len(left) if is_last else MAX_CHOICES - 1
        yield (name if number == 1 else f"{name}_{number}"), dict(left[:size]), is_last
        left, number = left[size:], number + 1


def _page(
    entry: dict[str, Any], name: str, page: str, choices: dict[str, Any], *, is_last: bool
) -> dict[str, Any]:
    unsure = entry.get("unsure", "")
    if unsure not in choices:
        unsure = next(iter(choices)) if is_last else MORE_CHOICE
    rest: dict[str, Any] = (
        entry if page == name else {key: entry[key] for key in ("text", "say") if key in entry}
    )
    return {**rest, "choices": dict(choices), "unsure": unsure}


def _more(tables: Tables, name: str, page: str) -> dict[str, Any]:
    book = tables.get(BOOK_FILE, {})
    word = book.get("renderer", {}).get("more")
    if not word:
        raise FlowError(
            f'[{name}]: has pages, which need a word for "more"; add more = "More" to book.toml [renderer]'
        )
    number = int(page.rpartition("_")[2]) + 1 if page != name else 2
    return {"text": word, "go": f"{name}_{number}", "words": book.get(PAGES, {}).get("more", [])}
