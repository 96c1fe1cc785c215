"""The words of each language: read as data, and refused with what would be right."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.said import Said
from tests.conversation.nlu.test_made_up_language import WORDS, as_toml

LANGUAGES = ("en", "es")
TABLES: dict[str, dict[str, Any]] = {
    language: tomllib.loads((OWN_FLOWS / "lexicon" / f"{language}.toml").read_text(encoding="utf-8"))
    for language in LANGUAGES
}

PSEUDO: dict[str, Any] = tomllib.loads(as_toml(WORDS))


def wrong(change: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The lexicon of English, with a table changed or, where that is None, missing."""
    table = copy.deepcopy(TABLES["en"])
    for name, value in change.items():
        if value is None:
            del table[name]
        else:
            table[name] = value
    return {"en": table}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"numbers": None}, "lexicon/en.toml: [numbers] is missing; a lexicon has ages"),
        ({"wait": None}, "lexicon/en.toml: [wait] is missing"),
        ({"commands": None}, "lexicon/en.toml: [commands] is missing"),
        ({"colors": {}}, "lexicon/en.toml: [colors] is not known; a lexicon has ages"),
        (
            {"wait": {"words": "wait"}},
            'lexicon/en.toml [wait]: words must be a list of words, such as ["one", "two"]',
        ),
        ({"wait": {"words": [1]}}, "lexicon/en.toml [wait]: words must be a list of words"),
        ({"wait": {}}, "lexicon/en.toml [wait]: words must be a list of words"),
        ({"courtesy": {"before": []}}, "lexicon/en.toml [courtesy]: after must be a list of words"),
        ({"numbers": {"two": ["two"]}}, "lexicon/en.toml [numbers]: 'two' must be a number"),
    ],
    ids=str,
)
def test_a_broken_lexicon_is_refused_with_what_would_be_right(change: dict[str, Any], told: str) -> None:
    """The error names the file and the table."""
    with pytest.raises(FlowError) as refused:
        Lexicon.read(wrong(change))
    assert str(refused.value).startswith(told)


def test_without_a_language_its_words_are_none() -> None:
    """What reads "blop" as two is its file alone, and so it is with "dos"."""
    assert "dos" not in Lexicon.read({"en": TABLES["en"]}).numbers
    assert "blop" not in Lexicon.read(TABLES).numbers
    assert 2 == Lexicon.read(TABLES).numbers["dos"]


def test_entries_are_kept_as_texts_are_compared() -> None:
    """Accents and capitals in a file do no harm."""
    table = copy.deepcopy(PSEUDO)
    table["numbers"] = {"3": ["Trés", "THREE!"]}
    assert {"tres": 3, "three": 3} == dict(Lexicon.read({"zz": table}).numbers)


def test_small_words_of_two_languages_decide_nothing() -> None:
    """What stands in each language is no sign of one."""
    other = {**PSEUDO, "small_words": {"words": ["zim", "qua"]}}
    small = Lexicon.read({"zz": PSEUDO, "yy": other}).small_words
    assert ({"zam", "zum"}, {"qua"}) == (set(small["zz"]), set(small["yy"]))


@pytest.mark.parametrize(
    ("words", "is_all"),
    [
        ("yes", True),
        ("of course", True),
        ("yes he is", True),
        ("he is", False),
        ("yes but", False),
        ("of", False),
        ("", False),
        ("of course yes", True),
    ],
)
def test_all_the_words_must_say_it(words: str, is_all: bool) -> None:
    """At least one that says it, and around it only what may stand there."""
    said = Said(frozenset({"yes", "of course"}), frozenset({"he", "is"}), longest=2)
    assert is_all is said.is_all(words.split())


def test_the_languages_have_the_same_tables() -> None:
    """Each list of each table is there in each language, and the numbers to twelve."""
    for language, table in TABLES.items():
        assert {str(n) for n in range(1, 13)} <= set(table["numbers"]), language
        assert {str(n) for n in range(1, 13)} <= set(table["ordinals"]), language
        assert {str(n) for n in range(1, 13)} == set(table["months"]), language
        assert {str(n) for n in range(7)} == set(table["weekdays"]), language
