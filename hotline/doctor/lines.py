"""Results of the doctor: one line for each check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

WELL: Final = "ok"
"""Result of a check that found no problem, as in /status."""


class Grade(IntEnum):
    """Severity of a result."""

    WELL = 0
    ADVICE = 1
    """Worth checking, but not a failure."""
    WRONG = 2
    """Must be fixed."""
    BREAKS = 3
    """Must be fixed before serving: fails a release too."""


SHOWN: Final = {Grade.WELL: "ok", Grade.ADVICE: "ADVICE", Grade.WRONG: "WRONG", Grade.BREAKS: "WRONG"}


@dataclass(frozen=True, slots=True)
class Line:
    """One check: its name, its result ("ok", or the problem and its fix), and the severity."""

    name: str
    message: str = WELL
    grade: Grade = Grade.WELL

    def __str__(self) -> str:
        return (
            f"{SHOWN[self.grade]:<6} {self.name:<14} {'' if self.message == WELL else self.message}".rstrip()
        )


def judged(name: str, message: str, grade: Grade = Grade.WRONG) -> Line:
    """Return a line of this grade, or of WELL if the result is "ok"."""
    return Line(name) if message == WELL else Line(name, message, grade)


def fails(lines: Iterable[Line], *, release: bool) -> bool:
    """Check whether any result is severe enough for the command to fail."""
    least = Grade.BREAKS if release else Grade.WRONG
    return any(line.grade >= least for line in lines)


def as_json(lines: Iterable[Line], *, release: bool) -> dict[str, Any]:
    """Return the results as a JSON object: whether the command succeeds, and the checks in order.

    Each check has its name, its result, and whether it must be fixed.
    """
    lines = tuple(lines)
    checks = [
        {"name": line.name, "message": line.message, "must_be_fixed": line.grade >= Grade.WRONG}
        for line in lines
    ]
    return {"well": not fails(lines, release=release), "checks": checks}
