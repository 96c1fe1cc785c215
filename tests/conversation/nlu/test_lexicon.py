"""Lexicons are read as data and refused with the fix."""

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
    """Return the English lexicon with a table changed or, if None, removed."""
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
def test_a_broken_lexicon_is_refused_with_the_fix(change: dict[str, Any], told: str) -> None:
    with pytest.raises(FlowError) as refused:
        Lexicon.read(wrong(change))
    assert str(refused.value).startswith(told)


def test_without_its_lexicon_a_language_has_no_words() -> None:
    assert "dos" not in Lexicon.read({"en": TABLES["en"]}).numbers
    assert "blop" not in Lexicon.read(TABLES).numbers
    assert 2 == Lexicon.read(TABLES).numbers["dos"]


def test_entries_are_normalized() -> None:
    table = copy.deepcopy(PSEUDO)
    table["numbers"] = {"3": ["Trés", "THREE!"]}
    assert {"tres": 3, "three": 3} == dict(Lexicon.read({"zz": table}).numbers)


def test_shared_small_words_decide_nothing() -> None:
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
def test_all_words_must_be_listed(words: str, is_all: bool) -> None:
    said = Said(frozenset({"yes", "of course"}), frozenset({"he", "is"}), longest=2)
    assert is_all is said.is_all(words.split())


def test_all_languages_have_the_same_tables() -> None:
    for language, table in TABLES.items():
        assert {str(n) for n in range(1, 13)} <= set(table["numbers"]), language
        assert {str(n) for n in range(1, 13)} <= set(table["ordinals"]), language
        assert {str(n) for n in range(1, 13)} == set(table["months"]), language
        assert {str(n) for n in range(7)} == set(table["weekdays"]), language
