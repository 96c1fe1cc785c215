"""Load `flows/letters/` into Letters at startup; raise FlowError if invalid.

`page.toml` lists the letters and contains the surrounding texts, one table per language. Every other file
is one letter: its source of law, and for each language a title, when to use it, and the letter as a
parent would write it, in the notation of `letter_text`.

Rule 1: every letter has every language of page.toml, with the same paragraphs, number of blanks and slots,
        so that no translation omits a blank and an answer fills it in each language.
Rule 2: every letter has source, reviewed and review_by.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

from hotline.config.settings import Settings
from hotline.conversation.book.names import unknown
from hotline.conversation.book.reader import LAW_KEYS, read_law
from hotline.conversation.book.states import Law
from hotline.conversation.book.texts import fill
from hotline.conversation.model.events import FlowError
from hotline.publishing.letter_text import LetterText, read_blocks
from hotline.publishing.printed_texts import LETTERS, own_or_bundled
from hotline.publishing.sources import Folder, need_known_keys, read_toml

PAGE_FILE = "page.toml"
KIND = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")

PAGE_WORDS = frozenset(
    "language front front_number front_staff front_trial list_title list_intro finished_title finished_how finished_private closed how email send beside when more all not_found contact disclaimer sources reviewed".split()
)
"""The texts around a letter. The pages use all of them."""

WORDING_KEYS = frozenset({"title", "when", "letter"})


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `wordings` has every language of the Letters that contain it."""

    kind: str
    law: Law
    wordings: Mapping[str, LetterText]


@dataclass(frozen=True, slots=True)
class Letters:
    """All letters by kind, in display order, and the texts around them by language."""

    by_kind: Mapping[str, Letter]
    words: Mapping[str, Mapping[str, str]]

    @property
    def slots(self) -> frozenset[str]:
        """The names of the questions whose answers fill blanks in these letters."""
        wordings = (letter.wordings[self.languages[0]] for letter in self.by_kind.values())
        return frozenset(slot for wording in wordings for block in wording.blocks for slot in block.slots)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of every letter, the default one first."""
        return tuple(self.words)


def letters_for(settings: Settings, flows: Folder) -> tuple[Letters, str]:
    """Return the letters of `flows`, as `own_or_bundled` does."""
    return own_or_bundled(lambda folder: load_letters(folder, settings.names), flows, LETTERS)


def load_letters(flows: Folder, names: Mapping[str, str]) -> Letters:
    """Return the letters of these flows, with {hotline} and the like filled from `names`. Raise FlowError."""
    folder = flows / LETTERS
    page = read_toml(folder / PAGE_FILE, f"letters/{PAGE_FILE}")
    kinds = page.pop("letters", None)
    _check_kinds(kinds, folder)
    words = {language: _page_words(language, entry, names) for language, entry in page.items()}
    if not words:
        raise FlowError(f"letters/{PAGE_FILE}: has no language; add [en] with the texts around a letter")
    letters = {kind: _letter(kind, folder, tuple(words), names) for kind in kinds}
    return Letters(letters, words)


def _check_kinds(kinds: Any, folder: Folder) -> None:
    """Raise FlowError unless page.toml lists exactly the letters in the folder."""
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise FlowError(f'letters/{PAGE_FILE}: must list the letters: letters = ["evaluation", "records"]')
    there = {path.stem for path in folder.glob("*.toml")} - {Path(PAGE_FILE).stem}
    for kind in kinds:
        if kind not in there:
            raise FlowError(f"letters/{PAGE_FILE} letters: {unknown('letter', kind, there)}")
    for kind in sorted(there):
        if not KIND.match(kind):
            raise FlowError(f"letters/{kind}.toml: a file name may have lowercase letters, digits, _ and -")
        if kind not in kinds:
            raise FlowError(
                f"letters/{kind}.toml: is not listed in {PAGE_FILE}; add {kind!r} there to letters"
            )


def _page_words(language: str, entry: Any, names: Mapping[str, str]) -> dict[str, str]:
    where = f"letters/{PAGE_FILE} [{language}]"
    try:
        Locale.parse(language)
    except (ValueError, UnknownLocaleError):
        raise FlowError(f"{where}: is not a language; use its code, such as en, es or vi") from None
    return {
        word: fill(f"{where} {word}", text, names) for word, text in _texts(where, entry, PAGE_WORDS).items()
    }


def _letter(kind: str, folder: Folder, languages: tuple[str, ...], names: Mapping[str, str]) -> Letter:
    where = f"letters/{kind}.toml"
    table = read_toml(folder / f"{kind}.toml", where)
    need_known_keys(where, table, {*LAW_KEYS, *languages})
    if missing := [language for language in languages if language not in table]:
        raise FlowError(
            f"{where}: has no [{missing[0]}]; every letter needs each language of {PAGE_FILE}: "
            + ", ".join(languages)
        )
    law = read_law(where, table)
    if law is None:
        raise FlowError(f"{where}: a letter needs source, reviewed and review_by")
    wordings = {language: _wording(f"{where} [{language}]", table[language], names) for language in languages}
    first = wordings[languages[0]]
    for language, wording in wordings.items():
        _check_same(f"{where} [{language}]", wording, languages[0], first)
    return Letter(kind, law, wordings)


def _wording(where: str, entry: Any, names: Mapping[str, str]) -> LetterText:
    texts = {
        key: fill(f"{where} {key}", text, names) for key, text in _texts(where, entry, WORDING_KEYS).items()
    }
    return LetterText(texts["title"], texts["when"], tuple(read_blocks(where, texts["letter"])))


def _texts(where: str, entry: Any, keys: Collection[str]) -> dict[str, str]:
    """Return the entry. Raise FlowError unless it has a text for each of `keys` and nothing else."""
    if not isinstance(entry, Mapping):
        raise FlowError(f"{where}: must be a table with " + ", ".join(sorted(keys)))
    need_known_keys(where, entry, keys)
    for key in sorted(keys):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            raise FlowError(f'{where}: needs {key} = "..."')
    return dict(entry)


def _check_same(where: str, wording: LetterText, language: str, first: LetterText) -> None:
    """Raise FlowError unless both have the same paragraphs and lists, with the same number of blanks in each."""
    shape, right = ([block.listed for block in each.blocks] for each in (wording, first))
    if shape != right:
        raise FlowError(
            f"{where}: has {len(shape)} paragraphs and lists, [{language}] has {len(right)} or in another order; "
            "make them match"
        )
    for number, (block, model) in enumerate(zip(wording.blocks, first.blocks, strict=True), 1):
        if block.blanks != model.blanks or (block.listed and len(block.lines) != len(model.lines)):
            raise FlowError(
                f"{where} paragraph or list {number}: has {block.blanks} blanks in {len(block.lines)} lines, "
                f"[{language}] has {model.blanks} in {len(model.lines)}; make them match"
            )
        if sorted(block.slots) != sorted(model.slots):
            raise FlowError(
                f"{where} paragraph or list {number}: its blanks have the slots {sorted(block.slots)}, those of "
                f"[{language}] {sorted(model.slots)}; make them match"
            )
