"""The trained model loads fast, gives probabilities, and refuses other files."""

import json
import math
import os
import shutil
import statistics
import time
import tomllib
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.classifier import (
    MODEL_FILE,
    STRIDE,
    VECTORS_FILE,
    WINDOW,
    Classifier,
    Scores,
    part_features,
)
from hotline.conversation.nlu.danger_scores import ASK
from hotline.conversation.nlu.features import Ideas
from hotline.conversation.nlu.model_file import METADATA

MODEL = OWN_FLOWS / "model"
LOAD_SECONDS, TEXT_SECONDS = 1.0, 0.005
"""Of processor time. It loads in about 0.2 s and reads a short text in less than a millisecond."""

TEXTS = (
    "he has adhd and failing 5th grade | 2 | mi hijo no aprende a leer | what is a 504 | STOP | asdf qwer"
).split(" | ")


@pytest.fixture(scope="module")
def classifier(book: Book) -> Classifier:
    """Return the classifier of these flows."""
    return book.reader.classifier


@pytest.fixture(scope="module")
def ideas() -> Ideas:
    """Return the groups of words it was trained with."""
    return Ideas(tomllib.loads((OWN_FLOWS / "lexicon" / "concepts.toml").read_text(encoding="utf-8")))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Return a folder with a copy of both files."""
    for name in (MODEL_FILE, VECTORS_FILE):
        shutil.copy(MODEL / name, tmp_path / name)
    return tmp_path


def test_it_loads_at_once(ideas: Ideas) -> None:
    took = []
    for _ in range(3):
        start = time.process_time()
        Classifier.load(MODEL, ideas)
        took.append(time.process_time() - start)
    assert min(took) < LOAD_SECONDS


def test_probabilities_of_a_head_sum_to_one(classifier: Classifier) -> None:
    for text in (*TEXTS, "", "x " * 400):
        for name in classifier.heads:
            scores = classifier.scores(name, text)
            chances = [p for _, p in scores.ranked]
            assert 1 == pytest.approx(sum(chances), abs=1e-4), (name, text)
            assert chances == sorted(chances, reverse=True)
            assert sorted(classifier.heads[name].labels) == sorted(label for label, _ in scores.ranked)
            assert all(0 <= p <= 1 for p in chances)


@given(said=st.text(max_size=400))
def test_no_text_raises_or_gives_nan(said: str, book: Book) -> None:
    scores = book.reader.classifier.scores("intent", said)
    assert all(math.isfinite(p) for _, p in scores.ranked)


def test_scores_name_the_best_and_any() -> None:
    scores = Scores((("a", 0.7), ("b", 0.3)))
    assert (("a", 0.7), 0.3, 0.0) == (scores.best, scores.of("b"), scores.of("c"))


@pytest.mark.parametrize("place", ["start", "middle", "end"])
def test_a_cry_for_help_is_found_in_a_long_story(place: str, classifier: Classifier) -> None:
    story = "the school had a meeting about his reading and the teacher was very nice to us".split() * 3
    cry = "he says he wants to kill himself tonight".split()
    at = {"start": 0, "middle": len(story) // 2, "end": len(story)}[place]
    text = " ".join([*story[:at], *cry, *story[at:]])
    (likely, urgent), part = classifier.likely_in(("danger", "alarm"), text)
    assert likely > 2 * ASK
    assert urgent > 2 * ASK
    assert set(cry) & set(part.split())
    assert len(part.split()) <= WINDOW


def test_a_short_text_has_no_parts(classifier: Classifier) -> None:
    (likely, urgent), part = classifier.likely_in(("danger", "alarm"), "he wants to kill himself")
    assert part == ""
    assert likely == pytest.approx(classifier.scores("danger", "he wants to kill himself").of("yes"))
    assert urgent == pytest.approx(classifier.scores("alarm", "he wants to kill himself").of("yes"))


def test_a_long_text_is_decided_by_its_parts() -> None:
    """Its length, the whole, its likeliest two parts, and the mean of all."""
    assert (math.log(4), -1.0, 2.0, 0.5, 0.5) == part_features(-1.0, [0.5, 2.0, -1.0])
    assert (math.log(2), -1.0, 2.0, 2.0, 2.0) == part_features(-1.0, [2.0])


def test_windows_cover_every_word_of_a_long_text() -> None:
    assert STRIDE <= WINDOW // 2


@pytest.mark.parametrize("name", [MODEL_FILE, VECTORS_FILE])
@pytest.mark.parametrize("broken", ["missing", "empty", "cut"])
def test_a_broken_file_is_refused_with_the_fix(name: str, broken: str, copied: Path, ideas: Ideas) -> None:
    file = copied / name
    if broken == "missing":
        file.unlink()
    else:
        file.write_bytes(b"" if broken == "empty" else file.read_bytes()[:5000])
    with pytest.raises(FlowError, match=rf"{name}: cannot be read \(\w+\); run make model"):
        Classifier.load(copied, ideas)


@pytest.mark.parametrize("name", [MODEL_FILE, VECTORS_FILE])
def test_changed_weights_are_refused(name: str, copied: Path, ideas: Ideas) -> None:
    classifier = Classifier.load(copied, ideas)
    os.utime(copied / name, (1, 1))
    with pytest.raises(FlowError, match=f"{name}: has changed since it was opened; start again"):
        classifier.ready()


@pytest.mark.parametrize("written", [0, 2, 99, None])
def test_another_format_is_refused_with_the_fix(written: int | None, copied: Path, ideas: Ideas) -> None:
    with ZipFile(copied / MODEL_FILE, "w") as file:
        if written is not None:
            file.writestr(METADATA, json.dumps({"format": written}))
    with pytest.raises(FlowError, match="is of another format than this version reads; run make model"):
        Classifier.load(copied, ideas)


def test_a_text_is_read_fast(book: Book) -> None:
    took = []
    for text in TEXTS * 8:
        start = time.process_time()
        book.reader.read(text)
        took.append(time.process_time() - start)
    assert statistics.median(took) < TEXT_SECONDS


def test_each_intent_has_a_clear_sample(book: Book) -> None:
    assert set(book.reader.classifier.heads["intent"].labels) == set(book.reader.classifier.samples)
    assert all(book.reader.classifier.samples.values())


def test_danger_counts_by_its_likeliest_class(classifier: Classifier) -> None:
    danger, kinds = classifier.heads["danger"], classifier.heads["danger_class"]
    assert danger.joined is not None
    name, weight, of_kinds = danger.joined
    assert name == "danger_class"
    margins = np.zeros(max(head.columns.stop for head in classifier.heads.values()))
    margins[danger.columns] = -1.0
    margins[kinds.columns] = -1.0
    unlike = classifier.scores_of("danger", margins).of("yes")
    margins[kinds.columns.start + 3] = 1.0
    alike = classifier.scores_of("danger", margins).of("yes")
    assert alike > unlike
    assert alike == pytest.approx(1 / (1 + math.exp(weight - of_kinds - danger.offset)))
