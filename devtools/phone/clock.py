"""The service's clock, as the page shows and moves it.

Rule 1: only the simulated service's clock moves: the file that CLOCK_FILE names, written beside its place and
        renamed. This machine's own clock is never touched.
Rule 2: it moves forward only. What was sent cannot be unsent.
Rule 3: one clock for all pages, because the service has one.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.clock import moved_by

FARTHEST = timedelta(days=400)
"""One move at most: longer than any reminder waits, and short of what a date can hold."""


class NoClock(Exception):
    """The service's clock cannot be moved. The message says what would be right."""


class Clock:
    """Reads and moves the clock. Safe to use from many threads."""

    def __init__(self, file: Path | None, zone: ZoneInfo) -> None:
        """`file` is that of CLOCK_FILE; None when the service's clock cannot be moved."""
        self._file = file
        self._zone = zone
        self._moving = threading.Lock()
        self._moves = [(datetime.min.replace(tzinfo=UTC), self.moved)]

    @property
    def moved(self) -> timedelta:
        """How far the service's clock is ahead of this machine's."""
        return moved_by(self._file) if self._file else timedelta()

    def now(self) -> datetime:
        """This moment as the service sees it, in the hotline's own time zone."""
        return (datetime.now(UTC) + self.moved).astimezone(self._zone)

    def shown(self, at: datetime) -> datetime:
        """What the service's clock showed at a moment of this machine's."""
        moved = next(moved for since, moved in reversed(self._moves) if since <= at)
        return (at + moved).astimezone(self._zone)

    def move(self, by: timedelta) -> None:
        """Moves the clock forward. Raises NoClock, and ValueError for a move back or one too far."""
        if self._file is None:
            raise NoClock("this service has no clock that can be moved: set CLOCK_FILE")
        if not timedelta() < by <= FARTHEST:
            raise ValueError(f"the clock moves forward by up to {FARTHEST.days} days at a time; not by {by}")
        with self._moving:
            moved = self.moved + by
            new = self._file.with_suffix(".new")
            new.write_text(str(moved.total_seconds()), encoding="ascii")
            new.rename(self._file)
            self._moves.append((datetime.now(UTC), moved))

    def as_json(self) -> dict[str, object]:
        """What the page is told of it."""
        return {
            "moved_seconds": round(self.moved.total_seconds(), 3),
            "zone": self._zone.key,
            "can_move": self._file is not None,
        }
