"""The books that conversations in progress began with: a few in memory, all of them in the stores, if there are any.

A store in a folder (BOOKS_DIR), for a start while Redis is away, has one JSON file for each book, named by its version.

Rule 1: a file is written under a temporary name and then renamed, so that readers never see part of one.
Rule 2: a file's mtime is when the book was last current. Files older than KEEP, relative to the newest file, are
        removed: no session can still be using them.
Rule 3: the names that fill the texts are not stored, so a corrected phone number applies to all versions.
"""

from __future__ import annotations

import json
import re
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.log import log
from hotline.publishing.sources import Sources

VERSION = re.compile(r"[0-9a-z]{1,64}\Z")

MOST_IN_MEMORY = 8
"""Maximum books in memory. Others are loaded from a store when needed."""

KEEP = timedelta(days=7)
"""How long a book is in a folder after it was current: a session's lifetime, so that every session can finish."""


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


@dataclass(frozen=True, slots=True)
class FolderOfBooks:
    """A store of books in a folder, which several processes may use at the same time. Never raises."""

    path: Path

    def put(self, version: str, files: Mapping[str, str]) -> None:
        """Store the sources of a version, current as of now."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=self.path, suffix=".new", delete=False
            ) as new:
                json.dump(files, new, ensure_ascii=False)
            Path(new.name).replace(self.path / f"{version}.json")
            self._remove_old()
        except OSError as error:
            log.warning("book_not_stored", error=type(error).__name__)

    def get(self, version: str) -> dict[str, str]:
        """Return the sources of a version by path; {} if it is not stored or its file cannot be read."""
        files: dict[str, str] = {}
        with suppress(OSError, ValueError):
            files = json.loads((self.path / f"{version}.json").read_text(encoding="utf-8"))
        return files

    def versions(self) -> tuple[str, ...]:
        """Return the stored versions, the most recently current one first."""
        return tuple(file.stem for _, file in sorted(self._files(), reverse=True))

    def _remove_old(self) -> None:
        files = self._files()
        newest = max(files)[0]
        for current_at, file in files:
            if newest - current_at > KEEP.total_seconds():
                file.unlink(missing_ok=True)

    def _files(self) -> list[tuple[float, Path]]:
        """Return each stored book's file with its mtime in seconds."""
        found = []
        for file in self.path.glob("*.json"):
            with suppress(FileNotFoundError):  # another process removed it
                found.append((file.stat().st_mtime, file))
        return found
