"""Store the sources of published books, so that they survive a restart and all processes share them.

A stored book is one JSON file, named by its version, that maps source paths to contents.

Rule 1: a file is written under a temporary name and then renamed, so that readers never see part of one.
Rule 2: a file's mtime is when the book was last current. Files older than `keep`, relative to the newest
        file, are removed: no session can still be using them.
Rule 3: the names that fill the texts are not stored, so a corrected phone number applies to all versions.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from hotline.publishing.sources import Sources

VERSION = re.compile(r"[0-9a-z]{1,64}\Z")


class Shared(Protocol):
    """A store of books that other machines share. Its methods never raise."""

    def put(self, version: str, files: Mapping[str, str]) -> None:
        """Store the sources of a version, current as of now."""

    def get(self, version: str) -> dict[str, str]:
        """Return the sources of a version by path, {} if it is not stored."""

    def versions(self) -> tuple[str, ...]:
        """Return the stored versions, the most recently current one first."""


@dataclass(frozen=True, slots=True)
class VersionFiles:
    """The folder that stores books, and the store shared with other machines; either may be None.

    Several processes may use both at the same time.
    """

    folder: Path | None
    keep: timedelta
    shared: Shared | None = None

    def put(self, version: str, sources: Sources) -> None:
        """Store these sources as this version, current as of now. Raise OSError, UnicodeDecodeError."""
        files = sources.texts()
        if self.shared:
            self.shared.put(version, files)
        if self.folder:
            self._put_file(self.folder, version, files)

    def _put_file(self, folder: Path, version: str, files: Mapping[str, str]) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=folder, suffix=".new", delete=False
        ) as new:
            json.dump(files, new, ensure_ascii=False)
        Path(new.name).replace(folder / f"{version}.json")
        self._remove_old()

    def get(self, version: str) -> Sources | None:
        """Return the sources of this version; None if it is not stored or its file cannot be read."""
        files = self._read(version) if VERSION.match(version) else {}
        return Sources.unpack(files, f"version {version}") if files else None

    def versions(self) -> tuple[str, ...]:
        """Return the stored versions, the most recently current one first."""
        own = (file.stem for _, file in sorted(self._files(), reverse=True))
        return tuple(dict.fromkeys((*own, *(self.shared.versions() if self.shared else ()))))

    def _read(self, version: str) -> dict[str, str]:
        files: dict[str, str] = {}
        if self.folder:
            with suppress(OSError, ValueError):
                files = json.loads((self.folder / f"{version}.json").read_text(encoding="utf-8"))
        return files or (self.shared.get(version) if self.shared else {})

    def _remove_old(self) -> None:
        files = self._files()
        newest = max(files)[0]
        for current_at, file in files:
            if newest - current_at > self.keep.total_seconds():
                file.unlink(missing_ok=True)

    def _files(self) -> list[tuple[float, Path]]:
        """Return each stored book's file with its mtime in seconds."""
        found = []
        for file in self.folder.glob("*.json") if self.folder else ():
            try:
                found.append((file.stat().st_mtime, file))
            except FileNotFoundError:
                continue  # another process removed it
        return found
