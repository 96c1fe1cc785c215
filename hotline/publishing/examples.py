"""Read the labeled rows of `flows/examples`, which train the classifier of parents' texts (`make model`).

Rule 1: an unreadable row is reported with its file and line; none is skipped silently.
Rule 2: evaluation rows are in `tests/understanding` and are never read here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hotline.conversation.model.events import FlowError
from hotline.publishing.sources import Folder

TOPICS, DANGER, ANSWERS = "topics.tsv", "danger.tsv", "answers.tsv"


@dataclass(frozen=True, slots=True)
class Row:
    """One labeled text. `place` is the question it answers; `danger` is a second label that topics may have."""

    text: str
    language: str
    label: str
    danger: str = ""
    kind: str = ""
    place: str = ""


def topics(folder: Folder) -> list[Row]:
    """Return the topic rows: text, language, intent, and optionally danger."""
    return [
        Row(text, language, intent, danger[0] if danger else "")
        for text, language, intent, *danger in _lines(folder / TOPICS, 3, 4)
    ]


def dangers(folder: Folder) -> list[Row]:
    """Return the danger rows: text, language, danger (alarm, ask, distress, none), class."""
    return [
        Row(text, language, danger, danger, kind)
        for text, language, danger, kind in _lines(folder / DANGER, 4, 4)
    ]


def answers(folder: Folder) -> list[Row]:
    """Return the answer rows: place, text, language, choice ("-" if the text is not an answer)."""
    return [
        Row(text, language, choice, place=place)
        for place, text, language, choice in _lines(folder / ANSWERS, 4, 4)
    ]


def _lines(path: Folder, least: int, most: int) -> Iterator[list[str]]:
    """Yield the cells of each line after the header. Raise FlowError naming a malformed line."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], 2):
        cells = line.split("\t")
        if not least <= len(cells) <= most or not all(cells[:least]):
            raise FlowError(
                f"examples/{path.name} line {number}: has {len(cells)} cells; expected {least} separated by tabs"
            )
        yield cells
