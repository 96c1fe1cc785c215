"""Store the sources of published books in a folder, for a start while Redis is away.

A stored book is one JSON file, named by its version, that maps source paths to contents.

Rule 1: a file is written under a temporary name and then renamed, so that readers never see part of one.
Rule 2: a file's mtime is when the book was last current. Files older than KEEP, relative to the newest file, are
        removed: no session can still be using them.
Rule 3: the names that fill the texts are not stored, so a corrected phone number applies to all versions.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hotline.log import log

KEEP = timedelta(days=7)
"""How long a book is stored after it was current: a session's lifetime, so that every session can finish."""


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
