"""Load `flows/` into a Book; raise FlowError if invalid.

`book.toml` has the first language, the renderer's texts and the topics; `safety.toml` and `patterns.toml`
have the intents of parents' texts, danger first, and `intents.toml` their roles; every other TOML file there
is a flow. Each .po file in `translations/` is another language.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from hotline.config.settings import Settings
from hotline.conversation.book.book import Book, Voice
from hotline.conversation.book.names import check_names
from hotline.conversation.book.reader import read_states
from hotline.conversation.book.states import Fork, State, Statement
from hotline.conversation.book.texts import FILLED, fill, speech, with_blanks_said
from hotline.conversation.model.events import FlowError
from hotline.conversation.model.segments import plain_accents
from hotline.conversation.nlu.language import own_words
from hotline.conversation.nlu.normalize import normalize
from hotline.publishing.catalogs import read_catalogs
from hotline.publishing.menus import paged, rename
from hotline.publishing.reader_files import LEXICON, load_reader
from hotline.publishing.reference import ROWS, Reference, read_reference
from hotline.publishing.sources import Sources
from hotline.publishing.texts import (
    BOOK_FILE,
    INTENTS_FILE,
    LANGUAGE,
    LOCALE,
    PATTERNS_FILE,
    RENDERER,
    ROW,
    ROW_ABOUT,
    ROW_FINDER,
    ROW_REQUEST,
    SAFETY_FILE,
    SIGNS,
    SPOKEN,
    SPOKEN_BLANK,
    VOICE,
    Text,
    all_texts,
    read_files,
    topics_of,
)
from hotline.publishing.translations import Stale, translated

LEAD_ON = ("safety", "speakers", "other_languages")
"""Tables of book.toml that map a class of danger, a kind of speaker or an unsupported language to a state."""

WHOLE = (LEXICON, "reference")
"""Folders whose files count verbatim toward a book's version."""

CAPITAL = re.compile(r"(?!I )[^\W\d_a-zà-ÿ][a-zà-ÿ ]")
"""Matches the start of a choice that is a sentence rather than a name such as IEP."""


def book_for(settings: Settings, flows: Sources | None = None, *, reads: bool = True) -> Book:
    """Return the book of `flows`, or else of FLOWS_DIR, with the operator's settings applied.

    `reads` is passed to `load_book`. Raise FlowError.
    """
    return load_book(
        flows or settings.flows_dir,
        settings.names,
        stale=Stale(settings.stale_translations),
        plain=settings.sms_plain_accents,
        reads=reads,
    )


def load_book(
    flows: Sources | Path,
    names: Mapping[str, str],
    *,
    stale: Stale = Stale.EARLIER,
    plain: bool = False,
    reads: bool = True,
) -> Book:
    """Return the book of `flows`; a folder is read once. Raise FlowError if it is invalid.

    `names` fills the texts' placeholders; `stale` selects the fallback for a translation that is no longer
    confirmed; with `plain`, text messages contain no accents that make them more expensive. Without `reads`,
    the trained classifier is loaded lazily, with the first text from a parent.
    """
    book = read_book(Sources.of(flows), names, stale, plain)
    if reads:
        book.reader.classifier.ready()
    return book


def read_book(folder: Sources, names: Mapping[str, str], stale: Stale, plain: bool) -> Book:
    """Return the book of these sources, which nothing else decides. As for `load_book`."""
    tables = read_files(folder)
    first, texts = next(iter(tables[BOOK_FILE].get("languages", {})), ""), tuple(all_texts(tables))
    catalogs = read_catalogs(folder)
    languages = {first: texts} | {c.language: translated(texts, c, stale) for c in catalogs}
    not_flows = (BOOK_FILE, SAFETY_FILE, PATTERNS_FILE, INTENTS_FILE)
    settings, safety, patterns, of_intents = (tables.pop(name) for name in not_flows)
    pages, renamed = paged({BOOK_FILE: settings, **tables})
    pages.pop(BOOK_FILE)
    states = _all_states(pages)
    terms = {s.name: s.asked for s in states.values() if isinstance(s, Statement) and s.asked}
    topics = {**topics_of(settings), **{name: name for name in terms}}
    written = json.dumps({**safety, **patterns}, default=str)
    understood = load_reader(folder, written, tuple(terms.items()), json.dumps(of_intents, default=str))
    classes = understood.classifier.heads["danger_class"].labels
    understood.roles.check(f"{INTENTS_FILE}.toml", understood.names, classes)
    check_names(states, topics, understood.names, {table: settings.get(table, {}) for table in LEAD_ON})
    voices = {language: _voice(said) for language, said in languages.items()}
    lines = {
        language: frozenset(line for text in said for line in _lines(text) if line)
        for language, said in languages.items()
    }
    reference = read_reference(folder)
    _check_choices(states, tuple(languages))
    return Book(
        version=_version(
            tables,
            settings,
            safety,
            patterns,
            of_intents,
            names,
            languages,
            plain,
            reference.centers,
            [path.read_text(encoding="utf-8") for part in WHOLE for path in (folder / part).glob("*.toml")],
        ),
        states=states,
        reader=understood,
        topics=topics,
        texts={
            language: rename(
                dict(
                    _wording(
                        text,
                        {
                            **names,
                            **{blank: f"{{{blank}}}" for blank in FILLED},
                            **row,
                        },
                        voices[language],
                        plain=plain,
                    )
                    for text, row in _with_rows(said, states, reference, language)
                    if not text.id.startswith((LANGUAGE, SPOKEN, SIGNS))
                ),
                renamed,
            )
            for language, said in languages.items()
        },
        voices=voices,
        places=reference.places,
        reminders={s.name: s.reminder for s in states.values() if not isinstance(s, Fork) and s.reminder},
        **{table: settings.get(table, {}) for table in LEAD_ON},
        ours=frozenset().union(*lines.values()),
        own_words=own_words(
            {
                language: lines[language] | understood.lexicon.commands.get(language, frozenset())
                for language in lines
            }
        ),
    )


def _all_states(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, State]:
    states: dict[str, State] = {}
    for file, table in tables.items():
        for name, state in read_states(file, table).items():
            if name in states:
                raise FlowError(
                    f"{file}.toml [{name}]: {states[name].file}.toml has a state with this name too; rename one"
                )
            states[name] = state
    return states


def _check_choices(states: Mapping[str, State], languages: tuple[str, ...]) -> None:
    """Raise FlowError if a `by_state` names no reference, or an `aloud` no language."""
    for state in states.values():
        if isinstance(state, Statement):
            for key, chosen, known in (
                ("by_state", state.variants.by_state, tuple(ROWS)),
                ("aloud", state.delivery.aloud, languages),
            ):
                if chosen and chosen not in known:
                    raise FlowError(
                        f"{state.file}.toml [{state.name}]: {key} = {chosen!r} must be one of {', '.join(known)}"
                    )


def _with_rows(
    texts: tuple[Text, ...], states: Mapping[str, State], reference: Reference, language: str
) -> Iterator[tuple[Text, Mapping[str, str]]]:
    """Yield each text with its fill values; yield a row text once for each US state that has data for it."""
    words = {t.id.removeprefix(RENDERER): t.written for t in texts if t.id.startswith(RENDERER)}
    for text in texts:
        if not text.id.endswith((ROW, ROW_REQUEST, ROW_ABOUT, ROW_FINDER)):
            yield text, {}
            continue
        where, _, part = text.id.rpartition(".")
        state = states[where.partition(".")[2]]
        by_state = state.variants.by_state if isinstance(state, Statement) else ""
        for row in reference.rows(by_state, words, language):
            if row.part == part:
                yield replace(text, id=f"{where}.{row.code}"), row.values


def _wording(
    text: Text, names: Mapping[str, str], voice: Voice, *, plain: bool
) -> tuple[str, tuple[str, str]]:
    """Return the text's ID and its (written, spoken) forms."""
    if text.id.startswith(RENDERER):
        said = with_blanks_said(text.written, voice)
        return text.id, (_sent(text.written, plain=plain), said)  # the renderer fills in these
    written = fill(text.id, text.written, names)
    aloud = fill(text.id, text.spoken, names) if text.spoken else written
    if ".choice." in text.id and CAPITAL.match(aloud):
        aloud = aloud[0].lower() + aloud[1:]  # it is spoken inside a sentence: "1: yes."
    return text.id, (_sent(written, plain=plain), speech(aloud, voice))


def _lines(text: Text) -> Iterator[str]:
    """Yield a text's normalized lines as a parent may copy them: on their own, and as numbered choices."""
    if text.id.startswith("book."):
        return
    for line in text.written.split("\n"):
        said = _normalized(line)
        yield said
        if ".choice." in text.id:
            yield from (f"{number} {said}" for number in range(1, 6))


@lru_cache(maxsize=8192)
def _normalized(line: str) -> str:
    """Return one of our lines normalized. Cached, because an edit changes few lines."""
    return normalize(line)


def _sent(text: str, *, plain: bool) -> str:
    return plain_accents(text) if plain else text


def _voice(texts: Iterable[Text]) -> Voice:
    """Return the voice of a language, as defined by its own texts."""
    words = {text.id: text.written for text in texts}

    def said_for(prefix: str) -> tuple[tuple[str, str], ...]:
        pairs = ((id.removeprefix(prefix), aloud) for id, aloud in words.items() if id.startswith(prefix))
        return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))

    return Voice(words[LOCALE], words[VOICE], said_for(SPOKEN), said_for(SIGNS), words[SPOKEN_BLANK])


def _version(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
