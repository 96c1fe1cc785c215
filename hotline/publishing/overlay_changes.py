"""What a version of a center's own words changed: the difference of two overlays, entry by entry.

Rule: a text is one entry in all its languages, because its translations are changed together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from hotline.publishing.overlay import KINDS, Overlay, OwnText, Wording

TEXTS: Final = "texts"
Entries = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that is different: its kind, as the table of the TOML is named, and its name, the ID of a text.

    `before` and `after` have what the overlays have for it, by language for a text; empty if they have nothing.
    """

    kind: str
    name: str
    before: Entries
    after: Entries

    def wordings(self) -> dict[str, tuple[Wording, Wording]]:
        """Return a text before and after, by language; where an overlay has none, it is what the flows said."""
        found = {}
        for language in dict.fromkeys((*self.before, *self.after)):
            had: OwnText | None = self.before.get(language)
            has: OwnText | None = self.after.get(language)
            known = had or has
            assert known is not None  # else it would be in neither
            flows = has.was if has else known.was
            found[language] = (had.now if had else flows, has.now if has else known.was)
        return found

    def is_in(self, overlay: Overlay) -> bool:
        """Check whether an overlay still has this entry as the change left it."""
        return entries(overlay, self.kind).get(self.name, {}) == self.after

    def taken_back(self, overlay: Overlay) -> Overlay:
        """Return an overlay with only this entry as it was before the change."""
        if self.kind == TEXTS:
            left = {key: own for key, own in overlay.texts.items() if key[1] != self.name}
            return replace(
                overlay, texts={**left, **{(code, self.name): own for code, own in self.before.items()}}
            )
        others: dict[str, Any] = {
            name: own for name, own in getattr(overlay, self.kind).items() if name != self.name
        }
        if self.before:
            others[self.name] = self.before[""]
        changed: dict[str, Any] = {self.kind: others}
        return replace(overlay, **changed)


def entries(overlay: Overlay, kind: str) -> dict[str, Entries]:
    """Return the entries of one kind by name, each by language; "" is the language of an entry that is not a text."""
    if kind != TEXTS:
        return {name: {"": own} for name, own in getattr(overlay, kind).items()}
    found: dict[str, dict[str, Any]] = {}
    for (language, id), own in overlay.texts.items():
        found.setdefault(id, {})[language] = own
    return dict(found)


def changes(before: Overlay, after: Overlay) -> tuple[Change, ...]:
    """Return what is different between two overlays."""
    found = []
    for kind in KINDS:
        had, has = entries(before, kind), entries(after, kind)
        found += [
            Change(kind, name, had.get(name, {}), has.get(name, {}))
            for name in dict.fromkeys((*had, *has))
            if had.get(name, {}) != has.get(name, {})
        ]
    return tuple(found)
