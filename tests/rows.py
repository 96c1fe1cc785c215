"""Tables of tests that are longer than a screen, in files beside them: a row a line, fields divided by tabs."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import pytest

Expected = TypeVar("Expected")


def rows(test: str, name: str) -> list[tuple[str, ...]]:
    r"""Return the rows of NAME.tsv beside a test. A line break within a field is written as \n."""
    lines = Path(test).with_name(f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(field.replace(r"\n", "\n") for field in line.split("\t")) for line in lines]


def texts(test: str, name: str) -> list[str]:
    """Return the rows of a table of one column."""
    return [text for (text,) in rows(test, name)]


def pairs(test: str, name: str) -> dict[str, str]:
    """Return the second field of each row by the first."""
    return {row[0]: row[1] for row in rows(test, name)}


def cases(test: str, name: str) -> dict[str, tuple[str, ...]]:
    """Return the other fields of each row by the first, the name of the case."""
    return {row[0]: row[1:] for row in rows(test, name)}


def grouped(table: Mapping[Expected, str]) -> list[tuple[Expected, str]]:
    """Return each text of a table with what is expected of it; " | " is between texts."""
    return [(expected, text) for expected, texts in table.items() for text in texts.split(" | ")]


def table(text: str) -> pytest.MarkDecorator:
    """Run a test once for each row of a table; its first row names the arguments, and " | " is between fields."""
    names, *lines = (tuple(line.strip().split(" | ")) for line in text.strip().splitlines())
    return pytest.mark.parametrize(names, lines)
