"""Packed weights give the same results as the full table."""

import numpy as np
import numpy.typing as npt
import pytest

from hotline.conversation.nlu.features import Ideas, fold, grams_of
from hotline.conversation.nlu.model_file import ModelFile
from hotline.conversation.nlu.weights import Weights, packed

OVER = 3
"""Labels that are decided over the margins of the others."""

LABELS, PART_LABELS, WORDS = 7, np.array([2, 5]), "my son has an iep".split()
KNOWN = ["son", "iep"]
"""Words with a vector."""


@pytest.fixture(scope="module")
def table() -> npt.NDArray[np.int8]:
    """Return the weight of each feature for each label, most of them zero."""
    random = np.random.default_rng(504)
    features = len(grams_of_words())
    small = random.integers(-127, 128, (features, LABELS)).astype(np.int8)
    small[random.random(small.shape) < 0.8] = 0
    return small


@pytest.fixture(scope="module")
def weights(table: npt.NDArray[np.int8], tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """Return the same weights, written to a model file and read back."""
    folder = tmp_path_factory.mktemp("model")
    keys = grams_of_words()
    np.savez(
        folder / "model.npz",
        **packed(keys, table, PART_LABELS),
        kinds=np.zeros(len(keys), np.uint8),
        idf=np.ones(len(keys), np.float16),
        kind_weights=np.ones(4, np.float32),
        steps=np.full(LABELS, 0.5),
        bias=np.arange(LABELS),
        vector_weights=np.zeros((3, LABELS), np.float16),
        over=np.eye(LABELS, OVER, dtype=np.float32) * 2,
        over_bias=np.ones(OVER, np.float32),
    )
    np.savez(
        folder / "vectors.npz",
        words=np.array(" ".join(KNOWN)),
        vectors=np.ones((len(KNOWN), 3), np.int8),
        steps=np.ones(len(KNOWN)),
    )
    return Weights(ModelFile(folder / "model.npz"), ModelFile(folder / "vectors.npz"), Ideas({}))


def grams_of_words() -> npt.NDArray[np.uint32]:
    """Return the hashes of the features of WORDS, in order."""
    hashes = set[int]().union(*grams_of([fold(word) for word in WORDS], Ideas({})))
    return np.array(sorted(hashes), np.uint32)


def test_keys_are_read_as_written(weights: Weights) -> None:
    assert weights.keys.tolist() == grams_of_words().tolist()


def test_margins_equal_those_of_the_full_table(weights: Weights, table: npt.NDArray[np.int8]) -> None:
    value = 1 / np.sqrt(len(table))
    expected = table.astype(float).sum(axis=0) * value * 0.5 + np.arange(LABELS)
    assert weights.margins(WORDS)[:LABELS].tolist() == pytest.approx(expected.tolist(), abs=1e-4)


def test_decisions_over_margins_come_last(weights: Weights) -> None:
    margins = weights.margins(WORDS)
    assert margins[LABELS:].tolist() == pytest.approx((margins[:OVER] * 2 + 1).tolist())
    assert len(weights.margins(WORDS, part=True)) == LABELS


def test_a_part_computes_only_its_own_labels(weights: Weights) -> None:
    whole, part = weights.margins(WORDS), weights.margins(WORDS, part=True)
    assert part[PART_LABELS].tolist() == pytest.approx(whole[PART_LABELS].tolist())
    assert part[0] == 0.0 != whole[0]


@pytest.mark.parametrize("words", [[], ["zzzz"]])
def test_a_text_without_known_features_has_the_bias(weights: Weights, words: list[str]) -> None:
    assert weights.margins(words)[:LABELS].tolist() == pytest.approx(list(range(LABELS)))


def test_more_labels_than_fit_in_a_byte_are_refused() -> None:
    with pytest.raises(ValueError, match="257 labels"):
        packed(np.zeros(1, np.uint32), np.zeros((1, 257), np.int8), np.array([0]))
