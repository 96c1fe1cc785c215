"""The weights of the trained model, and what they make of a text. The only module of the product that imports numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from hotline.conversation.nlu.features import Ideas, fold, grams_of
from hotline.conversation.nlu.model_file import ModelFile

Floats = npt.NDArray[np.float32]

Found = tuple[npt.NDArray[np.intp], Floats, Floats]
"""The features of a text: rows of the weight tables, their values, and its vector."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The weights of all features for all heads, a column for each label, and the vectors of all words."""

    ideas: Ideas
    keys: npt.NDArray[np.uint32]
    kinds: npt.NDArray[np.uint8]
    idf: Floats
    weights: npt.NDArray[np.int8]
    steps: Floats
    bias: Floats
    kind_weights: tuple[float, ...]
    vectors: npt.NDArray[np.int8]
    vector_steps: Floats
    vector_weights: Floats
    places: Mapping[str, int]

    @classmethod
    def read(cls, model: ModelFile, vectors: ModelFile, ideas: Ideas) -> Self:
        """Read the arrays of a model and of a vectors file. Raises FlowError."""
        with (
            model.opened() as file,
            vectors.opened() as vectors_file,
            np.load(file, allow_pickle=False) as data,
            np.load(vectors_file, allow_pickle=False) as words,
        ):
            return cls(
                ideas=ideas,
                keys=data["keys"],
                kinds=data["kinds"],
                idf=data["idf"].astype(np.float32),
                weights=data["weights"],
                steps=data["steps"].astype(np.float32),
                bias=data["bias"].astype(np.float32),
                kind_weights=tuple(map(float, data["kind_weights"])),
                vectors=words["vectors"],
                vector_steps=words["steps"].astype(np.float32),
                vector_weights=data["vector_weights"].astype(np.float32),
                places={word: place for place, word in enumerate(str(words["words"]).split())},
            )

    def margins(self, columns: slice, found: Found) -> list[float]:
        """Return the margin of each of these columns for a text with these features."""
        rows, values, vector = found
        weights = self.weights[rows, columns].astype(np.float32)
        margins = (values @ weights) * self.steps[columns] + self.bias[columns]
        return [float(margin) for margin in margins + vector @ self.vector_weights[:, columns]]

    def features(self, words: Sequence[str]) -> Found:
        """Return a text's rows in the weight tables, their values, and its vector."""
        folded = [fold(word) for word in words]
        hashes = set[int]().union(*grams_of(folded, self.ideas))
        wanted = np.fromiter(hashes, dtype=np.uint32, count=len(hashes))
        at = np.searchsorted(self.keys, wanted)
        at[at == len(self.keys)] = 0
        rows = np.sort(at[self.keys[at] == wanted])
        values = self.idf[rows]
        kinds = self.kinds[rows]
        for kind, weight in enumerate(self.kind_weights[:3]):
            own = kinds == kind
            length = float(np.sqrt((values[own] ** 2).sum()))
            if length:
                values[own] *= weight / length
        return rows, values, self._vector(folded)

    def _vector(self, folded: Sequence[str]) -> Floats:
        """Return the mean of the words' vectors, scaled to a fixed length; 0 if no word is known."""
        rows = [self.places[word] for word in folded if word in self.places]
        if not rows:
            return np.zeros(self.vectors.shape[1], np.float32)
        total = (self.vectors[rows].astype(np.float32) * self.vector_steps[rows, None]).sum(axis=0)
        length = float(np.sqrt((total**2).sum()))
        return np.asarray(total * (self.kind_weights[3] / length) if length else total, np.float32)
