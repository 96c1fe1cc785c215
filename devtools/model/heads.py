"""Linear support vector machines, one per decision, whose margins become probabilities on held-out folds.

Rule 1: folds and seeds are fixed, so that the same rows give the same weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from hotline.conversation.nlu.classifier import part_features

FOLDS, SEED = 4, 504
COST = 0.3
"""The C of the support vector machines."""
YES_OR_NO = ("no", "yes")
OVER_SCALE, SHARED_SCALE = 0.1, 0.2
"""Scale of the margins that a decision over margins learns from, and of those from questions like its own."""


@dataclass(frozen=True, slots=True)
class Trained:
    """One decision: its labels, its weights, and the calibration from margins to probabilities."""

    name: str
    labels: tuple[str, ...]
    weights: np.ndarray[Any, Any]
    bias: np.ndarray[Any, Any]
    slope: float
    offset: float
    unseen: np.ndarray[Any, Any]
    """Held-out probabilities of the labels for each training row."""
    held_out: np.ndarray[Any, Any]
    """Held-out margins of the labels for each training row."""
    in_parts: np.ndarray[Any, Any] | None = None
    """The weights that combine the margins of a long text and of its parts (`part_features`), then the bias."""
    joined: tuple[str, float, float] | None = None
    """The decision between kinds whose greatest margin is added to this one's, and the weights of both."""


def train(
    name: str, matrix: Any, labels: Sequence[str], order: Sequence[str] = (), balanced: bool = False
) -> Trained:
    """Train one decision and calibrate it on held-out rows.

    `matrix` has a row of features for each of `labels`. `order` fixes the order of the labels, which are sorted
    by default. With `balanced`, a label of few rows counts as much as one of many.
    """
    truth = np.array(labels)
    names = tuple(order) or tuple(sorted(set(labels)))
    target = np.array([names.index(label) for label in labels])
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    margins = np.zeros((len(truth), 1 if len(names) == 2 else len(names)))
    for seen, unseen in folds.split(np.zeros(len(truth)), truth):
        model = _fit(matrix[seen], target[seen], balanced)
        margins[unseen] = _margins(model, matrix[unseen], len(names))
    slope, offset = _calibrated(margins, target)
    return _trained(name, names, _fit(matrix, target, balanced), margins, slope, offset)


def train_over(name: str, margins: Any, labels: Sequence[str], shared: slice) -> Trained:
    """Train a decision on what other decisions make of its rows: `margins`, a row for each label.

    A few hundred rows say too little about 200,000 features; about 200 margins they say enough. `shared` are the
    columns of the decision that learned from these rows and those of all other questions.
    """
    middle, spread = margins.mean(axis=0), margins.std(axis=0) + 1e-6
    scale = np.full(len(spread), OVER_SCALE)
    scale[shared] = SHARED_SCALE
    scale /= spread
    found = train(name, (margins - middle) * scale, labels, balanced=True)
    weights = found.weights * scale[:, None]
    return replace(
        found, weights=weights.astype(np.float32), bias=(found.bias - middle @ weights).astype(np.float32)
    )


@dataclass(frozen=True)
class Parts:
    """Texts, some of them long, and the parts of the long ones: the rows of the texts, then those of the parts.

    Every part of a negative text is negative. Of a positive text, the part that held-out folds find most likely is
    positive, and its other parts are left out of training (multiple-instance learning).
    """

    matrix: Any
    truth: Any
    """Whether each text is yes."""
    owners: Any
    """The text of each part."""
    fold: Any
    """The fold of each text."""

    @classmethod
    def of(cls, matrix: Any, truth: Sequence[bool], owners: Any) -> Self:
        """Put each text, with its parts, in a fold."""
        target = np.array(truth, dtype=int)
        fold = np.zeros(len(target), dtype=int)
        split = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(np.zeros(len(target)), target)
        for number, (_, unseen) in enumerate(split):
            fold[unseen] = number
        return cls(matrix, target, np.array(owners, dtype=int), fold)

    @cached_property
    def owner(self) -> Any:
        """The text of each row: of a text, itself."""
        return np.concatenate([np.arange(len(self.truth)), self.owners])

    @cached_property
    def used(self) -> Any:
        """Whether each row is used for training."""
        rows = np.arange(len(self.owner))
        used = (rows < len(self.truth)) | (self.truth[self.owner] == 0)
        used[_best_parts(self.held_out(self.truth, used), self.truth, self.owners)] = True
        return used

    def held_out(self, target: Any, used: Any) -> Any:
        """Return the margin of each row from a model trained on neither its text nor a part of it."""
        margins = np.zeros(len(self.owner))
        fold, wanted = self.fold[self.owner], target[self.owner]
        for number in range(FOLDS):
            seen, unseen = used & (fold != number), fold == number
            model = _fit(self.matrix[seen], wanted[seen])
            margins[unseen] = model.decision_function(self.matrix[unseen])
        return margins

    def learned(self, target: Any, used: Any) -> tuple[Any, LinearSVC]:
        """Return the held-out margin of each row, and a model of all rows that are used."""
        model = _fit(self.matrix[used], target[self.owner][used])
        return self.held_out(target, used), model


def train_kinds(name: str, parts: Parts, kinds: Sequence[str]) -> tuple[Trained, Any]:
    """Train one decision for each kind of yes, each against all other texts; "" is a yes of no kind.

    Return them as one decision between the kinds, and the greatest of their held-out margins for each row.
    """
    of_text = np.array(kinds)
    labels = tuple(sorted(set(kinds) - {""}))
    used = parts.used & ((parts.truth == 0) | (of_text != ""))[parts.owner]
    learned = Parallel(n_jobs=-1)(
        delayed(parts.learned)((of_text == label).astype(int), used) for label in labels
    )
    margins = np.stack([of_kind for of_kind, _ in learned], axis=-1)
    weights = np.stack([model.coef_[0] for _, model in learned], axis=-1)
    bias = np.concatenate([model.intercept_ for _, model in learned])
    named = np.flatnonzero(of_text != "")
    target = np.array([labels.index(of_text[at]) for at in named])
    slope, offset = _calibrated(margins[named], target)
    chances = _chances(margins[: len(of_text)] * slope + offset)
    found = Trained(
        name, labels, weights.astype(np.float32), bias.astype(np.float32), slope, offset, chances, margins
    )
    return found, margins.max(axis=1)


def train_in_parts(name: str, parts: Parts, kinds: Trained, greatest: Any) -> Trained:
    """Train a yes-or-no decision about texts that may be long, where one part may decide.

    A logistic regression combines its held-out margin with the greatest margin of the kinds of yes: a text unlike most
    positive texts may be much like one kind of them. For long texts, a second one combines the text with its parts.
    """
    rows = len(parts.truth)
    margins, model = parts.learned(parts.truth, parts.used)
    both = np.stack([margins, greatest], axis=1)
    join = LogisticRegression(max_iter=2000, random_state=SEED).fit(both[:rows], parts.truth)
    joined, offset = both @ join.coef_[0], float(join.intercept_[0])
    return replace(
        _trained(name, YES_OR_NO, model, joined[:rows].reshape(-1, 1), 1.0, offset),
        joined=(kinds.name, float(join.coef_[0][0]), float(join.coef_[0][1])),
        in_parts=_combined(joined, parts.truth, parts.owners, offset),
    )


def _trained(
    name: str, labels: tuple[str, ...], model: LinearSVC, margins: Any, slope: float, offset: float
) -> Trained:
    """Return a decision with the weights of a model and the calibration of held-out margins."""
    return Trained(
        name,
        labels,
        model.coef_.T.astype(np.float32),
        model.intercept_.astype(np.float32),
        slope,
        offset,
        _chances(margins * slope + offset),
        margins,
    )


def _best_parts(margins: Any, target: Any, owners: Any) -> list[int]:
    """Return the row of the likeliest part of each positive text."""
    best: dict[int, int] = {}
    for at, owner in enumerate(owners, len(target)):
        if target[owner] and (owner not in best or margins[at] > margins[best[owner]]):
            best[owner] = at
    return list(best.values())


def _combined(margins: Any, target: Any, owners: Any, offset: float) -> Any:
    """Return the weights of `part_features` and, last, the bias; with too few long texts, only the whole text counts."""
    parts: dict[int, list[float]] = {}
    for at, owner in enumerate(owners, len(target)):
        parts.setdefault(int(owner), []).append(float(margins[at]))
    known = [target[owner] for owner in parts]
    if min(Counter(known).values(), default=0) < FOLDS or len(set(known)) < len(YES_OR_NO):
        return np.array([0, 1.0, 0, 0, 0, offset])
    found = [part_features(float(margins[owner]), own) for owner, own in parts.items()]
    model = LogisticRegression(max_iter=2000, random_state=SEED).fit(np.array(found), known)
    return np.concatenate([model.coef_[0], model.intercept_])


def _fit(matrix: Any, target: Any, balanced: bool = False) -> LinearSVC:
    weight = "balanced" if balanced else None
    return LinearSVC(C=COST, random_state=SEED, class_weight=weight).fit(matrix, target)


def _margins(model: LinearSVC, matrix: Any, labels: int) -> Any:
    found = model.decision_function(matrix)
    return found.reshape(-1, 1) if labels == 2 else found


def _chances(margins: Any) -> Any:
    if margins.shape[1] == 1:
        p = 1 / (1 + np.exp(-np.clip(margins[:, 0], -30, 30)))
        return np.stack([1 - p, p], axis=1)
    exp = np.exp(margins - margins.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def _calibrated(margins: Any, target: Any) -> tuple[float, float]:
    """Return the slope, and for two labels the offset, that maximize the held-out likelihood."""
    offsets = np.linspace(-2, 2, 41) if margins.shape[1] == 1 else [0.0]

    def loss(slope: float, offset: float) -> float:
        chances = _chances(margins * slope + offset)[np.arange(len(target)), target]
        return float(-np.log(np.clip(chances, 1e-9, 1)).mean())

    tried = [(loss(slope, offset), slope, offset) for slope in np.linspace(0.5, 12, 47) for offset in offsets]
    _, slope, offset = min(tried)
    return float(slope), float(offset)
