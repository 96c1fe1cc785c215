"""Train the text classifier from `flows/examples` into `flows/model/understanding.npz`: `make model`.

Features are hashed letter, word and idea n-grams, weighted by TF-IDF, and a mean of word vectors. There is
one linear model per decision (`heads`).
docs/understanding.md lists other methods that were tried, with their figures.

Rule 1: the same rows give the same file, because folds and seeds are fixed and each process has one thread.
"""

from __future__ import annotations

import json
import sys
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from devtools.model.featurize import featurize
from devtools.model.heads import YES_OR_NO, Parts, Trained, train, train_in_parts, train_kinds, train_over
from devtools.model.report import figures_of
from devtools.model.stored import Stored, write
from hotline.conversation.nlu.classifier import MODEL_FILE, VECTORS_FILE, WORDS_FILE, parts_of
from hotline.conversation.nlu.features import Ideas
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.spoken_names import SpokenNames
from hotline.publishing import examples as read
from hotline.publishing.examples import Row

KNOWN_FROM = 5
"""Minimum rows that contain a word for it to be a public word."""


DANGEROUS = ("alarm", "ask")
"""The labels that count as danger."""

UNNAMED = ("", "unclassed", "ordinary")
"""Values of the danger class column that name no class."""

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
    "in_kindergarten": {"early_childhood", "screen"},
    "sent_yet": {"sent", "letter", "evaluation_request", "cannot_write", "faq_no_answer"},
    "sent_on": {"sent"},
    "testing_done": {"tested_no", "faq_disagree_test", "school_refused", "faq_how_long", "meeting"},
    "iep_meeting_held": {"disagree", "meeting", "meeting_day", "faq_sign", "signed"},
    "meeting_promises": {"disagree", "meeting", "school_refused", "aloud_said_no"},
    "plan_in_use": {"faq_not_followed"},
    "promise_due": {"faq_not_followed", "faq_no_answer"},
    "did_it_help": {"screen", "no_concern"},
    "count_the_days": {"days", "discipline", "faq_pick_up", "day_out"},
    "district_answered": {"school_refused", "faq_no_answer", "private_school", "evaluation_request"},
    "early_intervention_called": {"early_childhood", "faq_no_answer"},
    "early_intervention_met": {"early_childhood", "faq_no_answer"},
    "meeting_set": {"meeting", "meeting_day", "faq_no_answer"},
    "iep_meeting_set": {"meeting", "meeting_day", "faq_no_answer"},
    "manifestation_meeting": {"meeting", "meeting_day", "faq_no_answer", "days"},
    "letter_example_learning": {"screen", "early_childhood"},
    "letter_example_behavior": {"screen", "discipline", "early_childhood"},
    "letter_example_health": {"screen", "bullying", "faq_medicine"},
}
"""Topics whose rows may also answer a question, so they are not used as negatives for it."""

ALWAYS_RELATED = {"yes", "no", "unsure", "other", "help"}
REPORTS, OBJECTION = ("asked_before", "did_they_answer"), "said_"
"""Questions about what the school said, and the prefix of topics about what schools say."""

QUIET = 0.03
"""The highest held-out probability of danger of a row that may be the sample for its intent."""

NO_ANSWERS, OWN_A_NEGATIVE = 60, 8
"""A question gets one row of other topics as a negative for each OWN_A_NEGATIVE of its own, and at least NO_ANSWERS."""

ANY, OWN, NAMED_FROM = "any_answer", "own", 75
"""The decision between the choices of all questions; its label for a choice of few rows; the rows from which one is named."""

FROM_FEATURES = ("safety_check",)
"""Questions that learn from features and not from other decisions: what their answers decide is not to hang on topics."""

NO_DECISION = ("any_of_three",)
"""Places of rows that no decision is trained on."""

BY_WORDS = ("call_back_time",)
"""Questions whose rows teach what all have in common, and that have no decision of their own: hours are read by words."""


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
    rows = [*topics, *dangers, *answers]
    parts = [(part, at) for at, row in enumerate(rows) for part in parts_of(normalize(row.text).split())]
    features = featurize(
        [*(row.text for row in rows), *(part for part, _ in parts)], ideas, vectors, len(rows)
    )
    matrix, first, second = features.matrix, len(topics), len(topics) + len(dangers)
    heads = [train("intent", matrix[:first], [row.label for row in topics])]
    heads += _danger_heads(matrix, rows, np.array([at for _, at in parts]))
    heads += [_answer_head(place, matrix, topics, answers, second) for place in FROM_FEATURES]
    places = sorted({row.place for row in answers} - {*FROM_FEATURES, *NO_DECISION})
    any_answer, own = _any_answer_head(places, matrix, answers, second)
    heads.append(any_answer)
    stored = Stored.of(heads, vectors["vectors"].shape[1])
    margins, columns = stored.margins(matrix), stored.columns(ANY)
    margins[own, columns] = any_answer.held_out  # its margin for a row it was trained on is too confident
    over = [
        _answer_head(place, margins, topics, answers, second, columns)
        for place in places
        if place not in BY_WORDS
    ]
    figures = figures_of([*heads, *over], topics, dangers, answers)
    write(folder / MODEL_FILE, features, stored, over, _samples(heads[0], heads[1], topics))
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
    """Train the decisions about danger. Parts of texts follow the rows; `owners` has the row of each part.

    Answers to questions are negatives, except those to "is anyone in danger?" (FROM_FEATURES): "yes he still has it".
    """
    used = np.array([row.place not in FROM_FEATURES for row in rows])
    places = np.cumsum(used) - 1
    matrix = matrix[np.concatenate([used, used[owners]])]
    rows = [row for row, own in zip(rows, used, strict=True) if own]
    owners = places[owners[used[owners]]]
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


def _any_answer_head(
    places: list[str], matrix: Any, answers: list[Row], start: int
) -> tuple[Trained, list[int]]:
    """Train one decision between the choices of all questions. Return it and the rows of `matrix` it was trained on.

    A choice has one label at whatever questions it stands, because people phrase "not yet" the same way at each of
    them. Choices of few rows share a label.
    """
    own = [at for at, row in enumerate(answers) if row.place in places]
    rows_of = Counter(answers[at].label for at in own)
    labels = [answers[at].label if rows_of[answers[at].label] >= NAMED_FROM else OWN for at in own]
    rows = [start + at for at in own]
    return train(ANY, matrix[rows], labels, balanced=True), rows


def _answer_head(
    place: str,
    matrix: Any,
    topics: list[Row],
    answers: list[Row],
    start: int,
    shared: slice | None = None,
) -> Trained:
    """Train one question's decision: its own choices, and "-" for a text that matches none of them.

    `matrix` has the features of the rows or the margins of other decisions; `shared` are then the columns of the one
    between the choices of all questions.
    """
    own = [at for at, row in enumerate(answers) if row.place == place]
    related = RELATED.get(place, set()) | ALWAYS_RELATED
    others = [
        at
        for at, row in enumerate(topics)
        if row.label not in related and not (place in REPORTS and row.label.startswith(OBJECTION))
    ]
    others.sort(key=lambda at: zlib.crc32(f"{place}:{topics[at].text}".encode()))
    chosen = others[: max(NO_ANSWERS, len(own) // OWN_A_NEGATIVE)]
    labels = [answers[at].label for at in own] + ["-"] * len(chosen)
    picked = matrix[[start + at for at in own] + chosen]
    name = f"answer.{place}"
    return train(name, picked, labels) if shared is None else train_over(name, picked, labels, shared)


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


if __name__ == "__main__":
    main(Path(sys.argv[1]))
