"""What the doctor says: a line for each thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

WELL: Final = "ok"
"""What a check says when nothing is wrong, as those of /status do."""


class Grade(IntEnum):
    """How bad it is."""

    WELL = 0
    ADVICE = 1
    """Worth a look; no failure."""
    WRONG = 2
    """Must be fixed."""
    BREAKS = 3
    """Must be fixed before anybody is served: it fails a release too."""


SHOWN: Final = {Grade.WELL: "well", Grade.ADVICE: "look", Grade.WRONG: "WRONG", Grade.BREAKS: "WRONG"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing, what was found ("ok", or what is wrong and what to do), and how bad that is."""

    name: str
    told: str = WELL
    grade: Grade = Grade.WELL

    def __str__(self) -> str:
        return f"{SHOWN[self.grade]:<6} {self.name:<14} {'' if self.told == WELL else self.told}".rstrip()


def judged(name: str, told: str, grade: Grade = Grade.WRONG) -> Line:
    """Return a line of this grade, or one that is well."""
    return Line(name) if told == WELL else Line(name, told, grade)


def fails(lines: Iterable[Line], *, release: bool) -> bool:
    """Say whether the command must fail."""
    least = Grade.BREAKS if release else Grade.WRONG
    return any(line.grade >= least for line in lines)


def as_json(lines: Iterable[Line], *, release: bool) -> dict[str, Any]:
    """Return the lines as JSON: `checks` in their order, each with its name, what was told, and whether it must be
    fixed.
    """
    lines = tuple(lines)
    checks = [
        {"name": line.name, "told": line.told, "must_be_fixed": line.grade >= Grade.WRONG} for line in lines
    ]
    return {"well": not fails(lines, release=release), "checks": checks}
