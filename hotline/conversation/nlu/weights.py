"""The weights of the trained model, and what they make of a text. The only module of the product that imports numpy.

Most weights are zero: a feature tells something about some of the labels. So each feature keeps the labels it
tells something about, with their weights, in 8 bits each. The labels that are read in each part of a long text
have a table of their own, so that a part costs little. Those about the answers to one question are made over the margins of all the others (`over`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hotline.conversation.nlu.features import Ideas, fold, grams_of
from hotline.conversation.nlu.model_file import ModelFile

Floats = npt.NDArray[np.float32]

Margins = npt.NDArray[np.float64]
"""The margin of each label of all decisions for one text."""


class Weights:
    """The weights of all features, and the vectors of all words."""

    def __init__(self, model: ModelFile, vectors: ModelFile, ideas: Ideas) -> None:
        """Read the arrays of a model, as `packed` makes them, and of a vectors file. Raises FlowError."""
        with (
            model.opened() as file,
            vectors.opened() as vectors_file,
            np.load(file, allow_pickle=False) as data,
            np.load(vectors_file, allow_pickle=False) as words,
        ):
            self.ideas = ideas
            self.keys = _ascending(data["key_bytes"])
            """The hash of each feature, in order."""
            self.kinds: npt.NDArray[np.uint8] = data["kinds"]
            self.idf: Floats = data["idf"].astype(np.float32)
            self.starts = np.concatenate([[0], np.cumsum(data["counts"], dtype=np.int64)])
            """Where each feature's own labels begin in `labels` and `weights`, and where the last one's end."""
            self.labels: npt.NDArray[np.uint8] = data["labels"]
            self.weights: npt.NDArray[np.int8] = data["weights"]
            self.part_weights: npt.NDArray[np.int8] = data["part_weights"]
            """The weights of each feature for `part_labels`."""
            self.part_labels: npt.NDArray[np.int64] = data["part_labels"].astype(np.int64)
            """The labels that are read in parts of a text too."""
            self.steps: Floats = data["steps"].astype(np.float32)
            """What a weight of 1 stands for, for each label."""
            self.bias: Floats = data["bias"].astype(np.float32)
            self.over: Floats = data["over"]
            """The weights of the labels that are decided over the margins of all others: a row for each of these."""
            self.over_bias: Floats = data["over_bias"]
            self.kind_weights = tuple(map(float, data["kind_weights"]))
            self.vectors: npt.NDArray[np.int8] = words["vectors"]
            self.vector_steps: Floats = words["steps"].astype(np.float32)
            self.vector_weights: Floats = data["vector_weights"].astype(np.float32)
            self.places = {word: place for place, word in enumerate(str(words["words"]).split())}

    def margins(self, words: Sequence[str], part: bool = False) -> Margins:
        """Return the margin of each label for a text of these words, in the order of the model's labels.

        Of a `part` of a text, only those of `part_labels` are computed; the others mean nothing.
        """
        folded = [fold(word) for word in words]
        rows, values = self._features(folded)
        margins = np.zeros(len(self.steps)) if part else self._sparse_margins(rows, values)
        margins[self.part_labels] = values @ self.part_weights[rows]
        margins = margins * self.steps + self.bias + self._vector(folded) @ self.vector_weights
        over = () if part else margins @ self.over + self.over_bias
        return np.concatenate([margins, over], dtype=np.float64)

    def _sparse_margins(self, rows: npt.NDArray[np.intp], values: Floats) -> Margins:
        """Return the sum of these features' weights, times their values, for each label."""
        starts = self.starts[rows]
        counts = self.starts[rows + 1] - starts
        ends = counts.cumsum()
        at = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(starts - ends + counts, counts)
        weighted = self.weights[at] * np.repeat(values, counts)
        return np.bincount(self.labels[at], weights=weighted, minlength=len(self.steps)).astype(np.float64)

    def _features(self, folded: Sequence[str]) -> tuple[npt.NDArray[np.intp], Floats]:
        """Return the rows of a text's features, and their values: each kind of them has a fixed length together."""
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
        return rows, values

    def _vector(self, folded: Sequence[str]) -> Floats:
        """Return the mean of the words' vectors, scaled to a fixed length; 0 if no word is known."""
        rows = [self.places[word] for word in folded if word in self.places]
        if not rows:
            return np.zeros(self.vectors.shape[1], np.float32)
        total = (self.vectors[rows].astype(np.float32) * self.vector_steps[rows, None]).sum(axis=0)
        length = float(np.sqrt((total**2).sum()))
        return np.asarray(total * (self.kind_weights[3] / length) if length else total, np.float32)


def packed(
    keys: npt.NDArray[np.uint32], weights: npt.NDArray[np.int8], part_labels: npt.NDArray[np.int64]
) -> dict[str, Any]:
    """Return the arrays of a model file for the weights of each feature (a row) for each label (a column).

    `keys` are the features, in order; `part_labels` are the labels that are read in parts of a text too. Of the
    others a file holds what is not zero. Raise ValueError if there are more labels than 8 bits can number.
    """
    if weights.shape[1] > 1 << 8:
        raise ValueError(f"{weights.shape[1]} labels; the labels of a model file have 8 bits")
    own = weights.copy()
    own[:, part_labels] = 0
    rows, labels = np.nonzero(own)
    return {
        "key_bytes": np.diff(keys, prepend=np.uint32(0)).astype("<u4").view(np.uint8).reshape(-1, 4).T.copy(),
        "counts": np.bincount(rows, minlength=len(keys)).astype(np.uint16),
        "labels": labels.astype(np.uint8),
        "weights": own[rows, labels],
        "part_weights": weights[:, part_labels],
        "part_labels": part_labels,
    }


def _ascending(planes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    """Return the numbers whose differences are stored, a plane for each byte: alike bytes together are small files."""
    return np.cumsum(planes.T.copy().view("<u4").ravel(), dtype=np.uint32)
