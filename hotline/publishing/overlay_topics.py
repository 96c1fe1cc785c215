"""Add a center's own topic to the tables of the flows: its answer, its intent, and its entry in a menu."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from hotline.publishing.catalogs import Catalog, Entry
from hotline.publishing.menus import PAGES
from hotline.publishing.overlay import OwnFaq
from hotline.publishing.texts import BOOK_FILE, PATTERNS_FILE
from hotline.publishing.translations import SAY

FAQ_FILE: Final = "faq"
OWN: Final = "own_"
"""The prefix of the states of a center's own topics."""


def state_name(topic: str) -> str:
    """Return the name of the state, the intent and the choice of a center's own topic."""
    return OWN + topic


def add_topic(tables: dict[str, dict[str, Any]], first: str, name: str, faq: OwnFaq) -> None:
    """Add the state, and the sentences and words that lead to it. Its intent comes last: all others take precedence."""
    state, words = state_name(name), faq.languages[first]
    entry: dict[str, Any] = {"text": words.text, "go": "return"}
    entry |= {"say": words.say} if words.say else {}
    if faq.source and faq.reviewed and faq.review_by:
        entry |= {"source": faq.source, "reviewed": faq.reviewed, "review_by": faq.review_by}
    tables.setdefault(FAQ_FILE, {})[state] = entry
    examples = {
        "near": [example for said in faq.languages.values() for example in said.examples],
        "words": [word for said in faq.languages.values() for word in said.words],
    }
    if any(examples.values()):
        tables[PATTERNS_FILE][state] = {part: found for part, found in examples.items() if found}
        tables[BOOK_FILE].setdefault("topics", {})[state] = state


def list_in_menu(menu: dict[str, Any], first: str, name: str, faq: OwnFaq) -> None:
    """Append the topic to a menu, which is split into pages if it is full."""
    state = state_name(name)
    menu["choices"][state] = {"text": faq.languages[first].label, "go": state}
    menu[PAGES] = True


def translate_topic(catalog: Catalog, first: str, menu: str, name: str, faq: OwnFaq) -> Catalog:
    """Return the catalog with the topic's words in its language; `menu` is the file and state that lists it, or ""."""
    words, english, state = faq.languages.get(catalog.language), faq.languages[first], state_name(name)
    if words is None:
        return catalog
    text = f"{FAQ_FILE}.{state}.text"
    entries = {**catalog.entries, text: Entry(english.text, words.text)}
    if words.say or english.say:
        entries[text + SAY] = Entry(english.say or english.text, words.say or words.text)
    if menu:
        entries[f"{menu}.choice.{state}"] = Entry(english.label, words.label)
    return replace(catalog, entries=entries)
