"""Keeps the sources of published books, so that a book outlives a restart and reaches other processes.

A kept book is one JSON file, named by its version: the path of each source -> its text.

Rule 1: a file is written whole under another name and then renamed, so nobody reads half of one.
Rule 2: a file's time says when the book was last current. What is older than `keep`, by the newest
        file's time, is removed: nobody can be half way through it any more.
Rule 3: the names that fill the texts are not kept: a corrected phone number reaches everybody.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

SOURCE_SUFFIXES = frozenset({".toml", ".po", ".txt"})
"""Of the files in a flows folder, those that a book is read from."""

VERSION = re.compile(r"[0-9a-z]{1,64}\Z")


def sources(folder: Path) -> Iterator[Path]:
    """The files in `folder`, and in the folders in it, that a book is read from; in a fixed order."""
    return iter(sorted(path for path in folder.rglob("*") if path.suffix in SOURCE_SUFFIXES))


@dataclass(frozen=True, slots=True)
class Archive:
    """The folder that keeps books. Several processes may share it."""

    folder: Path
    keep: timedelta

    def put(self, version: str, flows: Path) -> None:
        """Keeps the sources in `flows` as this version, current now. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = {str(path.relative_to(flows)): path.read_text(encoding="utf-8") for path in sources(flows)}
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=self.folder, suffix=".new", delete=False
        ) as new:
            json.dump(files, new, ensure_ascii=False)
        Path(new.name).replace(self._file(version))
        self._remove_old()

    def still_current(self, version: str) -> None:
        """Marks a kept book as current now. Raises OSError when it is not kept."""
        os.utime(self._file(version))

    @contextmanager
    def unpacked(self, version: str) -> Iterator[Path | None]:
        """A folder with the sources of this version, for as long as the block lasts; None when it is
        not kept, or its file cannot be read.
        """
        files = self._read(version) if VERSION.match(version) else {}
        if not files:
            yield None
            return
        with tempfile.TemporaryDirectory(prefix="hotline-book-") as name:
            for path, text in files.items():
                file = Path(name, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            yield Path(name)

    def versions(self) -> tuple[str, ...]:
        """The versions kept, the one that was current last first."""
        return tuple(file.stem for _, file in sorted(self._files(), reverse=True))

    def _read(self, version: str) -> dict[str, str]:
        try:
            files: dict[str, str] = json.loads(self._file(version).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return files

    def _remove_old(self) -> None:
        files = self._files()
        newest = max(files)[0]
        for current_at, file in files:
            if newest - current_at > self.keep.total_seconds():
                file.unlink(missing_ok=True)

    def _files(self) -> list[tuple[float, Path]]:
        """Each kept book's file with the time, in seconds, at which it was last current."""
        found = []
        for file in self.folder.glob("*.json"):
            try:
                found.append((file.stat().st_mtime, file))
            except FileNotFoundError:
                continue  # another process removed it
        return found

    def _file(self, version: str) -> Path:
        return self.folder / f"{version}.json"
