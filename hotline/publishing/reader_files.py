"""Load the reader of parents' texts: the patterns, lexicons, trained model and glossary of a folder of flows."""

from __future__ import annotations

import json
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.classifier import MODEL_FILE, WORDS_FILE, Classifier
from hotline.conversation.nlu.features import Ideas
from hotline.conversation.nlu.glossary import Glossary
from hotline.conversation.nlu.intents import ASKING, LISTS, Intents
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.near import Near
from hotline.conversation.nlu.other_languages import OtherLanguage
from hotline.conversation.nlu.reader import Reader
from hotline.conversation.nlu.roles import Roles
from hotline.publishing.sources import Folder, Sources
from hotline.publishing.texts import INTENTS_FILE, PATTERNS_FILE, SAFETY_FILE

LEXICON, COMMANDS = "lexicon", "commands"

IDEAS, OTHERS = "concepts", "others"
"""The lexicon files that belong to no supported language."""

TONGUES = "tongues"
"""The list of patterns.toml that others.toml fills: the names of languages that we do not speak."""

Terms = tuple[tuple[str, tuple[str, ...]], ...]
"""The states that explain terms found on school papers, each with its terms."""


def load_reader(sources: Sources, written: str, terms: Terms, roles: str) -> Reader:
    """Return the reader of parents' texts; a folder without a lexicon or a model gets the bundled one.

    `written` is the JSON of the intents' tables, `roles` that of intents.toml.
    """
    words: Folder = sources / LEXICON if (sources / LEXICON).is_dir() else OWN_FLOWS / LEXICON
    lexicon = tuple(sorted((path.stem, path.read_text(encoding="utf-8")) for path in words.glob("*.toml")))
    written_at = (sources.model / MODEL_FILE).stat().st_mtime_ns
    return _reader_of(lexicon, sources.model.resolve(), written_at, written, terms, roles)


@lru_cache(maxsize=4)
def _reader_of(
    lexicon: tuple[tuple[str, str], ...],
    model: Path,
    _written_at: int,
    patterns: str,
    terms: Terms,
    roles: str,
) -> Reader:
    """Return the reader for this content, cached.

    The cache key is the content of the files, not their paths, so that an edit never gets the earlier lexicon.
    """
    tables = {stem: tomllib.loads(text) for stem, text in lexicon}
    ideas, others = Ideas(tables.pop(IDEAS)), tables.pop(OTHERS)
    intents = _with_commands(_with_tongues(patterns, others), tables)
    understood = _intents(intents)
    glossary = Glossary.read(json.loads(intents).get(ASKING, {}), dict(terms), understood.spelling)
    return Reader(
        understood,
        Lexicon.read(tables, others),
        _classifier(model, _written_at, ideas),
        glossary,
        Roles.read(json.loads(roles), f"{INTENTS_FILE}.toml"),
        _public_words(model),
        Near(((each.name, line) for each in understood.intents for line in each.near), ideas),
    )


def _with_commands(patterns: str, tables: dict[str, dict[str, Any]]) -> str:
    """Add the whole-message commands of the lexicons to the patterns; return the patterns.

    So patterns.toml needs no line per language for STOP or BACK. Raise FlowError for an unknown intent.
    """
    intents = json.loads(patterns)
    for language, table in tables.items():
        for intent, messages in table.get(COMMANDS, {}).items():
            if intent not in intents:
                raise FlowError(
                    f"{LEXICON}/{language}.toml [{COMMANDS}]: {intent!r} is not an intent of {PATTERNS_FILE}.toml"
                )
            intents[intent]["exact"] = [*intents[intent].get("exact", []), *messages]
    return json.dumps(intents)


def _with_tongues(patterns: str, others: dict[str, Any]) -> str:
    """Add the names of the languages that we do not speak to the lists of the patterns, as <tongues>; return these."""
    intents = json.loads(patterns)
    names = {name for other, table in others.items() for name in OtherLanguage.read(other, table).names}
    if names:
        intents[LISTS] = {TONGUES: sorted(names), **intents.get(LISTS, {})}
    return json.dumps(intents)


@lru_cache(maxsize=2)
def _classifier(model: Path, _written_at: int, ideas: Ideas) -> Classifier:
    return Classifier.load(model, ideas)


def _public_words(model: Path) -> list[str]:
    """Return the words that identify no one, as `make model` wrote them; empty without such a file."""
    path = model / WORDS_FILE
    return path.read_text(encoding="utf-8").split() if path.is_file() else []


@lru_cache(maxsize=4)
def _intents(written: str) -> Intents:
    """Return the intents in these tables, given as JSON.

    Cached, because parsing them takes most of a book's load time and few edits touch them.
    """
    return Intents.read(json.loads(written), f"{SAFETY_FILE}.toml or {PATTERNS_FILE}.toml")
