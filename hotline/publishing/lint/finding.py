"""The gate's findings: where a problem is, what it is, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.conversation.book.states import State


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem with the flows."""

    where: str
    what: str
    right: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.right}"


def place(state: State, part: str = "", language: str = "") -> str:
    """Return the location of a state, or of a part of it: "screening.toml [sort] choice yes (es)"."""
    said = f"{state.file}.toml [{state.name}]"
    if part.startswith("choice."):
        said += f" choice {part.removeprefix('choice.')}"
    elif part not in ("", "text"):
        said += f" {part}"
    return f"{said} ({language})" if language else said
