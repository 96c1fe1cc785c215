"""Scores a text with the trained linear models: its intent, its answer to a question, any danger.

The model is data: `flows/model/understanding.npz`, built from the rows of `flows/examples` by `make model`
(see docs/understanding.md). Nothing is trained at run time, and no text leaves the process.

Rule 1: scores are calibrated: of the texts that score 0.8, about eight in ten are right.
Rule 2: linear time in the length of the text, and no text raises.
Rule 3: the tables, 36 MB, are read when the first text is scored, or by `ready`: a process that scores none, such
        as a worker, does without them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.features import Ideas, fold, grams_of
from hotline.conversation.nlu.model_file import Arrays, Floats, Tables

MODEL_FILE, VECTORS_FILE, WORDS_FILE = "understanding.npz", "vectors.npz", "words.txt"

FORMAT = 2
"""The file format version. A file with another one is rejected at startup, with the command to run."""

WINDOW, STRIDE = 14, 7
"""Words per window scored for danger, and the step: a cry for help may be one clause of a long text."""

Found = tuple[npt.NDArray[np.intp], Floats, Floats]
"""The features of a text: rows of the weight tables, their values, and its vector."""


@dataclass(frozen=True, slots=True)
class Head:
    """The columns of one decision in the weight tables."""

    labels: tuple[str, ...]
    columns: slice
    slope: float
    """Scales the margins before they become probabilities; fitted on held-out rows."""
    offset: float = 0.0
    in_parts: Floats | None = None
    """For long texts: the weights of `part_features`, and last the bias."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Labels with their probabilities, most likely first."""

    ranked: tuple[tuple[str, float], ...]

    @property
    def best(self) -> tuple[str, float]:
        """The most likely label and its probability."""
        return self.ranked[0]

    def of(self, label: str) -> float:
        """Return the probability of one label, 0.0 if it is unknown."""
        return next((p for name, p in self.ranked if name == label), 0.0)


def parts_of(words: Sequence[str]) -> list[str]:
    """Return overlapping windows of a long text, to score each for danger; none for a short one."""
    if len(words) <= WINDOW + STRIDE // 2:
        return []
    return [" ".join(words[start : start + WINDOW]) for start in range(0, len(words) - STRIDE, STRIDE)]


def part_features(whole: float, parts: Sequence[float]) -> tuple[float, ...]:
    """Return what decides about a long text: its length, and the margins of the whole and of its parts.

    One clause may be the cry for help, and the longer a text is, the likelier one of its parts sounds like
    one by chance.
    """
    best = sorted(parts, reverse=True)[:2]
    return (math.log(len(parts) + 1), whole, best[0], best[-1], sum(parts) / len(parts))


class Classifier:
    """The trained models over one shared set of features. Thread-safe."""

    def __init__(self, data: Mapping[str, Any], vectors: Mapping[str, Any], ideas: Ideas) -> None:
        """Take the arrays of a model and of a vectors file, and the word groups it was trained with."""
        self.version = str(data["version"])
        self.heads = {
            str(name): Head(
                tuple(map(str, data[f"labels.{name}"])),
                slice(int(data[f"span.{name}"][0]), int(data[f"span.{name}"][1])),
                float(data[f"scale.{name}"][0]),
                float(data[f"scale.{name}"][1]),
                data.get(f"parts.{name}"),
            )
            for name in data["heads"]
        }
        self.samples = dict(zip(map(str, data["labels.intent"]), map(str, data["samples"]), strict=True))
        """A clear text for each intent, for the checks that walk the flows."""
        self._ideas = ideas
        self._read = partial(Tables.read, data, vectors)
        self._steps: Floats = data["steps"].astype(np.float32)
        self._bias: Floats = data["bias"].astype(np.float32)
        self._vector_weights: Floats = data["vector_weights"].astype(np.float32)
        self._kind_weights = tuple(float(w) for w in data["kind_weights"])

    @classmethod
    def load(cls, folder: Path, ideas: Ideas) -> Self:
        """Read the two files of a model folder, but for their tables (Rule 3).

        Raise FlowError if one is missing, broken or outdated; `ready` raises it for the tables.
        """
        data, vectors = (Arrays(folder / name) for name in (MODEL_FILE, VECTORS_FILE))
        if int(data.get("format", 0)) != FORMAT:
            raise FlowError(f"{MODEL_FILE}: is of another format than this version reads; run make model")
        return cls(data, vectors, ideas)

    def ready(self) -> None:
        """Read the tables now. Raise FlowError if they cannot be read."""
        self._tables  # noqa: B018 -- reads them

    @cached_property
    def _tables(self) -> Tables:
        return self._read()

    def scores(self, head: str, said: str) -> Scores:
        """Return the probabilities of a head's labels for a normalized text."""
        return self.scores_of(head, self.features(said))

    def all_scores(self, said: str, heads: Sequence[str]) -> dict[str, Scores]:
        """Return the probabilities of several heads, extracting the features only once."""
        found = self.features(said)
        return {name: self.scores_of(name, found) for name in heads}

    def features(self, said: str) -> Found:
        """Return the features of a normalized text, which cost most of a score: extract them once for several heads."""
        return self._features(said.split())

    def scores_of(self, head: str, found: Found) -> Scores:
        """Return the probabilities of a head's labels for a text with these features."""
        return self._ranked(self.heads[head], found)

    def likely_in(
        self, heads: Sequence[str], said: str, whole: Found | None = None
    ) -> tuple[list[float], str]:
        """Return the probability of each yes-or-no head for a text of any length, and its likeliest part.

        The part is that of the first head; "" where the whole is likelier, or the text is short. `whole` are
        the text's features, if they are at hand.
        """
        whole = self.features(said) if whole is None else whole
        parts = parts_of(said.split())
        if not parts:
            return [_chance(self._scaled(head, whole)) for head in map(self.heads.__getitem__, heads)], ""
        found = [self.features(part) for part in parts]
        chances, likeliest = [], ""
        for name in heads:
            head = self.heads[name]
            of_whole, of_parts = self._margin(head, whole), [self._margin(head, part) for part in found]
            if name == heads[0] and max(of_parts) > of_whole:
                likeliest = parts[of_parts.index(max(of_parts))]
            if head.in_parts is None:
                chances.append(_chance(max(of_whole, *of_parts) * head.slope + head.offset))
            else:
                *weights, bias = map(float, head.in_parts)
                decided = zip(weights, part_features(of_whole, of_parts), strict=True)
                chances.append(_chance(sum(weight * value for weight, value in decided) + bias))
        return chances, likeliest

    def _margin(self, head: Head, found: Found) -> float:
        return float(self._margins(head, found)[0])

    def _scaled(self, head: Head, found: Found) -> float:
        return self._margin(head, found) * head.slope + head.offset

    def _ranked(self, head: Head, found: Found) -> Scores:
        """Return the scores of one head, from its columns alone."""
        margins = self._margins(head, found) * head.slope + head.offset
        if (
            len(head.labels) == 2 and len(margins) == 1
        ):  # two labels share one margin: below 0 it is the first
            p = _chance(float(margins[0]))
            pairs = [(head.labels[1], p), (head.labels[0], 1 - p)]
        else:
            exp = np.exp(margins - margins.max())
            pairs = list(zip(head.labels, map(float, exp / exp.sum()), strict=True))
        return Scores(tuple(sorted(pairs, key=lambda pair: -pair[1])))

    def _margins(self, head: Head, found: Found) -> Floats:
        rows, values, vector = found
        weights = self._tables.weights[rows, head.columns].astype(np.float32)
        margins = (values @ weights) * self._steps[head.columns] + self._bias[head.columns]
        return np.asarray(margins + vector @ self._vector_weights[:, head.columns], np.float32)

    def _features(self, words: Sequence[str]) -> Found:
        """Return the text's rows in the weight tables, their values, and its vector."""
        folded = [fold(word) for word in words]
        hashes = set[int]().union(*grams_of(folded, self._ideas))
        wanted = np.fromiter(hashes, dtype=np.uint32, count=len(hashes))
        tables = self._tables
        at = np.searchsorted(tables.keys, wanted)
        at[at == len(tables.keys)] = 0
        rows = np.sort(at[tables.keys[at] == wanted])
        values = tables.idf[rows]
        kinds = tables.kinds[rows]
        for kind, weight in enumerate(self._kind_weights[:3]):
            own = kinds == kind
            length = float(np.sqrt((values[own] ** 2).sum()))
            if length:
                values[own] *= weight / length
        return rows, values, self._vector(folded)

    def _vector(self, folded: Sequence[str]) -> Floats:
        """Return the mean of the words' vectors, scaled to a fixed length; 0 if no word is known."""
        tables = self._tables
        rows = [tables.places[word] for word in folded if word in tables.places]
        if not rows:
            return np.zeros(tables.vectors.shape[1], np.float32)
        total = (tables.vectors[rows].astype(np.float32) * tables.vector_steps[rows, None]).sum(axis=0)
        length = float(np.sqrt((total**2).sum()))
        return np.asarray(total * (self._kind_weights[3] / length) if length else total, np.float32)


def _chance(margin: float) -> float:
    """Return the probability that a scaled margin stands for."""
    return 1 / (1 + math.exp(-min(max(margin, -30.0), 30.0)))
