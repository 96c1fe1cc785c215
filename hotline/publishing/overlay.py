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
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

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
            texts.setdefault(language, {})[id] = _filled(
                written=own.now.written, spoken=own.now.spoken, was=own.was.written, was_spoken=own.was.spoken
            )
        tables = {
            "texts": texts,
            "reminders": {n: {"after": e.after, "was": e.was} for n, e in sorted(self.reminders.items())},
            "reviews": {
                n: {"reviewed": e.reviewed, "review_by": e.review_by} for n, e in sorted(self.reviews.items())
            },
            "centers": {n: _center_table(e) for n, e in sorted(self.centers.items())},
            "faqs": {n: _faq_table(e) for n, e in sorted(self.faqs.items())},
        }
        return tomli_w.dumps({name: table for name, table in tables.items() if table})

    def on_top_of(self, lower: Overlay) -> Overlay:
        """Return this overlay merged onto `lower`; its own entries take precedence."""
        return replace(
            self,
            texts={**lower.texts, **self.texts},
            reminders={**lower.reminders, **self.reminders},
            reviews={**lower.reviews, **self.reviews},
            centers={**lower.centers, **self.centers},
            faqs={**lower.faqs, **self.faqs},
        )

    def __bool__(self) -> bool:
        return any((self.texts, self.reminders, self.reviews, self.centers, self.faqs))


def _center_table(center: OwnCenter) -> dict[str, Any]:
    named = _filled(name=center.name, phone=center.phone, source=center.source)
    dates = {"checked": center.checked, "review_by": center.review_by}
    return {**named, **dates, **_filled(was=center.was, was_phone=center.was_phone)}


def _faq_table(faq: OwnFaq) -> dict[str, Any]:
    own: dict[str, Any] = _filled(menu=faq.menu, source=faq.source)
    own |= {k: v for k, v in (("reviewed", faq.reviewed), ("review_by", faq.review_by)) if v}
    for code, said in sorted(faq.languages.items()):
        lists = {"examples": list(said.examples), "words": list(said.words)}
        own[code] = {
            **_filled(label=said.label, text=said.text, say=said.say),
            **{key: value for key, value in lists.items() if value},
        }
    return own


def _filled(**values: str) -> dict[str, str]:
    """Return the non-empty values, and `written` and `was` even if they are empty."""
    return {key: value for key, value in values.items() if value or key in ("written", "was")}
