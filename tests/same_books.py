"""Books that the tests load again and again: each process reads one of the same files, names and choices once.

A book is immutable and nothing but these decides it (`loader.read_book`), so one that differs in nothing need not be read
again. Half of the books that the tests load are those of this repository's flows, with the names of `make run`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.classifier import MODEL_FILE
from hotline.publishing import loader
from hotline.publishing.sources import Sources
from hotline.publishing.translations import Stale

READ = loader.read_book


@dataclass(frozen=True, slots=True)
class _Asked:
    """What decides a book, and how to read it."""

    decides: str
    read: Callable[[], Book] = field(compare=False)


def same_book(folder: Sources, names: Mapping[str, str], stale: Stale, plain: bool) -> Book:
    """As `loader.read_book`: the book that these gave before, if it is one of the last few."""
    found = hashlib.sha256(repr((sorted(names.items()), stale, plain)).encode())
    found.update(f"{folder.model.resolve()} {(folder.model / MODEL_FILE).stat().st_mtime_ns}".encode())
    for path, content in sorted(folder.of_book().files.items()):
        found.update(f"\0{path}\0{len(content)}\0".encode() + content)
    return _book(_Asked(found.hexdigest(), lambda: READ(folder, names, stale, plain)))


@lru_cache(maxsize=16)
def _book(asked: _Asked) -> Book:
    return asked.read()
