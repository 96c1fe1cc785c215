"""Features of texts for training: hashed letter, word and idea n-grams, weighted by TF-IDF, and a mean of word vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from hotline.conversation.nlu.features import Ideas, fold, grams_of
from hotline.conversation.nlu.normalize import normalize

LEAST_ROWS = 3
"""Minimum rows that have a feature. Rarer features would only be memorized."""


KIND_WEIGHTS = (1.0, 1.0, 1.0, 1.5)
"""The weights of letters, words, ideas and vectors."""


@dataclass(frozen=True, slots=True)
class Features:
    """The features of many texts."""

    keys: np.ndarray[Any, Any]
    kinds: np.ndarray[Any, Any]
    idf: np.ndarray[Any, Any]
    matrix: Any


def featurize(texts: Sequence[str], ideas: Ideas, vectors: dict[str, Any], rows: int) -> Features:
    """Return the features of `texts` as rows of a sparse matrix: n-grams first, then the mean vector.

    Only the first `rows` texts determine which n-grams are features; the others are parts of these texts.
    """
    places = {word: place for place, word in enumerate(str(vectors["words"]).split())}
    table = vectors["vectors"].astype(np.float32) * vectors["steps"][:, None]
    found: list[tuple[set[int], ...]] = []
    means = np.zeros((len(texts), table.shape[1]), np.float32)
    for at, text in enumerate(texts):
        folded = [fold(word) for word in normalize(text).split()]
        found.append(grams_of(folded, ideas))
        known = [places[word] for word in folded if word in places]
        if known:
            mean = table[known].sum(axis=0)
            means[at] = mean / max(float(np.linalg.norm(mean)), 1e-9)
    counted = [Counter(key for kinds in found[:rows] for key in kinds[kind]) for kind in range(3)]
    frequent = {
        key: (kind, often)
        for kind, counts in enumerate(counted)
        for key, often in counts.items()
        if often >= LEAST_ROWS
    }
    keys = np.array(sorted(frequent), dtype=np.uint32)
    kinds = np.array([frequent[int(key)][0] for key in keys], dtype=np.uint8)
    often = np.array([frequent[int(key)][1] for key in keys], dtype=np.float64)
    idf = (np.log((1 + rows) / (1 + often)) + 1).astype(np.float16).astype(np.float32)
    column = {int(key): at for at, key in enumerate(keys)}
    blocks = [_block([row[kind] for row in found], column, kinds == kind, idf) for kind in range(3)]
    grams = sum(block * weight for block, weight in zip(blocks, KIND_WEIGHTS, strict=False))
    return Features(keys, kinds, idf, sp.hstack([grams, sp.csr_matrix(means * KIND_WEIGHTS[3])]).tocsr())


def _block(rows: list[set[int]], column: dict[int, int], own: Any, idf: Any) -> Any:
    """Return the matrix of one kind of feature, each row scaled to length 1."""
    lists = [sorted(column[key] for key in row if key in column and own[column[key]]) for row in rows]
    ends = np.cumsum([0, *map(len, lists)])
    places = np.fromiter((at for row in lists for at in row), dtype=np.int64, count=int(ends[-1]))
    block = sp.csr_matrix((idf[places], places, ends), shape=(len(rows), len(column)), dtype=np.float32)
    lengths = np.sqrt(np.asarray(block.multiply(block).sum(axis=1)).ravel())
    lengths[lengths == 0] = 1
    return sp.diags((1 / lengths).astype(np.float32)) @ block
