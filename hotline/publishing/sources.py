"""A snapshot of a flows folder in memory, read by loader, checks and store: what is checked is what is published.

Rule 1: each file on disk is read once per edit. A later edit of the folder does not change the snapshot.
Rule 2: the snapshot does not contain the trained model, which is large, and built rather than edited. `model` is its
        folder, and nlu/model_file.py rejects a file that has changed since it was opened.

`Sources` implements the part of `pathlib.Path` that is used here, as `importlib.resources` does, so that functions
that read a folder of flows accept either: a `Folder`.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final, Self

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.names import unknown
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.classifier import MODEL_FILE

BOOK_SUFFIXES: Final = frozenset({".toml", ".po"})
"""The suffixes of the files that a book is loaded from; these are stored with a version."""

EXAMPLE_SUFFIXES: Final = frozenset({".tsv"})
"""The suffix of the rows that train the model: the checks read them, a book does not."""

MODEL: Final = "model"


def read_toml(path: Folder, where: str) -> dict[str, Any]:
    """Return the tables of a TOML file; `where` names it in errors. Raise FlowError if it is missing or not TOML."""
    try:
        return deepcopy(_parsed(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise FlowError(f"{where}: is missing; copy it from the repository's flows/") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FlowError(f"{where}: is not TOML: {error}; a text needs quotes around it") from error


def need_known_keys(where: str, table: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise FlowError if a table has a key that is not among the known ones."""
    if wrong := set(table) - set(known):
        raise FlowError(f"{where}: {unknown('key', min(wrong), known)}")


@lru_cache(maxsize=128)
def _parsed(text: str) -> dict[str, Any]:
    """Parse TOML. Cached, because an edit leaves most files unchanged."""
    return tomllib.loads(text)


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """A snapshot of a folder of flows, or a folder or file in it.

    `files` has the content of each file by its path, `at` is the path of this folder or file, and `origin` names
    the source of the snapshot in errors.
    """

    files: Mapping[str, bytes]
    origin: str
    model: Path
    at: str = ""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read each file of the folder once. Raise OSError."""
        found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths(folder)}
        model = folder / MODEL
        return cls(
            MappingProxyType(found),
            str(folder),
            model if (model / MODEL_FILE).is_file() else OWN_FLOWS / MODEL,
        )

    @classmethod
    def of(cls, folder: Sources | Path) -> Sources:
        """Return a given snapshot, or a new one of a folder on disk. Raise OSError."""
        return folder if isinstance(folder, Sources) else cls.read(folder)

    @classmethod
    def unpack(cls, files: Mapping[str, str], origin: str) -> Self:
        """Return the sources of a stored version, with the bundled model."""
        return cls(
            MappingProxyType({path: text.encode() for path, text in files.items()}), origin, OWN_FLOWS / MODEL
        )

    @classmethod
    def from_json(cls, written: str) -> Self:
        """Return what `to_json` wrote."""
        read = json.loads(written)
        files = {path: text.encode("utf-8", "surrogateescape") for path, text in read["files"].items()}
        return cls(MappingProxyType(files), read["origin"], Path(read["model"]))

    def to_json(self) -> str:
        """Return the snapshot as JSON, for another process on this machine."""
        files = {path: content.decode("utf-8", "surrogateescape") for path, content in self.files.items()}
        return json.dumps({"files": files, "origin": self.origin, "model": str(self.model)})

    def changed(self, files: Mapping[str, str]) -> Sources:
        """Return a copy of the snapshot with these files added or replaced."""
        added = {path: text.encode() for path, text in files.items()}
        return replace(self, files=MappingProxyType({**self.files, **added}))

    def of_book(self) -> Sources:
        """Return the snapshot without the files that only the checks read, which take most of its memory."""
        loaded = {path: content for path, content in self.files.items() if Path(path).suffix in BOOK_SUFFIXES}
        return replace(self, files=MappingProxyType(loaded))

    def texts(self) -> dict[str, str]:
        """Return the text of the files that are stored with a version, by path. Raise UnicodeDecodeError."""
        return {path: content.decode() for path, content in self.of_book().files.items()}

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.at).name

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return PurePosixPath(self.at).stem

    def __truediv__(self, key: str, /) -> Sources:
        """Return the file or folder at this path relative to this one."""
        return replace(self, at=str(PurePosixPath(self.at, key)))

    def __str__(self) -> str:
        return str(Path(self.origin, self.at))

    def glob(self, pattern: str, /) -> Iterator[Sources]:
        """Yield the files directly in this folder whose names match, sorted."""
        for path in sorted(self.files):
            folder, _, name = path.rpartition("/")
            if folder == self.at and fnmatchcase(name, pattern):
                yield replace(self, at=path)

    def is_file(self) -> bool:
        """Return whether this is a file."""
        return self.at in self.files

    def is_dir(self) -> bool:
        """Return whether this is a folder with a file in it."""
        return not self.at or any(path.startswith(f"{self.at}/") for path in self.files)

    def read_bytes(self) -> bytes:
        """Return the content of a file. Raise FileNotFoundError."""
        try:
            return self.files[self.at]
        except KeyError:
            raise FileNotFoundError(str(self)) from None

    def read_text(self, encoding: str) -> str:
        """Return the text of a file. Raise FileNotFoundError, UnicodeDecodeError."""
        # Normalize line endings as `open` does: a file saved on Windows must not count as changed.
        return self.read_bytes().decode(encoding).replace("\r\n", "\n")


Folder = Path | Sources
"""A folder of flows, or a folder or file in it."""


def paths(folder: Path) -> Iterator[Path]:
    """Yield the files of the flows under `folder`, sorted. Symbolic links are followed, as mounted volumes use them."""
    found: list[Path] = []
    seen: set[str] = set()
    for here, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(here)
        # A link to a parent folder would be followed forever; `..data` is a mounted volume's own copy.
        folders[:] = [] if real in seen else [each for each in folders if not each.startswith((".", "__"))]
        if real not in seen:
            found += (Path(here, name) for name in names)
        seen.add(real)
    # A hidden file is an editor's lock or a file system's note.
    ours = (path for path in found if path.suffix in BOOK_SUFFIXES | EXAMPLE_SUFFIXES)
    return iter(sorted(path for path in ours if not path.name.startswith(".")))


Stamp = tuple[tuple[str, int, int], ...]
"""The path, the time of the last change in ns, and the size of each file."""


def stamp(folder: Path) -> Stamp:
    """Return a stamp that changes when any file does. Raise OSError if a file is removed during the call."""
    stats = ((str(path), path.stat()) for path in paths(folder))
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)
