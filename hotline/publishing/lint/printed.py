"""Findings about the letters and pages: promises, and look-alike characters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from hotline.conversation.model.events import FlowError
from hotline.publishing.letters import load_letters
from hotline.publishing.lint import legal_claims
from hotline.publishing.lint.finding import Finding, Place, finding
from hotline.publishing.pages import FILLED, load_pages
from hotline.publishing.printed_texts import LETTERS, PAGES, printed_texts, read_printed
from hotline.publishing.sources import Folder

TYPOGRAPHY = frozenset("\u2018\u2019\u201c\u201d\u00ab\u00bb\u2013\u2014\u2026\u2022\u00a0")
"""Typographic characters that are fine in print; only in a text message do they cost more."""


def findings(folder: Folder, only: Collection[str] | None = None) -> Iterator[Finding]:
    """Yield the findings about these texts by ID, or about all."""
    for language, id, said in printed_texts(read_printed(folder)):
        if only is None or id in only:
            where = Place(f"{id} ({language})", id, language)
            yield from legal_claims.promises_in(where, said)
            yield from legal_claims.look_alikes_in(where, said, allowed=TYPOGRAPHY)


def fits(folder: Folder, names: Mapping[str, str]) -> Iterator[Finding]:
    """Yield why the letters or the pages cannot be loaded, such as a blank that a translation lost."""
    for part, load in (
        (LETTERS, lambda: load_letters(folder, names)),
        (PAGES, lambda: load_pages(folder, dict.fromkeys(FILLED, "1"))),
    ):
        try:
            if (folder / part).is_dir():
                load()
        except FlowError as wrong:
            right = "make the paragraphs, blanks and placeholders match in all languages"
            yield finding(Place(part), "%(wrong)s", right, wrong=wrong)
