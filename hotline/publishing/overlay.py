"""A center's own texts, on top of the flows: one TOML file that people can write by hand.

    [texts.en."hotline.greeting.text"]   a text by its ID: `written`, and `spoken` if a call should say it differently
    [reminders.sent_yet]                 a different delay for a reminder: `after`
    [reviews.faq_cost]                   a statement of law that was reviewed again: `reviewed`, `review_by`
    [centers.CA]                         a state's parent center, with the keys of reference/centers.toml
    [faqs.summer_camp]                   a new topic: `menu`, and its texts in each language

Rule 1: an entry records what it replaces: `was` (and `was_spoken`, `was_phone`) is what the flows said when the
        entry was written. If the flows now say something else, that is a conflict (see `overlay_merge`).
Rule 2: an overlay refers to no file or path, and nothing in it is code.
Rule 3: the reader (`overlay_reader`) rejects unknown keys, because a typo must not silently drop a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Final

import tomli_w

TextKey = tuple[str, str]
"""A language and the ID of a text."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as sent, and as said in a call; `spoken` is "" if it is the same."""

    written: str
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class OwnText:
    """A center's own text, and the upstream text that it replaces."""

    now: Wording
    was: Wording


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A reminder's own delay, and the upstream delay that it replaces."""

    after: str
    was: str


@dataclass(frozen=True, slots=True)
class OwnReview:
    """When the center reviewed a statement of law, and when the next review is due."""

    reviewed: date
    review_by: date


@dataclass(frozen=True, slots=True)
class OwnCenter:
    """A US state's parent center; `phone` and `was_phone` may be "". `was` is "" where the flows had none."""

    name: str
    phone: str
    source: str
    checked: date
    review_by: date
    was: str = ""
    was_phone: str = ""


@dataclass(frozen=True, slots=True)
class FaqWords:
    """A topic in one language: its label in a menu, the answer, and example sentences that ask for it.

    `words` are words or phrases that ask for it anywhere in a text.
    """

    label: str
    text: str
    say: str = ""
    examples: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnFaq:
    """A topic that the flows lack. `menu` is the question that lists it, or ""; `source` is "" if it states no law."""

    languages: Mapping[str, FaqWords]
    menu: str = ""
    source: str = ""
    reviewed: date | None = None
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class Overlay:
    """All of a center's own texts and data."""

    texts: Mapping[TextKey, OwnText] = field(default_factory=dict)
    reminders: Mapping[str, OwnDay] = field(default_factory=dict)
    reviews: Mapping[str, OwnReview] = field(default_factory=dict)
    centers: Mapping[str, OwnCenter] = field(default_factory=dict)
    faqs: Mapping[str, OwnFaq] = field(default_factory=dict)

    def written(self) -> str:
        """Return this as TOML, in a deterministic order."""
        texts: dict[str, dict[str, Any]] = {}
        for (language, id), own in sorted(self.texts.items()):
            now = {"written": own.now.written, "spoken": own.now.spoken}
            entry = {**now, "was": own.was.written, "was_spoken": own.was.spoken}
            always = ("written", "was")
            texts.setdefault(language, {})[id] = {k: said for k, said in entry.items() if said or k in always}
        others = (self.reminders, self.reviews, self.centers, self.faqs)
        tables = {
            name: {entry: _table(own) for entry, own in sorted(entries.items())}
            for name, entries in zip(KINDS[1:], others, strict=True)
        }
        return tomli_w.dumps({name: table for name, table in {"texts": texts, **tables}.items() if table})

    def on_top_of(self, lower: Overlay) -> Overlay:
        """Return this overlay merged onto `lower`; its own entries take precedence."""
        return Overlay(*({**getattr(lower, kind), **getattr(self, kind)} for kind in KINDS))

    def __bool__(self) -> bool:
        return any(getattr(self, kind) for kind in KINDS)


KINDS: Final = tuple(each.name for each in fields(Overlay))
"""The kinds of entries, as the tables of the TOML are named."""


def _table(own: Any) -> dict[str, Any]:
    """Return an entry as a table, without what is empty; the languages of a topic are tables in it."""
    table: dict[str, Any] = {}
    for each in fields(own):
        value = getattr(own, each.name)
        if each.name == "languages":
            table |= {language: _table(words) for language, words in sorted(value.items())}
        elif value:
            table[each.name] = value
    return table
