"""SECURITY.md agrees with the code."""

import re
import tomllib
from pathlib import Path

import pytest

from hotline.cli import COMMANDS
from workers.queue import FUNCTIONS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([^`\n]+)`", PAGE)))
SOURCES = [
    path
    for folder in ("hotline", "workers", "devtools", "flows")
    for path in sorted((ROOT / folder).rglob("*.py"))
]

SETTING = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
RULE = re.compile(r"S\d{3}")
FILE = re.compile(r"[\w./-]+\.(?:py|md|toml|txt|example)|\.env\.example")
TEST = re.compile(r"(?:test_|Test)\w+")
EVENT = re.compile(r"[a-z]+(?:_[a-z]+)+")
ADDRESS = re.compile(r"/[a-z/]+")
COMMAND = re.compile(r"(make|hotline|python -m) ([\w.-]+)")
NOT_OURS = {
    *(
        "appendonly yes",
        "maxmemory-policy noeviction",
        "rediss://",
        "NAME_FILE",
    ),  # Redis's, and any setting's
    *("hotline", "workers", "devtools", "flows", "web", "worker", "clock"),  # folders, processes
}
"""What is named and is no setting, file, test, event, address or command of ours."""


def of(kind: re.Pattern[str]) -> list[str]:
    return [name for name in NAMED if kind.fullmatch(name) and name not in NOT_OURS]


def test_every_kind_of_name_is_checked() -> None:
    kinds = (SETTING, RULE, FILE, TEST, EVENT, ADDRESS, COMMAND)
    assert [] == [
        name for name in NAMED if name not in NOT_OURS and not any(kind.fullmatch(name) for kind in kinds)
    ]
    assert 40 < len(of(TEST)), "what is claimed is shown"


@pytest.mark.parametrize("name", [name for name in of(SETTING) if not RULE.fullmatch(name)])
def test_each_setting_is_one(name: str) -> None:
    assert re.search(rf"^{name}=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", of(FILE))
def test_each_file_is_there(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.fixture(scope="module")
def tests() -> frozenset[str]:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return frozenset(re.findall(r"^ *(?:def|class) ((?:test_|Test)\w+)[(:]", written, re.MULTILINE))


@pytest.mark.parametrize("name", of(TEST))
def test_each_test_is_one(tests: frozenset[str], name: str) -> None:
    assert name in tests


@pytest.mark.parametrize("name", [name for name in of(EVENT) if not TEST.fullmatch(name)])
def test_each_event_exists(name: str) -> None:
    assert any(f'"{name}"' in path.read_text(encoding="utf-8") for path in SOURCES)


@pytest.mark.parametrize("name", of(ADDRESS))
def test_each_address_is_served(name: str) -> None:
    routes = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "hotline" / "web").glob("*.py"))
    assert re.search(rf"""["']{name}["'/]""", routes)


@pytest.mark.parametrize("name", of(COMMAND))
def test_each_command_is_one(name: str) -> None:
    program, command = name.removeprefix("python -m ").split() if name.count(" ") == 1 else ("", name)
    match program:
        case "make":
            assert re.search(rf"^{command}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        case "hotline":
            assert command in COMMANDS
        case _:
            module = ROOT / command.removeprefix("python -m ").replace(".", "/")
            assert (module / "__main__.py").is_file()


def test_each_rule_that_is_switched_off_is_listed() -> None:
    table = PAGE.partition("## Static analysis")[2]
    found = {
        (path.relative_to(ROOT).as_posix(), rule)
        for path in SOURCES
        for rule in re.findall(r"# noqa: (S\d{3})", path.read_text(encoding="utf-8"))
    }
    told = {
        (file, rule)
        for row in re.findall(r"^\| (`.*)$", table, re.MULTILINE)
        for file in re.findall(r"`([\w./]+\.py)`", row)
        for rule in RULE.findall(row)
    }
    assert found == told
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    for_all = [rule for rule in lint["ignore"] + lint["per-file-ignores"]["tests/**"] if RULE.fullmatch(rule)]
    assert [] == [rule for rule in for_all if f"`{rule}`" not in table]
    assert "S" in lint["select"]


def test_the_figures_are_those_of_the_code() -> None:
    assert 8 == len(FUNCTIONS)
    assert "Workers run only eight functions" in PAGE


def test_the_readme_leads_there() -> None:
    assert 1 == (ROOT / "README.md").read_text(encoding="utf-8").count("(SECURITY.md)")


def test_it_has_no_personal_address() -> None:
    assert "Report a vulnerability" in PAGE
    assert [] == re.findall(r"[\w.+-]+@[\w-]+\.\w+", PAGE)
