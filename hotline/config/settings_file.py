r"""Read settings from a file: one NAME=value per line, as systemd reads an EnvironmentFile.

A shell is not used: `CENTER_NAME=Padres Unidos` would start a program named Unidos, and a `$` in a password would
be expanded. So the command line, the systemd units and a container see the same values.

Rule 1: nothing is expanded. Quotes around a value are optional; within double quotes, \" \\ \$ and \` stand for
        the character after the backslash.
Rule 2: a value that other readers of such files would read differently is reported as a problem, not guessed.
Rule 3: a problem names the file, the line and perhaps the setting, never a value.
Rule 4: the environment takes precedence over the file, and an empty value is the same as none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Final

from hotline.config.given import SettingsError, is_given

VARIABLE: Final = "HOTLINE_SETTINGS"
"""The environment variable that may name the file instead of `--settings`."""

ASSIGNMENT: Final = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
QUOTED: Final = re.compile(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"")
ESCAPED: Final = re.compile(r'\\(["\\$`])')
REMARK: Final = re.compile(r"\s#")
TYPOGRAPHIC: Final = "“”‘’«»„"

FILE_ENDING: Final = "_FILE"
"""NAME_FILE names a file with the value of NAME (`given`, Rule 1): only one of the two may be set."""


def load(file: Path, environ: MutableMapping[str, str]) -> None:
    """Add the settings of a file to the environment, except those that it already has.

    Raise SettingsError with all problems, after adding the settings that are valid.
    """
    values, problems = _parsed(file)
    missing = [name for name in values if not is_given(environ, name.removesuffix(FILE_ENDING))]
    environ.update({name: values[name] for name in missing if values[name]})
    if problems:
        raise SettingsError(problems)


def read(file: Path) -> Mapping[str, str]:
    """Return the values in a file by name. Raise SettingsError with all problems."""
    values, problems = _parsed(file)
    if problems:
        raise SettingsError(problems)
    return values


def _parsed(file: Path) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return the values that can be read, and the problems. Raise SettingsError if the file cannot be read."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError((f"{file} cannot be read: {error.strerror}",)) from None
    except UnicodeDecodeError:
        raise SettingsError((f"{file} cannot be read: it is not UTF-8 text",)) from None
    values: dict[str, str] = {}
    set_in: dict[str, int] = {}
    problems = []
    for number, line in _lines(text):
        try:
            name, value = _assignment(line)
            if value and values.get(name, "") not in ("", value):
                raise ValueError(f"{name} is set here and in line {set_in[name]}; keep one of them")
        except ValueError as problem:
            problems.append(f"{file}, line {number}: {problem}")
            continue
        if value or name not in values:
            values[name], set_in[name] = value, number
    return values, tuple(problems)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that set something, with their numbers from 1."""
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped and stripped[0] not in "#;":
            yield number, stripped


def _assignment(line: str) -> tuple[str, str]:
    """Return the name and the value in a line. Raise ValueError saying what is wrong."""
    found = ASSIGNMENT.fullmatch(line)
    if not found:
        raise ValueError("this is not NAME=value, without spaces around the =; a comment begins with #")
    name, value = found[1], found[2].strip()
    if not value or value[0] not in "'\"":
        return name, _plain(name, value)
    quoted = QUOTED.fullmatch(value)
    if not quoted:
        raise ValueError(f"{name} begins with a quote but does not end with it; put nothing after the second")
    return name, quoted[1] if quoted[1] is not None else ESCAPED.sub(r"\1", quoted[2])


def _plain(name: str, value: str) -> str:
    """Return an unquoted value. Raise ValueError if it is ambiguous (Rule 2)."""
    if REMARK.search(value):
        raise ValueError(
            f"{name} has a # after a space: put a value that contains one in quotes, and a comment on its own line"
        )
    if value.startswith(tuple(TYPOGRAPHIC)):
        raise ValueError(f'{name} has typographic quotes; use " or none')
    if value.endswith("\\"):
        raise ValueError(f"{name} ends with a backslash; put the whole value on one line, in single quotes")
    return value
