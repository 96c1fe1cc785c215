"""Report on trained decisions: what held-out folds confuse, and their most confident errors."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from devtools.model.heads import Trained
from hotline.publishing.examples import Row

MOST_SHOWN = 20
"""Maximum confusions, and maximum worst rows, to print."""


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
        "heads": {head.name: [round(head.slope, 2), round(head.offset, 2)] for head in heads},
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
