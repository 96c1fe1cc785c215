"""Linear support vector machines, one per decision, whose margins become probabilities on held-out folds.

Rule 1: folds and seeds are fixed, so that the same rows give the same weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from hotline.conversation.nlu.classifier import part_features

FOLDS, SEED = 4, 504
YES_OR_NO = ("no", "yes")


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
    in_parts: np.ndarray[Any, Any] | None = None
    """The weights that combine the margins of a long text and of its parts (`part_features`), then the bias."""


def train(
    name: str,
    matrix: Any,
    labels: Sequence[str],
    order: Sequence[str] = (),
    cost: float = 0.3,
    balanced: bool = False,
) -> Trained:
    """Train one decision and calibrate it on held-out rows.

    `matrix` has a row of features for each of `labels`. `order` fixes the order of the labels, which are sorted
    by default; `cost` is the C of the support vector machine; `balanced` weights the labels by their frequency.
    """
    truth = np.array(labels)
    names = tuple(order) or tuple(sorted(set(labels)))
    target = np.array([names.index(label) for label in labels])
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    margins = np.zeros((len(truth), 1 if len(names) == 2 else len(names)))
    for seen, unseen in folds.split(np.zeros(len(truth)), truth):
        margins[unseen] = _margins(
            _fit(matrix[seen], target[seen], cost, balanced), matrix[unseen], len(names)
        )
    slope, offset = _calibrated(margins, target)
    model = _fit(matrix, target, cost, balanced)
    return _trained(name, names, model, margins, slope, offset)


def train_in_parts(name: str, matrix: Any, truth: Sequence[bool], owners: Any, cost: float = 0.3) -> Trained:
    """Train a yes-or-no decision about texts that may be long, where one part may decide.

    The rows of `matrix` are the texts, then the parts of long ones; `owners` has the row of each part's text.
    Every part of a negative text is negative. Of a positive text, the part that held-out folds find most likely
    is positive, and its other parts are left out (multiple-instance learning). For long texts, a logistic
    regression on the held-out margins replaces the calibration.
    """
    rows = len(truth)
    target = np.array(truth, dtype=int)
    owner = np.concatenate([np.arange(rows), owners]).astype(int)
    fold = np.zeros(rows, dtype=int)
    split = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(np.zeros(rows), target)
    for number, (_, unseen) in enumerate(split):
        fold[unseen] = number
    is_part = np.arange(len(owner)) >= rows
    taught = ~is_part | (target[owner] == 0)
    best = _best_parts(_held_out(matrix, target, owner, fold, taught, cost), target, owners)
    taught[best] = True
    margins = _held_out(matrix, target, owner, fold, taught, cost)
    of_texts = margins[:rows].reshape(-1, 1)
    slope, offset = _calibrated(of_texts, target)
    model = _fit(matrix[taught], target[owner][taught], cost, balanced=False)
    found = _trained(name, YES_OR_NO, model, of_texts, slope, offset)
    return replace(found, in_parts=_combined(margins, target, owners, slope, offset))


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
    )


def _held_out(matrix: Any, target: Any, owner: Any, fold: Any, taught: Any, cost: float) -> Any:
    """Return the margin of each row by a model that saw neither its text nor a part of it."""
    margins = np.zeros(len(owner))
    for number in range(FOLDS):
        seen, unseen = taught & (fold[owner] != number), fold[owner] == number
        model = _fit(matrix[seen], target[owner][seen], cost, balanced=False)
        margins[unseen] = model.decision_function(matrix[unseen])
    return margins


def _best_parts(margins: Any, target: Any, owners: Any) -> list[int]:
    """Return the row of the likeliest part of each positive text."""
    best: dict[int, int] = {}
    for at, owner in enumerate(owners, len(target)):
        if target[owner] and (owner not in best or margins[at] > margins[best[owner]]):
            best[owner] = at
    return list(best.values())


def _combined(margins: Any, target: Any, owners: Any, slope: float, offset: float) -> Any:
    """Return the weights of `part_features` and, last, the bias; with too few long texts, only the whole text counts."""
    parts: dict[int, list[float]] = {}
    for at, owner in enumerate(owners, len(target)):
        parts.setdefault(int(owner), []).append(float(margins[at]))
    known = [target[owner] for owner in parts]
    if min(Counter(known).values(), default=0) < FOLDS or len(set(known)) < len(YES_OR_NO):
        return np.array([0, slope, 0, 0, 0, offset])
    found = [part_features(float(margins[owner]), own) for owner, own in parts.items()]
    model = LogisticRegression(max_iter=2000, random_state=SEED).fit(np.array(found), known)
    return np.concatenate([model.coef_[0], model.intercept_])


def _fit(matrix: Any, target: Any, cost: float, balanced: bool) -> LinearSVC:
    return LinearSVC(C=cost, random_state=SEED, class_weight="balanced" if balanced else None).fit(
        matrix, target
    )


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
