"""How a text in a language that we do not speak is known, and the name of one: `flows/lexicon/others.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.normalize import normalize

KEYS = frozenset({"words", "scripts", "only", "unless", "called"})


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """One language that we do not speak."""

    words: frozenset[str] = frozenset()
    """Its small words, normalized."""
    scripts: frozenset[str] = frozenset()
    """The scripts that it is written in, as Unicode names them."""
    only: frozenset[str] = frozenset()
    """Letters: a text must have one of them."""
    unless: frozenset[str] = frozenset()
    """Letters: a text may have none of them."""
    called: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Its names in each of our languages; the first is the one that we say."""

    @classmethod
    def read(cls, name: str, table: Any) -> Self:
        """Read one table of others.toml. Raises FlowError."""
        if not isinstance(table, Mapping) or not table or set(table) - KEYS:
            raise FlowError(f"lexicon/others.toml [{name}]: must have some of {', '.join(sorted(KEYS))}")
        words = frozenset(filter(None, map(normalize, table.get("words", "").split())))
        only, unless = (frozenset(table.get(part, "")) for part in ("only", "unless"))
        called = {language: tuple(names) for language, names in table.get("called", {}).items()}
        return cls(words, frozenset(table.get("scripts", ())), only, unless, called)

    def is_written(self, script: str, letters: frozenset[str]) -> bool:
        """Return whether a text in this script, with these letters, is in the language."""
        fits = not self.only or bool(self.only & letters)
        return script in self.scripts and fits and not self.unless & letters

    @property
    def names(self) -> frozenset[str]:
        """All its names, normalized."""
        return frozenset(normalize(name) for names in self.called.values() for name in names)


def name_of(language: str, others: Mapping[str, OtherLanguage], spoken: str) -> str:
    """Return the name, in the language `spoken`, of a language that we do not speak; "" if it has none here."""
    called = others[language].called if language in others else {}
    return next(iter(called.get(spoken, ())), "")


def language_named(text: str, others: Mapping[str, OtherLanguage]) -> str | None:
    """Return the one language whose name stands in a text, "Mandarin Chinese" as its longest; None if there are two."""
    said = f" {normalize(text)} "
    names = {name: other for other, each in others.items() for name in each.names if f" {name} " in said}
    whole = {
        other
        for name, other in names.items()
        if not any(name != longer and f" {name} " in f" {longer} " for longer in names)
    }
    return whole.pop() if len(whole) == 1 else None
