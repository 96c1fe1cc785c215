"""What the gate says: where something is wrong, what it is, and what would be right."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.conversation.book.states import State


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with the flows."""

    where: str
    what: str
    right: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.right}"


def place(state: State, part: str = "", language: str = "") -> str:
    """Where a state stands: "screening.toml [sort] choice yes (es)"."""
    said = f"{state.file}.toml [{state.name}]"
    if part.startswith("choice."):
        said += f" choice {part.removeprefix('choice.')}"
    elif part not in ("", "text"):
        said += f" {part}"
    return f"{said} ({language})" if language else said
