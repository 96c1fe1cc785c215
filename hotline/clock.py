"""The service's clock.

Rule 1: nothing else in the service reads the system clock. `conversation` and `channels` get the
time from `Event.at`.
Rule 2: on a developer's machine the clock can be shifted: the file named by the environment
variable CLOCK_FILE contains a number of seconds to add. No file, or an empty one, adds none.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path


def now() -> datetime:
    """Return the current time in UTC, timezone-aware, shifted by CLOCK_FILE, which is read on each call.

    Raise ValueError if the file does not contain a number.
    """
    clock_file = os.environ.get("CLOCK_FILE")
    moved = moved_by(Path(clock_file)) if clock_file else timedelta()
    return datetime.now(UTC) + moved


def moved_by(clock_file: Path) -> timedelta:
    """Return how far this file shifts the clock: zero if it is missing or empty.

    Raise ValueError if it does not contain a number. Write the file under another name and rename it,
    so that it is never read half written.
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
