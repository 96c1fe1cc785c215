"""A center's own texts, on top of the flows: one TOML file that people can write by hand.

    [texts.en."hotline.greeting.text"]   a text by its ID: `written`, and `spoken` if a call should say it differently
    [reminders.sent_yet]                 a different delay for a reminder: `after`
    [reviews.faq_cost]                   a statement of law that was reviewed again: `reviewed`, `review_by`
    [centers.CA]                         a state's parent center, with the keys of reference/centers.toml
    [faqs.summer_camp]                   a new topic: `menu`, and its texts in each language

Rule 1: an entry records what it replaces: `was` (and `was_spoken`, `was_phone`) is what the flows said when the
        entry was written. If the flows now say something else, that is a conflict (see `overlay_merge`).
Rule 2: an overlay refers to no file or path, and nothing in it is code.
Rule 3: an unknown key is rejected, because a typo must not silently drop a text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, MISSING, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

import tomli_w

from hotline.conversation.model.events import FlowError

FAQ_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,30}\Z")
LANGUAGE_CODE: Final = re.compile(r"[a-z]{2,3}\Z")
LONGEST_TEXT: Final = 2000
MOST_EXAMPLES: Final = 60
LARGEST: Final = 512 * 1024
"""Maximum bytes of an overlay: about three times what all texts take in two languages."""

E = TypeVar("E")
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
    phone: str = ""
    _: KW_ONLY
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


def read_overlay(written: str, where: str) -> Overlay:
    """Return the overlay in a TOML text; `where` names it in errors. Raise FlowError."""
    if len(written.encode(errors="surrogateescape")) > LARGEST:
        raise FlowError(
            f"{where}: has more than {LARGEST // 1024} kB; it should have only what differs from the flows"
        )
    try:
        table = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise FlowError(f"{where}: is not TOML: {error}; a text needs quotes around it") from error
    reader = _Reader(where)
    reader.keys(table, KINDS, "")
    return Overlay(
        texts=dict(reader.texts(table.get("texts", {}))),
        reminders={n: reader.entry(OwnDay, e, place) for n, e, place in reader.tables(table, "reminders")},
        reviews={n: reader.entry(OwnReview, e, place) for n, e, place in reader.tables(table, "reviews")},
        centers={n: reader.entry(OwnCenter, e, place) for n, e, place in reader.tables(table, "centers")},
        faqs={n: reader.faq(n, e, place) for n, e, place in reader.tables(table, "faqs")},
    )


def read_overlay_file(path: Path) -> Overlay:
    """Return the overlay in a file. Raise FlowError."""
    try:
        return read_overlay(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise FlowError(f"{path}: cannot be read: {why}; FLOWS_OVERLAY must name a TOML file") from error


class _Reader:
    """Parser of one overlay's tables; `where` names the overlay in errors."""

    def __init__(self, where: str) -> None:
        self.where = where

    def tables(self, table: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Mapping[str, Any], str]]:
        """Yield the name, the table and the place of each entry of a kind."""
        for name, entry in self._table(table.get(kind, {}), kind).items():
            yield name, self._table(entry, f"{kind}.{name}"), f"{kind}.{name}"

    def texts(self, table: Any) -> Iterator[tuple[TextKey, OwnText]]:
        for language, entries in self._table(table, "texts").items():
            self._code(language, f"texts.{language}")
            for id, entry in self._table(entries, f"texts.{language}").items():
                place = f'texts.{language}."{id}"'
                given = self._table(entry, place)
                self.keys(given, ("written", "spoken", "was", "was_spoken"), place)
                if "was" not in given:
                    raise self._wrong(
                        place, "does not say which text it replaces", f"run: hotline overlay text {id}"
                    )
                now = Wording(self._text(given, "written", place), self._text(given, "spoken", place, ""))
                was = Wording(str(given["was"]), self._text(given, "was_spoken", place, ""))
                yield (language, id), OwnText(now, was)

    def faq(self, name: str, entry: Mapping[str, Any], place: str) -> OwnFaq:
        if not FAQ_NAME.match(name):
            raise self._wrong(
                place, "is not a valid name", "use lowercase letters, digits and _, such as summer_camp"
            )
        own = {each.name for each in fields(OwnFaq)}
        spoken = {key: self._table(value, f"{place}.{key}") for key, value in entry.items() if key not in own}
        for code in spoken:
            self._code(code, f"{place}.{code}")
        words = {code: self.entry(FaqWords, each, f"{place}.{code}") for code, each in spoken.items()}
        about = {key: value for key, value in entry.items() if key in own}
        return self.entry(OwnFaq, about, place, languages=words)

    def entry(self, kind: type[E], table: Mapping[str, Any], place: str, **given: Any) -> E:
        """Return a table as an entry of this kind. Its keys are the fields; a field without a default is required."""
        read: dict[str, Callable[..., Any]] = {"str": self._text, "tuple[str, ...]": self._list}
        known = [each for each in fields(kind) if each.name not in given]  # type: ignore[arg-type]  # callers pass dataclasses
        self.keys(table, tuple(each.name for each in known), place)
        for each in known:
            if each.name in table or each.default is MISSING:
                parse: Callable[..., Any] = read.get(str(each.type), self._date)
                given[each.name] = parse(table, each.name, place, each.default)
        return kind(**given)

    def keys(self, table: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
        if wrong := set(table) - set(known):
            raise self._wrong(place, f"unknown key {min(wrong)!r}", f"it has {', '.join(known)}")

    def _table(self, value: Any, place: str) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self._wrong(place, "is not a table", f"write [{place}] on a line by itself")
        return value

    def _text(self, table: Mapping[str, Any], key: str, place: str, default: Any = MISSING) -> str:
        value = table.get(key, default)
        if (
            not isinstance(value, str)
            or (default is MISSING and not value.strip())
            or len(value) > LONGEST_TEXT
        ):
            raise self._wrong(
                place, f"needs {key}", f'write {key} = "...", at most {LONGEST_TEXT} characters'
            )
        return value

    def _date(self, table: Mapping[str, Any], key: str, place: str, _default: Any) -> date:
        value = table.get(key)
        if type(value) is not date:
            raise self._wrong(place, f"needs {key}", f"write {key} = 2026-11-23, without quotes")
        return value

    def _list(self, table: Mapping[str, Any], key: str, place: str, _default: Any) -> tuple[str, ...]:
        value = table[key]
        fits = isinstance(value, list) and len(value) <= MOST_EXAMPLES
        if not fits or not all(isinstance(each, str) and 0 < len(each) <= LONGEST_TEXT for each in value):
            raise self._wrong(
                place, f"{key} is not a list", f'write {key} = ["...", "..."], at most {MOST_EXAMPLES}'
            )
        return tuple(value)

    def _code(self, code: str, place: str) -> None:
        if not LANGUAGE_CODE.match(code):
            raise self._wrong(place, "is not a language", "use its code, such as es")

    def _wrong(self, place: str, what: str, right: str) -> FlowError:
        return FlowError(f"{self.where}{f' [{place}]' if place else ''}: {what}; {right}")
