"""Scores a text with the trained linear models: its intent, its answer to a question, any danger.

The model is data: `flows/model/understanding.npz`, built from the rows of `flows/examples` by `make model`
(see docs/understanding.md). Nothing is trained at run time, and no text leaves the process.

Rule 1: scores are calibrated: of the texts that score 0.8, about eight in ten are right.
Rule 2: linear time in the length of the text, and no text raises.
Rule 3: the weights, 23 MB, and numpy are loaded when the first text is scored, or by `ready`: a process that scores
        none, such as a worker, does without them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.features import Ideas
from hotline.conversation.nlu.model_file import ModelFile

if TYPE_CHECKING:
    from hotline.conversation.nlu.weights import Margins, Weights

MODEL_FILE, VECTORS_FILE, WORDS_FILE = "understanding.npz", "vectors.npz", "words.txt"

FORMAT = 5
"""The file format version. A file with another one is rejected at startup, with the command to run."""

WINDOW, STRIDE = 14, 7
"""Words per window scored for danger, and the step: a cry for help may be one clause of a long text."""


@dataclass(frozen=True, slots=True)
class Head:
    """The columns of one decision in the weight tables."""

    labels: tuple[str, ...]
    columns: slice
    slope: float
    """Scales the margins before they become probabilities; fitted on held-out rows."""
    offset: float = 0.0
    joined: tuple[str, float, float] | None = None
    """The head of kinds whose greatest margin is added to this one's, and the weights of this one's and of that."""
    in_parts: tuple[float, ...] = ()
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

    def __init__(self, metadata: Mapping[str, Any], read: Callable[[], Weights]) -> None:
        """Take the metadata of a model, and what reads its weights."""
        self.version = str(metadata["version"])
        self.heads = {
            name: Head(
                tuple(head["labels"]),
                slice(*head["span"]),
                head["scale"][0],
                head["scale"][1],
                tuple(head["joined"]) or None,
                tuple(head["parts"]),
            )
            for name, head in metadata["heads"].items()
        }
        self.samples: dict[str, str] = dict(
            zip(self.heads["intent"].labels, metadata["samples"], strict=True)
        )
        """A clear text for each intent, for the checks that walk the flows."""
        self._read = read

    @classmethod
    def load(cls, folder: Path, ideas: Ideas) -> Self:
        """Open the two files of a model folder, and read the metadata (Rule 3).

        `ideas` are the word groups it was trained with. Raise FlowError if a file is missing, broken or outdated;
        `ready` raises it for the weights.
        """
        model, vectors = (ModelFile(folder / name) for name in (MODEL_FILE, VECTORS_FILE))
        if model.metadata.get("format") != FORMAT:
            raise FlowError(f"{MODEL_FILE}: is of another format than this version reads; run make model")
        return cls(model.metadata, partial(_read_weights, model, vectors, ideas))

    def ready(self) -> None:
        """Read the weights now. Raise FlowError if they cannot be read."""
        self._weights  # noqa: B018 -- reads them

    @cached_property
    def _weights(self) -> Weights:
        return self._read()

    def scores(self, head: str, said: str) -> Scores:
        """Return the probabilities of a head's labels for a normalized text."""
        return self.scores_of(head, self.margins(said))

    def margins(self, said: str) -> Margins:
        """Return the margins of all heads for a normalized text, which cost most of a score: get them once for several."""
        return self._weights.margins(said.split())

    def scores_of(self, head: str, margins: Margins) -> Scores:
        """Return the probabilities of a head's labels for a text with these margins."""
        asked = self.heads[head]
        own = margins[asked.columns]
        if len(own) > 1:
            return Scores(_ranked(asked.labels, (own * asked.slope + asked.offset).tolist()))
        p = _chance(self._margin(asked, margins) * asked.slope + asked.offset)
        no, yes = asked.labels  # two labels share one margin: below 0 it is the first
        return Scores(tuple(sorted([(yes, p), (no, 1 - p)], key=lambda pair: -pair[1])))

    def likely_in(
        self, heads: Sequence[str], said: str, whole: Margins | None = None
    ) -> tuple[list[float], str]:
        """Return the probability of each yes-or-no head for a text of any length, and its likeliest part.

        The part is that of the first head; "" where the whole is likelier, or the text is short. `whole` are
        the text's margins, if they are at hand.
        """
        if whole is None:
            whole = self._weights.margins(
                said.split(), part=True
            )  # the heads that are read in parts need no others
        parts = parts_of(said.split())
        of_parts = [self._weights.margins(part.split(), part=True) for part in parts]
        chances, likeliest = [], ""
        for at, head in enumerate(map(self.heads.__getitem__, heads)):
            of_whole, own = self._margin(head, whole), [self._margin(head, part) for part in of_parts]
            if at == 0 and own and max(own) > of_whole:
                likeliest = parts[own.index(max(own))]
            if not own:
                chances.append(_chance(of_whole * head.slope + head.offset))
            else:
                *weights, bias = head.in_parts
                decided = zip(weights, part_features(of_whole, own), strict=True)
                chances.append(_chance(sum(weight * value for weight, value in decided) + bias))
        return chances, likeliest

    def _margin(self, head: Head, margins: Margins) -> float:
        """Return the margin of a yes-or-no head, with that of the likeliest of its kinds where it is joined."""
        margin = float(margins[head.columns.start])
        if head.joined is None:
            return margin
        kinds, weight, of_kinds = head.joined
        return margin * weight + float(margins[self.heads[kinds].columns].max()) * of_kinds


def _ranked(labels: Sequence[str], margins: Sequence[float]) -> tuple[tuple[str, float], ...]:
    """Return the labels with their probabilities, the likeliest first."""
    most = max(margins)
    powers = [math.exp(margin - most) for margin in margins]
    total = sum(powers)
    pairs = [(label, power / total) for label, power in zip(labels, powers, strict=True)]
    return tuple(sorted(pairs, key=lambda pair: -pair[1]))


def _read_weights(model: ModelFile, vectors: ModelFile, ideas: Ideas) -> Weights:
    from hotline.conversation.nlu.weights import Weights

    return Weights(model, vectors, ideas)


def _chance(margin: float) -> float:
    """Return the probability that a scaled margin stands for."""
    return 1 / (1 + math.exp(-min(max(margin, -30.0), 30.0)))
