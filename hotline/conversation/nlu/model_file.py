"""A file of the trained model: a zip of arrays as numpy writes it, with the metadata as JSON in the same file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from hotline.conversation.model.events import FlowError

METADATA = "metadata.json"
"""The member of the zip that is read without numpy."""


class ModelFile:
    """One of the files, and its `metadata`, {} if it has none.

    It is not left open: processes that fork would share its position. Raise FlowError if it cannot be read, or is
    another one by the time its arrays are read.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._written = path, 0
        self.metadata: dict[str, Any] = {}
        with self.opened() as file, ZipFile(file) as members:
            if METADATA in members.namelist():
                self.metadata = json.loads(members.read(METADATA))

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open the file. Raise FlowError, also for what goes wrong while it is read."""
        name = self._path.name
        try:
            with self._path.open("rb") as file:
                written = os.fstat(file.fileno()).st_mtime_ns
                if self._written and written != self._written:
                    raise FlowError(f"{name}: has changed since it was opened; start again")
                self._written = written
                yield file
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise FlowError(f"{name}: cannot be read ({type(error).__name__}); run make model") from None
