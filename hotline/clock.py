"""The time, as the service sees it.

Rule 1: nothing else in the service asks the machine for the date. `conversation` and `channels`
get the time in `Event.at`.
Rule 2: on a developer's machine the clock can be moved: the file that the environment's
CLOCK_FILE names holds a number of seconds, which is added. No file, or an empty one, adds none.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path


def now() -> datetime:
    """This moment: aware, in UTC, moved by what CLOCK_FILE says. The file is read at each call.

    Raises ValueError when the file holds something that is not a number.
    """
    clock_file = os.environ.get("CLOCK_FILE")
    moved = moved_by(Path(clock_file)) if clock_file else timedelta()
    return datetime.now(UTC) + moved


def moved_by(clock_file: Path) -> timedelta:
    """How far this file moves the clock. Nothing when there is no such file or it is empty.

    Write the file beside its place and rename it, so that it is never read half written.
    """
    try:
        words = clock_file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return timedelta()
    try:
        return timedelta(seconds=float(words or 0))
    except (ValueError, OverflowError):
        raise ValueError(
            f"{clock_file} holds {words[:20]!r}; it moves the clock, so it must hold a number of seconds, "
            "such as 86400"
        ) from None
