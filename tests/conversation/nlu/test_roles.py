"""Roles of intents are data; their names are in one module."""

import ast
import tomllib
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.roles import Known, Roles
from tests.conversation.talk import Talk
from tests.rows import pairs

HERE = "hotline/conversation/nlu/roles.py"

OTHERWISE = pairs(__file__, "other_intents")
"""Modules in which a word that is also an intent's name stands for something else."""


@pytest.fixture
def table() -> dict[str, Any]:
    return tomllib.loads((OWN_FLOWS / "intents.toml").read_text(encoding="utf-8"))


def test_an_intents_name_is_in_one_module() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for folder in ("hotline", "workers"):
        for path in Path(folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and node.value in tuple(Known):
                    found[path.as_posix()].add(str(node.value))
    elsewhere = {path: words for path, words in found.items() if path != HERE and path not in OTHERWISE}
    assert {} == elsewhere, "use Known, or a role of flows/intents.toml"
    assert set(OTHERWISE) <= set(found), "no longer needed"


def test_the_roles_name_intents(book: Book, table: dict[str, Any]) -> None:
    classes = book.reader.classifier.heads["danger_class"].labels
    Roles.read(table, "intents.toml").check("intents.toml", book.reader.names, classes)


@pytest.mark.parametrize(
    ("part", "name", "value", "says"),
    [
        pytest.param("roles", "urgent", ["criss"], "'criss' is not an intent", id="a slip"),
        pytest.param("languages", "lengua", "es", "'lengua' is not an intent", id="a language"),
        pytest.param("keys", "5", "nothing", "'nothing' is not an intent", id="a key"),
        pytest.param("danger", "child_is_hurt", ["abus"], "'abus' is not a class of danger", id="a class"),
        pytest.param(
            "danger", "person_is_feared", ["ex"], "'ex' is not a class of danger", id="a feared one"
        ),
        pytest.param("special_cases", "foster", ["right"], "'right' is not an intent", id="a topic"),
        pytest.param("special_cases", "fster", ["rights"], "'fster' is not an intent", id="a special case"),
        pytest.param("roles", "urgnt", ["crisis"], "'urgnt' is missing or unknown", id="an unknown role"),
        pytest.param("roles", "urgent", "crisis", "urgent must be a list", id="no list"),
        pytest.param("role", "urgent", ["crisis"], "must have the tables", id="an unknown table"),
    ],
)
def test_a_wrong_name_is_refused(
    book: Book, table: dict[str, Any], part: str, name: str, value: object, says: str
) -> None:
    table.setdefault(part, {})[name] = value
    classes = book.reader.classifier.heads["danger_class"].labels
    with pytest.raises(FlowError, match=says):
        Roles.read(table, "intents.toml").check("intents.toml", book.reader.names, classes)


def test_a_missing_role_is_refused(table: dict[str, Any]) -> None:
    del table["roles"]["urgent"]
    with pytest.raises(FlowError, match="'urgent' is missing or unknown"):
        Roles.read(table, "intents.toml")


def test_a_missing_known_intent_is_refused(book: Book, table: dict[str, Any]) -> None:
    without = set(book.reader.names) - {Known.TEXT_ME}
    with pytest.raises(FlowError, match="'text_me' is not an intent"):
        Roles.read(table, "intents.toml").check("intents.toml", without, ["restraint"])


def test_keys_and_languages(book: Book) -> None:
    assert (Known.HUMAN, None) == (book.roles.keys["0"], book.roles.keys.get("5"))
    assert "es" == book.roles.languages["language_es"]
    assert set(book.roles.languages.values()) == set(book.languages)


def test_the_engine_follows_the_role(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "greeting" not in Talk(book).text("help").told
    monkeypatch.setattr(book.reader, "roles", replace(book.roles, not_greeted=frozenset()))
    assert "greeting" in Talk(book).text("help").told
