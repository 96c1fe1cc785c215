"""Declare settings as fields of dataclasses, read them from one environment, and collect the problems.

Rule 1: a setting NAME may be read from the file that NAME_FILE names, as is usual for secrets in containers.
Rule 2: the value of a secret is never in a message, nor in `repr`, not even if it was set as another setting by mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, TypeVar

T = TypeVar("T")

MAY_BE_SECRET: Final = re.compile(r".*@.*|[0-9A-Za-z_+=-]{30,}", re.DOTALL)
"""Matches what may be a secret in the wrong place: a URL with a password, and what is as long as a token."""


class SettingsError(Exception):
    """Settings that are invalid, found at startup. `problems` has one line for each problem."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Required:
    """Replaces the default of a setting that must be set; `right` says what to set, as a parser does."""

    right: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, its parser, the value if it is not set, and whether its value is secret (Rule 2).

    `parse` raises ValueError, whose message continues a sentence after "it" and says what the value must be.
    """

    name: str
    parse: Callable[[str], Any]
    default: Any
    is_secret: bool


def setting(name: str, parse: Callable[[str], Any], default: Any, *, secret: bool = False) -> Any:
    """Return the field of a dataclass that has the value of this setting."""
    return field(repr=not secret, metadata={"setting": Setting(name, parse, default, secret)})


def group(of: type) -> Any:
    """Return the field of a dataclass that has other settings, in a dataclass of their own."""
    return field(metadata={"group": of})


def settings_of(of: type) -> Iterator[Setting]:
    """Yield the settings in the fields of a dataclass, and in those of its groups."""
    for each in fields(of):
        if "group" in each.metadata:
            yield from settings_of(each.metadata["group"])
        else:
            yield each.metadata["setting"]


def is_given(environ: Mapping[str, str], name: str) -> bool:
    """Check whether the environment has this setting, directly or through a file."""
    return bool(environ.get(name, "").strip() or environ.get(f"{name}_FILE", "").strip())


class Given:
    """Reader of an environment that collects the problems found so far."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def all(self, of: type[T]) -> T:
        """Return a dataclass of settings. A field with a problem is None: check `problems` before using any."""
        return of(
            **{
                each.name: self.all(each.metadata["group"])
                if "group" in each.metadata
                else self.one(each.metadata["setting"])
                for each in fields(of)  # type: ignore[arg-type]  # callers pass dataclasses
            }
        )

    def one(self, setting: Setting) -> Any:
        """Return the parsed value of one setting, or its default if it is unset or empty; None after a problem."""
        try:
            value = self._text(setting.name)
            if value:
                return setting.parse(value)
            if not isinstance(setting.default, Required):
                return setting.default
            self.problems.append(f"{setting.name} is not set; it {setting.default.right}")
        except _Unreadable as problem:
            self.problems.append(str(problem))
        except ValueError as right:
            hidden = setting.is_secret or MAY_BE_SECRET.fullmatch(value)
            wrong = "is wrong" if hidden else f"is {value!r}"
            self.problems.append(f"{setting.name} {wrong}; it {right}")
        return None

    def _text(self, name: str) -> str:
        """Return the setting without surrounding whitespace; empty if it is not set. Raise _Unreadable."""
        value = self._environ.get(name, "").strip()
        file = self._environ.get(f"{name}_FILE", "").strip()
        if not file:
            return value
        if value:
            raise _Unreadable(f"{name} and {name}_FILE are both set; keep one of them")
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise _Unreadable(f"{name}_FILE names {file}, which cannot be read: {why}") from None


class _Unreadable(Exception):
    """The source of a value cannot be read, or it has two sources."""
