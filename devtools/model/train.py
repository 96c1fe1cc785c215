"""Train the text classifier from `flows/examples` into `flows/model/understanding.npz`: `make model`.

Features are hashed letter, word and idea n-grams, weighted by TF-IDF, and a mean of word vectors. There is
one linear model per decision (`heads`).
docs/understanding.md lists other methods that were tried, with their figures.

Rule 1: the same rows give the same file, because folds and seeds are fixed and each process has one thread.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from devtools.model.featurize import KIND_WEIGHTS, Features, featurize
from devtools.model.heads import YES_OR_NO, Parts, Trained, train, train_in_parts, train_kinds
from devtools.model.report import figures_of
from hotline.conversation.nlu.classifier import FORMAT, MODEL_FILE, VECTORS_FILE, WORDS_FILE, parts_of
from hotline.conversation.nlu.features import Ideas
from hotline.conversation.nlu.model_file import METADATA
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.spoken_names import SpokenNames
from hotline.conversation.nlu.weights import packed
from hotline.publishing import examples as read
from hotline.publishing.examples import Row

KNOWN_FROM = 5
"""Minimum rows that contain a word for it to be a public word."""


DANGEROUS = ("alarm", "ask")
"""The labels that count as danger."""

UNNAMED = ("", "unclassed", "ordinary")
"""What stands in the column of the danger class where there is none."""

RELATED = {
    "sent_home": {"discipline", "faq_pick_up", "not_suspended", "days", "letter_urgent"},
    "plan_now": {
        "faq_not_followed",
        "faq_take_away",
        "faq_moving",
        "screen",
        "early_childhood",
    },
    "kind_of_school": {"private_school"},
    "asked_before": {
        "school_refused",
        "faq_may_refuse",
        "faq_disagree_test",
        "disagree",
        "evaluation_request",
    },
    "did_they_answer": {"school_refused", "faq_may_refuse", "disagree", "meeting"},
    "hardest": {"screen", "no_concern", "bullying", "discipline", "early_childhood", "school_refused"},
    "kind_of_help": {"screen", "faq_both", "faq_medicine"},
    "how_often": {"screen", "discipline", "faq_pick_up", "bullying"},
    "child_age": {"early_childhood", "college_transition", "screen"},
    "may_we_text": {"text_me", "reminders", "stop", "start", "thanks"},
    "what_about_504": {"what_iep", "rights", "faq_not_followed", "evaluation_request", "disagree"},
    "what_about_iep": {"faq_not_followed", "faq_take_away", "disagree"},
    "any_yes_no": {"thanks", "no_concern", "not_suspended"},
}
"""Topics whose rows may also answer a question, so they are not used as negatives for it."""

ALWAYS_RELATED = {"yes", "no", "unsure", "other", "help"}
REPORTS, OBJECTION = ("asked_before", "did_they_answer"), "said_"
"""Questions about what the school said, and the prefix of topics about what schools say."""

NEGLIGIBLE = 6
"""Weights up to this, out of 127, are stored as zero: that halves the file, and changes how one text in a hundred is read."""

NEVER_PRUNED = ("danger", "alarm")
"""The decisions that keep every weight."""

IN_PARTS = (*NEVER_PRUNED, "danger_class")
"""The decisions that are made in each part of a long text."""

QUIET = 0.03
"""The highest held-out probability of danger of a row that may be the sample for its intent."""

NO_ANSWERS = 260
"""Maximum rows of other topics that each question gets as negatives."""


def public_words(texts: Iterable[str], names: Iterable[str] = ()) -> list[str]:
    """Return the words in KNOWN_FROM rows or more, in alphabetical order, without `names`.

    These words may be counted in parents' texts, and stored to join two short texts, because they identify no one.
    """
    left_out = set(names)
    counted = Counter(word for text in texts for word in set(normalize(text).split()) if word.isalpha())
    return sorted(
        word
        for word, rows in counted.items()
        if rows >= KNOWN_FROM and word.isascii() and word not in left_out
    )


def main(flows: Path) -> dict[str, Any]:
    """Train all decisions and write the model file. Print and return the held-out figures."""
    examples, folder = flows / "examples", flows / "model"
    vectors = dict(np.load(folder / VECTORS_FILE, allow_pickle=False))
    ideas = Ideas(tomllib.loads((flows / "lexicon" / "concepts.toml").read_text(encoding="utf-8")))
    names = _spoken_names(flows)
    topics, dangers, answers = (
        [replace(row, text=names.written_out(row.text)) for row in rows]
        for rows in (read.topics(examples), read.dangers(examples), read.answers(examples))
    )
    words = public_words((row.text for row in (*topics, *dangers, *answers)), _names(flows))
    (folder / WORDS_FILE).write_text("\n".join(words) + "\n", encoding="utf-8")
    rows = [*topics, *dangers, *answers]  # answers are negatives for danger
    parts = [(part, at) for at, row in enumerate(rows) for part in parts_of(normalize(row.text).split())]
    features = featurize(
        [*(row.text for row in rows), *(part for part, _ in parts)], ideas, vectors, len(rows)
    )
    matrix, first, second = features.matrix, len(topics), len(topics) + len(dangers)
    heads = [train("intent", matrix[:first], [row.label for row in topics])]
    heads += _danger_heads(matrix, rows, np.array([at for _, at in parts]))
    for place in sorted({row.place for row in answers}):
        if place != "any_of_three":
            heads.append(_answer_head(place, matrix, topics, answers, second))
    figures = figures_of(heads, topics, dangers, answers)
    _write(
        folder / MODEL_FILE,
        features,
        heads,
        vectors["vectors"].shape[1],
        _samples(heads[0], heads[1], topics),
    )
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return figures


def _spoken_names(flows: Path) -> SpokenNames:
    """Return the spellings of IEP and 504 in all languages, because training rows are read like parents' texts."""
    ways: dict[str, list[str]] = {}
    for path in sorted((flows / "lexicon").glob("*.toml")):
        for name, entries in tomllib.loads(path.read_text(encoding="utf-8")).get("names", {}).items():
            ways.setdefault(name, []).extend(entries)
    return SpokenNames.of(ways)


def _names(flows: Path) -> list[str]:
    """Return the first names listed in patterns.toml."""
    lists = tomllib.loads((flows / "patterns.toml").read_text(encoding="utf-8")).get("lists", {})
    return list(lists.get("names", ()))


def _danger_heads(matrix: Any, rows: list[Row], owners: Any) -> list[Trained]:
    """Train the decisions about danger; `owners` is the row of each part, and parts follow the rows."""
    dangerous = [row.danger in DANGEROUS for row in rows]
    parts = Parts.of(matrix, dangerous, owners)
    kinds = [
        "" if row.kind in UNNAMED or not yes else row.kind for row, yes in zip(rows, dangerous, strict=True)
    ]
    classes, greatest = train_kinds("danger_class", parts, kinds)
    distress = ["yes" if row.danger == "distress" else "no" for row in rows]
    return [
        train_in_parts("danger", parts, classes, greatest),
        train_in_parts(
            "alarm", Parts.of(matrix, [row.danger == "alarm" for row in rows], owners), classes, greatest
        ),
        train("distress", matrix[: len(rows)], distress, YES_OR_NO),
        classes,
    ]


def _answer_head(place: str, matrix: Any, topics: list[Row], answers: list[Row], start: int) -> Trained:
    """Train one question's decision: its own choices, and "-" for a text that matches none of them."""
    own = [at for at, row in enumerate(answers) if row.place == place]
    related = RELATED.get(place, set()) | ALWAYS_RELATED
    others = [
        at
        for at, row in enumerate(topics)
        if row.label not in related and not (place in REPORTS and row.label.startswith(OBJECTION))
    ]
    others.sort(key=lambda at: zlib.crc32(f"{place}:{topics[at].text}".encode()))
    chosen = others[:NO_ANSWERS]
    labels = [answers[at].label for at in own] + ["-"] * len(chosen)
    picked = matrix[[start + at for at in own] + chosen]
    return train(f"answer.{place}", picked, labels)


def _samples(intent: Trained, danger: Trained, topics: list[Row]) -> list[str]:
    """Return for each intent the row with the highest held-out probability.

    Prefer rows of several words without signs of danger (QUIET): a single word may be read as a term of the glossary
    or a command instead of a topic.
    """
    labels = np.array([row.label for row in topics])
    plain = np.array([" " in row.text for row in topics]) & (danger.unseen[: len(topics), 1] < QUIET)
    best = []
    for at, name in enumerate(intent.labels):
        own = labels == name
        chances = np.where(own & plain if (own & plain).any() else own, intent.unseen[:, at], -1)
        best.append(topics[int(chances.argmax())].text)
    return best


def _write(path: Path, features: Features, heads: list[Trained], dimensions: int, samples: list[str]) -> None:
    weights = np.concatenate([head.weights[:-dimensions] for head in heads], axis=1)
    steps = np.abs(weights).max(axis=0) / 127
    small = np.round(weights / steps).astype(np.int8)
    names = np.repeat([head.name for head in heads], [len(head.bias) for head in heads])
    small[(np.abs(small) <= NEGLIGIBLE) & ~np.isin(names, NEVER_PRUNED)] = 0
    arrays: dict[str, Any] = packed(features.keys, small, np.flatnonzero(np.isin(names, IN_PARTS))) | {
        "kinds": features.kinds,
        "idf": features.idf.astype(np.float16),
        "kind_weights": np.array(KIND_WEIGHTS, np.float32),
        "steps": steps.astype(np.float32),
        "bias": np.concatenate([head.bias for head in heads]).astype(np.float32),
        "vector_weights": np.concatenate([head.weights[-dimensions:] for head in heads], axis=1).astype(
            np.float16
        ),
    }
    described, start = {}, 0
    for head in heads:
        end = start + len(head.bias)
        described[head.name] = {
            "labels": list(map(str, head.labels)),
            "span": [start, end],
            "scale": [float(head.slope), float(head.offset)],
            "joined": [] if head.joined is None else list(head.joined),
            "parts": [] if head.in_parts is None else list(map(float, head.in_parts)),
        }
        start = end
    version = hashlib.sha256(small.tobytes() + features.keys.tobytes()).hexdigest()[:12]
    metadata = {"format": FORMAT, "version": version, "samples": samples, "heads": described}
    np.savez_compressed(path, **arrays)
    with ZipFile(path, "a", ZIP_DEFLATED) as members:
        of_no_day = ZipInfo(METADATA)  # without the current date, like numpy's members (Rule 1)
        of_no_day.compress_type = ZIP_DEFLATED
        members.writestr(of_no_day, json.dumps(metadata, ensure_ascii=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
