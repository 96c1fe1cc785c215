"""Read the files of the trained model: small arrays at once, the large tables when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from hotline.conversation.model.events import FlowError

Floats = npt.NDArray[np.float32]

LARGE = ("keys", "kinds", "idf", "weights", "vectors", "words")
"""The arrays of Tables (Rule 3)."""


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """The weights of all features and the vectors of all words (Rule 3)."""

    keys: npt.NDArray[np.uint32]
    kinds: npt.NDArray[np.uint8]
    idf: Floats
    weights: npt.NDArray[np.int8]
    vectors: npt.NDArray[np.int8]
    vector_steps: Floats
    places: Mapping[str, int]

    @classmethod
    def read(cls, data: Mapping[str, Any], vectors: Mapping[str, Any]) -> Self:
        """Read the tables of a model and of a vectors file. Raises FlowError."""
        return cls(
            keys=data["keys"],
            kinds=data["kinds"],
            idf=data["idf"].astype(np.float32),
            weights=data["weights"],
            vectors=vectors["vectors"],
            vector_steps=vectors["steps"].astype(np.float32),
            places={word: place for place, word in enumerate(str(vectors["words"]).split())},
        )


class Arrays(Mapping[str, Any]):
    """The arrays of one file; the LARGE ones are read when they are asked for.

    The file is not left open: processes that fork would share its position. Raise FlowError if it cannot be
    read, or is another one by then.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._written = path, 0
        self._read: dict[str, Any] = {}
        self._later: tuple[str, ...] = ()
        with self._opened() as arrays:
            self._later = tuple(name for name in arrays.files if name in LARGE)
            self._read = {name: arrays[name] for name in arrays.files if name not in LARGE}

    def __getitem__(self, name: str) -> Any:
        if name not in self._later:
            return self._read[name]
        with self._opened() as arrays:
            return arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._read, *self._later))

    def __len__(self) -> int:
        return len(self._read) + len(self._later)

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        name = self._path.name
        try:
            with self._path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                written = os.fstat(file.fileno()).st_mtime_ns
                if self._later and written != self._written:
                    raise FlowError(f"{name}: has changed since it was opened; start again")
                self._written = written
                yield arrays
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise FlowError(f"{name}: cannot be read ({type(error).__name__}); run make model") from None
