"""Loads `flows/` once, at start, into a Book; raises FlowError on a broken one.

`book.toml` holds languages, the renderer's words and topics; `safety.toml` and `meanings.toml` what
people mean by what they write, danger first; every other TOML file there is a flow.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hotline.conversation.book import Book, Fork, State, Voice
from hotline.conversation.flow import check_names, read_states
from hotline.conversation.model import FlowError
from hotline.conversation.understand import Meanings
from hotline.conversation.wording import fill, speech

FLOWS = Path(__file__).resolve().parents[2] / "flows"
"""The flows of this repository, used unless FLOWS_DIR names others."""

BOOK_FILE, SAFETY_FILE, MEANINGS_FILE = "book", "safety", "meanings"
CAPITAL = re.compile(r"(?!I )[A-Z][a-z ]")
RENDERER_WORDS = frozenset({"reply", "press", "repeat"})


def load_book(folder: Path, names: Mapping[str, str]) -> Book:
    """The book in `folder`. `names` fills the texts' placeholders: hotline and person."""
    tables = _read_files(folder)
    settings = _taken(tables, BOOK_FILE, folder)
    meanings = {**_taken(tables, SAFETY_FILE, folder), **_taken(tables, MEANINGS_FILE, folder)}
    states = _all_states(tables)
    topics = settings.get("topics", {})
    check_names(states, topics)
    voices = {language: _voice(language, entry) for language, entry in settings.get("languages", {}).items()}
    if not voices:
        raise FlowError("book.toml: names no language; write [languages.en] with locale and voice")
    language = next(iter(voices))
    written = dict(_texts(tables)) | dict(_renderer_words(settings))
    texts = {id: _wording(id, pair, names, voices[language]) for id, pair in written.items()}
    return Book(
        version=_version(tables, settings, meanings, names),
        states=states,
        meanings=Meanings.read(meanings, f"{SAFETY_FILE}.toml or {MEANINGS_FILE}.toml"),
        topics=topics,
        texts={language: texts},
        voices=voices,
        reminders={s.name: s.reminder for s in states.values() if not isinstance(s, Fork) and s.reminder},
    )


def _read_files(folder: Path) -> dict[str, dict[str, Any]]:
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise FlowError(
            f"{folder}: holds no flow; FLOWS_DIR must name a folder with the .toml files of flows/"
        )
    tables = {}
    for path in paths:
        try:
            tables[path.stem] = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise FlowError(f"{path.name}: is not TOML: {error}; a text needs quotes around it") from error
    return tables


def _taken(tables: dict[str, dict[str, Any]], name: str, folder: Path) -> dict[str, Any]:
    if name not in tables:
        raise FlowError(f"{folder}: has no {name}.toml; copy the one from the repository's flows/")
    return tables.pop(name)


def _all_states(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, State]:
    states: dict[str, State] = {}
    for file, table in tables.items():
        for name, state in read_states(file, table).items():
            if name in states:
                raise FlowError(
                    f"{file}.toml [{name}]: {states[name].file}.toml has that state too; rename one"
                )
            states[name] = state
    return states


def _texts(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Every text by id, as (written, spoken); spoken is "" where it is read as written."""
    for file, table in tables.items():
        for name, entry in table.items():
            if not isinstance(entry, Mapping) or "text" not in entry:
                continue
            yield f"{file}.{name}.text", (entry["text"], entry.get("say", ""))
            for choice, offered in entry.get("choices", {}).items():
                yield f"{file}.{name}.choice.{choice}", (offered["text"], offered.get("say", ""))


def _renderer_words(settings: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    words = settings.get("renderer", {})
    if missing := RENDERER_WORDS - set(words):
        raise FlowError(f"book.toml [renderer]: lacks {', '.join(sorted(missing))}")
    for word, text in words.items():
        yield f"{BOOK_FILE}.renderer.{word}", (text, "")


def _wording(id: str, pair: tuple[str, str], names: Mapping[str, str], voice: Voice) -> tuple[str, str]:
    if id.startswith(f"{BOOK_FILE}.renderer."):
        return pair[0], pair[0]  # {choice} and {key} are the renderer's to fill
    written = fill(id, pair[0], names)
    aloud = fill(id, pair[1], names) if pair[1] else written
    if ".choice." in id and CAPITAL.match(aloud):
        aloud = aloud[0].lower() + aloud[1:]  # it is said inside a sentence: "For yes, press 1."
    return written, speech(aloud, voice.spoken)


def _voice(language: str, entry: Mapping[str, Any]) -> Voice:
    try:
        return Voice(entry["locale"], entry["voice"], tuple((w, s) for w, s in entry.get("spoken", ())))
    except KeyError as missing:
        raise FlowError(f'book.toml [languages.{language}]: needs {missing.args[0]} = "..."') from None


def _version(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
