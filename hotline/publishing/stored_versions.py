"""The books that conversations in progress began with: a few in memory, all of them in the stores, if there are any."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.log import log
from hotline.publishing.sources import Sources

VERSION = re.compile(r"[0-9a-z]{1,64}\Z")

MOST_IN_MEMORY = 8
"""Maximum books in memory. Others are loaded from a store when needed."""


class BookStore(Protocol):
    """A store of the sources of books by version. Thread-safe; its methods never raise."""

    def put(self, version: str, files: Mapping[str, str]) -> None:
        """Store the sources of a version, current as of now."""

    def get(self, version: str) -> dict[str, str]:
        """Return the sources of a version by path, {} if it is not stored."""

    def versions(self) -> tuple[str, ...]:
        """Return the stored versions, the most recently current one first."""


class StoredVersions:
    """Books by version. Thread-safe. `load` reads a book from sources and raises FlowError."""

    def __init__(self, load: Callable[[Sources], Book], stores: tuple[BookStore, ...]) -> None:
        self._load, self._stores = load, stores
        self._books: dict[str, Book] = {}
        self._unpacking = threading.Lock()

    def get(self, version: str) -> Book | None:
        """Return the book of this version, or None if it is not stored."""
        if version not in self._books and self._stores:
            with self._unpacking:
                if version not in self._books and (found := self.unpack(version)):
                    self.put(found[0])
        return self._books.get(version)

    def put(self, book: Book) -> None:
        """Add a book to those in memory; remove the one added first if there are too many."""
        self._books.pop(book.version, None)
        self._books[book.version] = book
        if len(self._books) > MOST_IN_MEMORY:
            self._books.pop(next(iter(self._books)), None)  # two threads may do this at once

    def forget(self) -> None:
        """Drop the books in memory; those in a store are loaded again when needed."""
        self._books.clear()

    def latest(self) -> tuple[Book, Sources] | None:
        """Return the stored book that was current most recently, with its sources, or None."""
        return next((found for version in self.versions() if (found := self.unpack(version))), None)

    def versions(self) -> tuple[str, ...]:
        """Return the stored versions, the most recently current one of each store first."""
        return tuple(dict.fromkeys(version for store in self._stores for version in store.versions()))

    def unpack(self, version: str) -> tuple[Book, Sources] | None:
        """Load a version from a store, or return None if it is not there or is no longer valid."""
        if not VERSION.match(version):
            return None
        files = next((files for store in self._stores if (files := store.get(version))), None)
        if files is None:
            return None
        sources = Sources.unpack(files, f"version {version}")
        try:
            return replace(self._load(sources), version=version), sources
        except FlowError:
            log.warning("older_book_refused", reason="the_reader_has_changed")
            return None

    def store(self, book: Book, sources: Sources) -> None:
        """Put the book's sources into every store, as current now. Log an error, never raise one."""
        try:
            files = sources.texts() if self._stores else {}
        except UnicodeDecodeError as error:
            log.warning("book_not_stored", error=type(error).__name__)
            return
        for store in self._stores:
            store.put(book.version, files)
