"""Parse an overlay; an error message says where in it the problem is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from hotline.conversation.model.events import FlowError
from hotline.publishing.overlay import (
    KINDS,
    FaqWords,
    Overlay,
    OwnCenter,
    OwnDay,
    OwnFaq,
    OwnReview,
    OwnText,
    TextKey,
    Wording,
)

FAQ_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,30}\Z")
LANGUAGE_CODE: Final = re.compile(r"[a-z]{2,3}\Z")
LONGEST_TEXT: Final = 2000
MOST_EXAMPLES: Final = 60
LARGEST: Final = 512 * 1024
"""Maximum bytes of an overlay: about three times what all texts take in two languages."""


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
        reminders={n: reader.day(n, e) for n, e in reader.tables(table, "reminders")},
        reviews={n: reader.review(n, e) for n, e in reader.tables(table, "reviews")},
        centers={n: reader.center(n, e) for n, e in reader.tables(table, "centers")},
        faqs={n: reader.faq(n, e) for n, e in reader.tables(table, "faqs")},
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

    def tables(self, table: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, entry in self._table(table.get(kind, {}), kind).items():
            yield name, self._table(entry, f"{kind}.{name}")

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
                yield (
                    (language, id),
                    OwnText(now, Wording(str(given["was"]), self._text(given, "was_spoken", place, ""))),
                )

    def day(self, name: str, entry: Mapping[str, Any]) -> OwnDay:
        place = f"reminders.{name}"
        self.keys(entry, ("after", "was"), place)
        return OwnDay(self._text(entry, "after", place), self._text(entry, "was", place))

    def review(self, name: str, entry: Mapping[str, Any]) -> OwnReview:
        place = f"reviews.{name}"
        self.keys(entry, ("reviewed", "review_by"), place)
        return OwnReview(self._date(entry, "reviewed", place), self._date(entry, "review_by", place))

    def center(self, name: str, entry: Mapping[str, Any]) -> OwnCenter:
        place = f"centers.{name}"
        self.keys(entry, ("name", "phone", "source", "checked", "review_by", "was", "was_phone"), place)
        return OwnCenter(
            self._text(entry, "name", place),
            self._text(entry, "phone", place, ""),
            self._text(entry, "source", place),
            self._date(entry, "checked", place),
            self._date(entry, "review_by", place),
            self._text(entry, "was", place, ""),
            self._text(entry, "was_phone", place, ""),
        )

    def faq(self, name: str, entry: Mapping[str, Any]) -> OwnFaq:
        place = f"faqs.{name}"
        if not FAQ_NAME.match(name):
            raise self._wrong(
                place, "is not a valid name", "use lowercase letters, digits and _, such as summer_camp"
            )
        own = ("menu", "source", "reviewed", "review_by")
        spoken = {key: self._table(value, f"{place}.{key}") for key, value in entry.items() if key not in own}
        for code in spoken:
            self._code(code, f"{place}.{code}")
        dates = [self._date(entry, key, place) if key in entry else None for key in own[2:]]
        return OwnFaq(
            {code: self._faq_words(each, f"{place}.{code}") for code, each in spoken.items()},
            self._text(entry, "menu", place, ""),
            self._text(entry, "source", place, ""),
            *dates,
        )

    def _faq_words(self, entry: Mapping[str, Any], place: str) -> FaqWords:
        self.keys(entry, ("label", "text", "say", "examples", "words"), place)
        return FaqWords(
            self._text(entry, "label", place),
            self._text(entry, "text", place),
            self._text(entry, "say", place, ""),
            self._list(entry, "examples", place),
            self._list(entry, "words", place),
        )

    def keys(self, table: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
        if wrong := set(table) - set(known):
            raise self._wrong(place, f"unknown key {min(wrong)!r}", f"it has {', '.join(known)}")

    def _table(self, value: Any, place: str) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self._wrong(place, "is not a table", f"write [{place}] on a line by itself")
        return value

    def _text(self, table: Mapping[str, Any], key: str, place: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()) or len(value) > LONGEST_TEXT:
            raise self._wrong(
                place, f"needs {key}", f'write {key} = "...", at most {LONGEST_TEXT} characters'
            )
        return value

    def _date(self, table: Mapping[str, Any], key: str, place: str) -> date:
        value = table.get(key)
        if type(value) is not date:
            raise self._wrong(place, f"needs {key}", f"write {key} = 2026-11-23, without quotes")
        return value

    def _list(self, table: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
        value = table.get(key, [])
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
