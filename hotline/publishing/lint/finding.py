"""The gate's findings: where a problem is, what it is, and how to fix it.

A finding has its sentences as templates with the values apart, so that the desk can say it in other words and in other
languages (`web.desk.findings`). `hotline check` prints it as it is written here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from hotline.conversation.book.states import State
from hotline.conversation.model.events import FlowError

UNFIT: Final = "%(problem)s"
"""What is wrong with flows that raise FlowError."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem is, as the CLI names it, with the ID and the language of the text; "" if it is not in one."""

    written: str = ""
    text: str = ""
    language: str = ""

    def __str__(self) -> str:
        return self.written


NOWHERE: Final = Place()
"""The place of what is about no text or file."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem with the flows. `what` and `right` are templates such as "reads at grade %(grade)s"."""

    where: Place
    what: str
    right: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        values = dict(self.values)
        said = "; ".join(each % values if values else each for each in (self.what, self.right) if each)
        return f"{self.where}: {said}" if str(self.where) else said

    def to_json(self) -> str:
        """Return this as JSON."""
        where = [self.where.written, self.where.text, self.where.language]
        return json.dumps({"where": where, "what": self.what, "right": self.right, "values": self.values})

    @classmethod
    def from_json(cls, written: str) -> Self:
        """Parse the output of `to_json`. Raise ValueError."""
        try:
            read: Mapping[str, Any] = json.loads(written)
            values = tuple((str(name), str(value)) for name, value in read["values"])
            return cls(Place(*map(str, read["where"])), str(read["what"]), str(read["right"]), values)
        except (TypeError, KeyError) as wrong:
            raise ValueError("not a finding") from wrong


def finding(where: Place, what: str, right: str, **values: object) -> Finding:
    """Return a finding; each value fills its place in the templates."""
    return Finding(where, what, right, tuple((name, str(value)) for name, value in values.items()))


def unfit(wrong: FlowError) -> Finding:
    """Return why flows cannot be loaded."""
    return finding(NOWHERE, UNFIT, "", problem=wrong)


def place(state: State, part: str = "", language: str = "") -> Place:
    """Return the location of a state, or of a part of it: "screening.toml [sort] choice yes (es)"."""
    said = f"{state.file}.toml [{state.name}]"
    if part.startswith("choice."):
        said += f" choice {part.removeprefix('choice.')}"
    elif part not in ("", "text"):
        said += f" {part}"
    return Place(
        f"{said} ({language})" if language else said, f"{state.file}.{state.name}.{part or 'text'}", language
    )
