"""How a text in a language that we do not speak is known: `flows/lexicon/others.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.normalize import normalize

KEYS = frozenset({"words", "scripts", "only", "unless"})


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """One language that we do not speak."""

    words: frozenset[str] = frozenset()
    """Its small words, normalized."""
    scripts: frozenset[str] = frozenset()
    """The scripts that it is written in, as Unicode names them."""
    only: frozenset[str] = frozenset()
    """Letters of which one must stand in a text."""
    unless: frozenset[str] = frozenset()
    """Letters of which none may."""

    @classmethod
    def read(cls, name: str, table: Any) -> Self:
        """Read one table of others.toml. Raises FlowError."""
        if not isinstance(table, Mapping) or not table or set(table) - KEYS:
            raise FlowError(f"lexicon/others.toml [{name}]: must have some of {', '.join(sorted(KEYS))}")
        words = frozenset(filter(None, map(normalize, table.get("words", "").split())))
        letters = (frozenset(table.get(part, "")) for part in ("only", "unless"))
        return cls(words, frozenset(table.get("scripts", ())), *letters)

    def is_written(self, script: str, letters: frozenset[str]) -> bool:
        """Return whether a text in this script, with these letters, is in the language."""
        fits = not self.only or bool(self.only & letters)
        return script in self.scripts and fits and not self.unless & letters
