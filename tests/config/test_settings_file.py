"""A settings file is unambiguous: nothing is expanded, nothing is guessed, and no error contains a value."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.config.given import SettingsError
from hotline.config.oddities import STAND_INS
from hotline.config.settings_file import VARIABLE, load, read

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / ".env.example"


def written(folder: Path, text: str) -> Path:
    file = folder / "hotline.env"
    file.write_bytes(text.encode())
    return file


VALUES = {
    "a blank": ("A=Padres Unidos de Oakland", "Padres Unidos de Oakland"),
    "a blank within quotes": ('A="Padres Unidos"', "Padres Unidos"),
    "single quotes": ("A='Padres Unidos'", "Padres Unidos"),
    "a dollar": ("A=fuente $ol y luna", "fuente $ol y luna"),
    "a dollar within quotes": ('A="fuente $ol `y` luna"', "fuente $ol `y` luna"),
    "a hash without a blank": ("A=luna#7", "luna#7"),
    "a hash within quotes": ('A="luna #7"', "luna #7"),
    "an apostrophe": ("A=Parents' Place", "Parents' Place"),
    "an apostrophe within quotes": ('A="Parents\' Place"', "Parents' Place"),
    "quotes within quotes": (r'A="the \"Place\" \\ \$5"', r'the "Place" \ $5'),
    "a backslash in single quotes": (r"A='a\nb'", r"a\nb"),
    "parentheses": ("A=(510) 262-0050", "(510) 262-0050"),
    "an equals sign": ("A=x=1&y=2;z|w", "x=1&y=2;z|w"),
    "as a shell needs it": ("export A=one", "one"),
    "blanks around it": ("  A= one  ", "one"),
    "nothing": ("A=", ""),
    "nothing in quotes": ('A=""', ""),
    "from Windows": ("A=one two\r\nB=3\r\n", "one two"),
    "twice the same": ("A=one\nA=one", "one"),
    "empty, then set": ("A=\nA=one", "one"),
    "set, then empty": ("A=one\nA=", "one"),
}


@pytest.mark.parametrize(("text", "value"), VALUES.values(), ids=VALUES.keys())
def test_a_value_is_taken_literally(text: str, value: str, tmp_path: Path) -> None:
    for before in ("", "# A remark\n; another\n\n", "\ufeff"):
        assert value == read(written(tmp_path, f"{before}{text}\n"))["A"]


PROBLEMS = {
    "no equals sign": ("CENTER_NAME: secret", "line 1: this is not NAME=value"),
    "a blank before it": ("A =secret", "line 1: this is not NAME=value"),
    "no name": ("=secret", "line 1: this is not NAME=value"),
    "an open quote": ('A="secret', "line 1: A begins with a quote but does not end with it"),
    "more after a quote": ('A="secret" word', "line 1: A begins with a quote but does not end with it"),
    "a remark after the value": ("B=1\nA=secret # ours", "line 2: A has a # after a space"),
    "quotes of a word processor": ("A=“secret”", "line 1: A has typographic quotes"),
    "a value on two lines": ("A=secret \\\nmore", "line 1: A ends with a backslash"),
    "set twice": ("A=secret\n\nA=another", "line 3: A is set here and in line 1"),
}


@pytest.mark.parametrize(("text", "words"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_an_ambiguous_line_is_a_problem(text: str, words: str, tmp_path: Path) -> None:
    file = written(tmp_path, text)
    with pytest.raises(SettingsError) as raised:
        read(file)
    assert words in raised.value.problems[0]
    assert raised.value.problems[0].startswith(f"{file}, ")
    assert "secret" not in str(raised.value)


def test_all_problems_are_reported_together(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        read(written(tmp_path, 'A\nB="\nC=1\nD=x #'))
    assert ["line 1", "line 2", "line 4"] == [each.split(", ")[1][:6] for each in raised.value.problems]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        read(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"A=\xff")
    with pytest.raises(SettingsError, match="it is not UTF-8 text"):
        read(tmp_path / "binary")


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "HOST=127.0.0.1\nPORT=9\nBOOKS_DIR=\nDESK_PASSWORD=a b c d\nREDIS_URL=redis://r")
    environ = {"HOST": "0.0.0.0", "PORT": " ", "BOOKS_DIR": "/books", "REDIS_URL_FILE": "/run/secrets/redis"}
    load(file, environ)
    assert {
        "HOST": "0.0.0.0",
        "PORT": "9",
        "BOOKS_DIR": "/books",
        "REDIS_URL_FILE": "/run/secrets/redis",
        "DESK_PASSWORD": "a b c d",
    } == environ


@pytest.mark.parametrize("names", [("PORT", "PORT_FILE"), ("PORT_FILE", "PORT")], ids=str)
def test_a_setting_with_a_file_of_its_own_is_not_dropped(names: tuple[str, str], tmp_path: Path) -> None:
    environ: dict[str, str] = {}
    load(written(tmp_path, "".join(f"{name}=1\n" for name in names)), environ)
    assert set(names) == environ.keys()


def test_the_example_means_the_same_to_a_shell() -> None:
    """Some operators load it with `set -a; . ./.env`, others as an EnvironmentFile."""
    printed = subprocess.run(
        ["/bin/sh", "-euc", f'set -a; . "{EXAMPLE}"; env -0'],
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"]},
    ).stdout.decode()
    by_shell = dict(each.split("=", 1) for each in printed.split("\0") if each)
    assert read(EXAMPLE).items() <= by_shell.items()


@pytest.mark.parametrize(
    ("by_variable", "content", "told"),
    [
        (True, "CENTER_NAME=Padres Unidos de Oakland\nPORT=eighty", "PORT is 'eighty'"),
        (False, "CENTER NAME=x", "line 1: this is not NAME=value"),
    ],
)
def test_commands_read_the_settings_file(by_variable: bool, content: str, told: str, tmp_path: Path) -> None:
    file = written(tmp_path, content)
    option = [] if by_variable else ["--settings", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "hotline", *option, "backup", str(tmp_path / "b")],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **({VARIABLE: str(file)} if by_variable else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 2 == done.returncode
    assert told in done.stderr
    assert "CENTER_NAME" not in done.stderr, "it is set, or cannot be read"


def test_doctor_reports_unreadable_lines_with_all_other_problems(tmp_path: Path) -> None:
    given = {**STAND_INS, "TIME_ZONE": "EST", "PORT": "eighty", "CENTER_NAME": "Padres # ours"}
    file = written(tmp_path, "".join(f"{name}={value}\n" for name, value in given.items()))
    done = subprocess.run(
        [sys.executable, "-m", "hotline", "--settings", str(file), "doctor", "--json"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 1 == done.returncode
    messages = [each["message"] for each in json.loads(done.stdout)["checks"]]
    expected = (f"{file}, line 7: CENTER_NAME has a # after a space", "PORT is 'eighty'", "TIME_ZONE is EST")
    assert len(expected) == len(messages), messages
    assert all(line.startswith(words) for line, words in zip(messages, expected, strict=True)), messages
