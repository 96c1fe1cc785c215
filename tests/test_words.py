"""Names and docstrings use common terms."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

FOLDERS = ("hotline", "workers", "devtools")

WORDS = re.compile(
    r"(?<![:\w])(told|kept|heard|mends?|mended|way on|what is left|somebody|anybody|whoever|of ours|fared|normalise\w*)(?![:\w])",
    re.IGNORECASE,
)
"""Words that have to be translated while they are read: each stood for many things. A docstring has none of them."""

IN_NAMES = {
    "told",
    "kept",
    "heard",
    "mend",
    "mended",
    "somebody",
    "anybody",
    "whoever",
    "fared",
    "meaning",
    "normalise",
}
"""The same, as parts of a name."""

OF_SPEECH = ("devtools/twilio_sim/", "devtools/phone/")
"""Where "heard" is what it says: a caller hears."""


@cache
def trees() -> dict[str, ast.Module]:
    paths = (path for folder in FOLDERS for path in sorted(Path(folder).rglob("*.py")))
    return {path.as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def docstrings() -> Iterator[tuple[str, str]]:
    """Yield each docstring with its place, without text in backticks."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                written = re.sub(r"`[^`]*`", "", ast.get_docstring(node) or "")
                yield f"{path} {getattr(node, 'name', '')}", written


def defined(node: ast.AST) -> str:
    """Return the name that a node defines, or ""."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
            return name
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            return name
        case ast.alias(asname=str(name)):
            return name
        case _:
            return ""


def words_of(name: str) -> set[str]:
    return {part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def private_names() -> set[str]:
    found = {
        f"{path}:{name}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if (name := defined(node)) and IN_NAMES & words_of(name)
    }
    return {
        one for one in found if not (one.startswith(OF_SPEECH) and words_of(one.split(":")[1]) >= {"heard"})
    }


def test_docstrings_have_no_private_words() -> None:
    found = [
        f"{place}: {word[0]}"
        for place, text in docstrings()
        for word in WORDS.finditer(text)
        if not (word[0].lower() == "heard" and place.startswith(OF_SPEECH))
    ]
    assert [] == found


def test_names_have_no_private_words() -> None:
    assert sorted(private_names()) == [], "use a field term (CONTRIBUTING.md)"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What is told is kept.", ["told", "kept"]),
        ("{calls}:told:<hour>", []),
        ("A retold tale, markedly.", []),
    ],
)
def test_words_are_found_whole(text: str, found: list[str]) -> None:
    assert found == [word[0] for word in WORDS.finditer(text)]


def test_a_name_is_read_word_by_word() -> None:
    assert {"told", "as", "busy"} == words_of("told_as_busy")
    assert {"not", "told"} == words_of("NotTold")
    assert {"retold"} == words_of("retold")
