"""The books that conversations in progress began with: a few in memory, the others in version files.

Rule 1: without VersionFiles they exist only in this process's memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.log import log
from hotline.publishing.sources import Sources
from hotline.publishing.version_files import VersionFiles

KEEP = timedelta(days=7)
"""How long a book is stored after it was current: a session's lifetime, so that every session can finish."""

MOST_IN_MEMORY = 8
"""Maximum books in memory. Others are loaded from their files when needed."""


class StoredVersions:
    """Books by version. Thread-safe. `load` reads a book from sources and raises FlowError."""

    def __init__(self, load: Callable[[Sources], Book], files: VersionFiles | None) -> None:
        self._load, self._files = load, files
        self._books: dict[str, Book] = {}
        self._unpacking = threading.Lock()

    def get(self, version: str) -> Book | None:
        """Return the book of this version, or None if it is not stored."""
        if version not in self._books and self._files:
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
        """Drop the books in memory; those in files are loaded again when needed."""
        self._books.clear()

    def latest(self) -> tuple[Book, Sources] | None:
        """Return the book in the files that was current most recently, with its sources, or None."""
        books = map(self.unpack, self.versions())
        return next((found for found in books if found), None)

    def versions(self) -> tuple[str, ...]:
        """Return the versions in the files, the most recently current one first."""
        return self._files.versions() if self._files else ()

    def unpack(self, version: str) -> tuple[Book, Sources] | None:
        """Load a version from its files, or return None if it is not there or is no longer valid."""
        sources = self._files.get(version) if self._files else None
        if sources is None:
            return None
        try:
            return replace(self._load(sources), version=version), sources
        except FlowError:
            log.warning("older_book_refused", reason="the_reader_has_changed")
            return None

    def store(self, book: Book, sources: Sources) -> None:
        """Write the book's sources to its files, as current now. Log an error, never raise one."""
        if self._files:
            try:
                self._files.put(book.version, sources)
            except (OSError, UnicodeDecodeError) as error:
                log.warning("book_not_stored", error=type(error).__name__)
