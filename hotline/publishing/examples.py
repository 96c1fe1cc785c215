"""Read the labelled rows of `flows/examples`, which teach the reader of parents' texts (`make model`).

Rule 1: a row that cannot be read is told with its file and line; none is skipped in silence.
Rule 2: rows that judge stand in `tests/understanding` and are never read here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotline.conversation.model.events import FlowError

TOPICS, DANGER, ANSWERS = "topics.tsv", "danger.tsv", "answers.tsv"


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. `place` is the question it answers, `danger` what it means besides, for topics."""

    text: str
    language: str
    label: str
    danger: str = ""
    kind: str = ""
    place: str = ""


def topics(folder: Path) -> list[Row]:
    """Return the rows text, language, intent, and danger where the text means that too."""
    return [
        Row(text, language, intent, danger[0] if danger else "")
        for text, language, intent, *danger in _lines(folder / TOPICS, 3, 4)
    ]


def dangers(folder: Path) -> list[Row]:
    """Return the rows text, language, danger (alarm, ask, distress, none), class."""
    return [
        Row(text, language, danger, danger, kind)
        for text, language, danger, kind in _lines(folder / DANGER, 4, 4)
    ]


def answers(folder: Path) -> list[Row]:
    """Return the rows place, text, language, choice ("-" where the text is no answer to that question)."""
    return [
        Row(text, language, choice, place=place)
        for place, text, language, choice in _lines(folder / ANSWERS, 4, 4)
    ]


def _lines(path: Path, least: int, most: int) -> Iterator[list[str]]:
    """The cells of each line behind the header. Raises FlowError naming the line that is broken."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], 2):
        cells = line.split("\t")
        if not least <= len(cells) <= most or not all(cells[:least]):
            raise FlowError(
                f"examples/{path.name} line {number}: has {len(cells)} cells; expected {least} separated by tabs"
            )
        yield cells
