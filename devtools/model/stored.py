"""The decisions of a model as its file holds them: weights in 8 bits, and what is decided over their margins.

Rule 1: nothing in the file depends on the day, so that the same rows give the same file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from devtools.model.featurize import KIND_WEIGHTS, Features
from devtools.model.heads import Trained
from hotline.conversation.nlu.classifier import FORMAT
from hotline.conversation.nlu.model_file import METADATA
from hotline.conversation.nlu.weights import packed

NEGLIGIBLE = 6
"""Weights up to this, out of 127, are stored as zero: that halves the file, and changes how one text in a hundred is read."""

NEVER_PRUNED = ("danger", "alarm")
"""The decisions that keep every weight."""

IN_PARTS = (*NEVER_PRUNED, "danger_class")
"""The decisions that are made in each part of a long text."""


@dataclass(frozen=True)
class Stored:
    """Decisions over features, with their weights as the file has them."""

    heads: list[Trained]
    small: Any
    """The weights in 8 bits, a row for each n-gram and a column for each label."""
    steps: Any
    bias: Any
    vector_weights: Any

    @property
    def names(self) -> Any:
        """The name of the decision of each label."""
        return np.repeat([head.name for head in self.heads], [len(head.bias) for head in self.heads])

    def columns(self, name: str) -> slice:
        """Return the columns of one decision's labels."""
        own = np.flatnonzero(self.names == name)
        return slice(int(own[0]), int(own[-1]) + 1)

    def margins(self, matrix: Any) -> Any:
        """Return the margins that a service will compute for the texts of some rows of features."""
        grams = self.small.shape[0]
        vectors = matrix[:, grams:].toarray() @ self.vector_weights.astype(np.float32)
        return matrix[:, :grams] @ self.small.astype(np.float32) * self.steps + self.bias + vectors

    @classmethod
    def of(cls, heads: list[Trained], dimensions: int) -> Self:
        """Round the weights of decisions to what the file holds; the last `dimensions` are those of the mean vector."""
        weights = np.concatenate([head.weights[:-dimensions] for head in heads], axis=1)
        steps = np.abs(weights).max(axis=0) / 127
        small = np.round(weights / steps).astype(np.int8)
        names = np.repeat([head.name for head in heads], [len(head.bias) for head in heads])
        small[(np.abs(small) <= NEGLIGIBLE) & ~np.isin(names, NEVER_PRUNED)] = 0
        return cls(
            heads,
            small,
            steps.astype(np.float32),
            np.concatenate([head.bias for head in heads]).astype(np.float32),
            np.concatenate([head.weights[-dimensions:] for head in heads], axis=1).astype(np.float16),
        )


def write(path: Path, features: Features, stored: Stored, over: list[Trained], samples: list[str]) -> None:
    """Write a model file: `stored`, and the decisions `over` its margins. `samples` has a text for each intent."""
    labels, small = len(stored.bias), stored.small
    arrays: dict[str, Any] = packed(features.keys, small, np.flatnonzero(np.isin(stored.names, IN_PARTS))) | {
        "kinds": features.kinds,
        "idf": features.idf.astype(np.float16),
        "kind_weights": np.array(KIND_WEIGHTS, np.float32),
        "steps": stored.steps,
        "bias": stored.bias,
        "vector_weights": stored.vector_weights,
        "over": np.concatenate([np.zeros((labels, 0)), *(head.weights for head in over)], axis=1),
        "over_bias": np.concatenate([np.zeros(0), *(head.bias for head in over)]),
    }
    arrays |= {name: arrays[name].astype(np.float32) for name in ("over", "over_bias")}
    described, start = {}, 0
    for head in (*stored.heads, *over):
        end = start + len(head.bias)
        described[head.name] = {
            "labels": list(map(str, head.labels)),
            "span": [start, end],
            "scale": [float(head.slope), float(head.offset)],
            "joined": [] if head.joined is None else list(head.joined),
            "parts": [] if head.in_parts is None else list(map(float, head.in_parts)),
        }
        start = end
    hashed = small.tobytes() + features.keys.tobytes() + arrays["over"].tobytes()
    version = hashlib.sha256(hashed).hexdigest()[:12]
    metadata = {"format": FORMAT, "version": version, "samples": samples, "heads": described}
    np.savez_compressed(path, **arrays)
    with ZipFile(path, "a", ZIP_DEFLATED) as members:
        of_no_day = ZipInfo(METADATA)  # without the current date, like numpy's members (Rule 1)
        of_no_day.compress_type = ZIP_DEFLATED
        members.writestr(of_no_day, json.dumps(metadata, ensure_ascii=False))
