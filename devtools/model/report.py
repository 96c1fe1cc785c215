"""Report on trained decisions: what held-out folds confuse, and their most confident errors."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from devtools.model.heads import Trained
from hotline.publishing.examples import Row

MOST_SHOWN = 20
"""Maximum confusions, and maximum worst rows, to print."""

SURE = 0.8
"""The probability from which an answer counts as sure."""


def figures_of(
    heads: list[Trained], topics: list[Row], dangers: list[Row], answers: list[Row]
) -> dict[str, Any]:
    """Return the held-out figures of the decisions, for `main` to print."""
    by = {head.name: head for head in heads}
    intent = by["intent"]
    order = np.argsort(-intent.unseen, axis=1)
    right = [intent.labels[order[at, 0]] == row.label for at, row in enumerate(topics)]
    two = [
        row.label in (intent.labels[order[at, 0]], intent.labels[order[at, 1]])
        for at, row in enumerate(topics)
    ]
    return {
        "rows": {"topics": len(topics), "danger": len(dangers), "answers": len(answers)},
        "intent": {"right": round(float(np.mean(right)), 3), "among_two": round(float(np.mean(two)), 3)},
        "confused": _confused(intent, topics, order[:, 0]),
        "worst": _worst(intent, topics, order[:, 0]),
        "answers": {
            name.removeprefix("answer."): _answered(head, answers)
            for name, head in by.items()
            if name.startswith("answer.")
        },
        "heads": {head.name: [round(head.slope, 2), round(head.offset, 2)] for head in heads},
    }


def _answered(head: Trained, answers: list[Row]) -> dict[str, float]:
    """Return what held-out folds make of the rows of a question.

    That is how many are right, how many are surely a choice (SURE), and how many of these are right.
    """
    own = [row.label for row in answers if f"answer.{row.place}" == head.name]
    best = head.unseen[: len(own)].argmax(axis=1)
    found = [head.labels[int(at)] for at in best]
    sure = [
        name == label
        for name, label, chance in zip(found, own, head.unseen.max(axis=1), strict=False)
        if name != "-" and chance >= SURE
    ]
    right = sum(name == label for name, label in zip(found, own, strict=True))
    return {
        "rows": len(own),
        "right": round(right / len(own), 2),
        "sure": round(len(sure) / len(own), 2),
        "sure_right": round(sum(sure) / max(len(sure), 1), 2),
    }


def _confused(intent: Trained, topics: list[Row], best: Any) -> list[str]:
    """Return the pairs of intents that held-out folds confuse most often, with their counts."""
    pairs = Counter(
        (row.label, intent.labels[best[at]])
        for at, row in enumerate(topics)
        if intent.labels[best[at]] != row.label
    )
    return [f"{meant} as {found}: {often}" for (meant, found), often in pairs.most_common(MOST_SHOWN)]


def _worst(intent: Trained, topics: list[Row], best: Any) -> list[str]:
    """Return the rows that held-out folds get wrong with the highest confidence."""
    wrong = [at for at, row in enumerate(topics) if intent.labels[best[at]] != row.label]
    wrong.sort(key=lambda at: -float(intent.unseen[at, best[at]]))
    return [
        f"{topics[at].text!r}: {topics[at].label} as {intent.labels[best[at]]}" for at in wrong[:MOST_SHOWN]
    ]
