"""What the packed weights of a model file make of a text is what the whole table would."""

from __future__ import annotations

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
    """The weight of each feature of the words for each label, most of them zero."""
    random = np.random.default_rng(504)
    features = len(grams_of_words())
    small = random.integers(-127, 128, (features, LABELS)).astype(np.int8)
    small[random.random(small.shape) < 0.8] = 0
    return small


@pytest.fixture(scope="module")
def weights(table: npt.NDArray[np.int8], tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """The same weights, written to a model file and read from it."""
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
    """The hashes of the features of WORDS, in order."""
    hashes = set[int]().union(*grams_of([fold(word) for word in WORDS], Ideas({})))
    return np.array(sorted(hashes), np.uint32)


def test_the_keys_are_read_as_they_were_written(weights: Weights) -> None:
    """They are stored as differences, byte by byte."""
    assert weights.keys.tolist() == grams_of_words().tolist()


def test_margins_are_those_of_the_whole_table(weights: Weights, table: npt.NDArray[np.int8]) -> None:
    """All features are in the text, each with the same value, since they have length 1 together."""
    value = 1 / np.sqrt(len(table))
    expected = table.astype(float).sum(axis=0) * value * 0.5 + np.arange(LABELS)
    assert weights.margins(WORDS)[:LABELS].tolist() == pytest.approx(expected.tolist(), abs=1e-4)


def test_decisions_over_margins_weigh_those_of_all_others(weights: Weights) -> None:
    """They come behind them; of a part of a text they are not made."""
    margins = weights.margins(WORDS)
    assert margins[LABELS:].tolist() == pytest.approx((margins[:OVER] * 2 + 1).tolist())
    assert len(weights.margins(WORDS, part=True)) == LABELS


def test_of_a_part_only_its_own_labels_are_computed(weights: Weights) -> None:
    """And they are the same as when it is read as a text."""
    whole, part = weights.margins(WORDS), weights.margins(WORDS, part=True)
    assert part[PART_LABELS].tolist() == pytest.approx(whole[PART_LABELS].tolist())
    assert part[0] == 0.0 != whole[0]


@pytest.mark.parametrize("words", [[], ["zzzz"]])
def test_a_text_without_a_known_feature_has_the_bias(weights: Weights, words: list[str]) -> None:
    """It reads as nothing in particular."""
    assert weights.margins(words)[:LABELS].tolist() == pytest.approx(list(range(LABELS)))


def test_more_labels_than_a_byte_can_number_are_refused() -> None:
    """Else labels would be taken for others."""
    with pytest.raises(ValueError, match="257 labels"):
        packed(np.zeros(1, np.uint32), np.zeros((1, 257), np.int8), np.array([0]))
