"""The service's clock, which the page shows and moves.

Rule 1: only the clock of the service moves, through the file that CLOCK_FILE names, which is replaced atomically.
        This machine's own clock is never changed.
Rule 2: it moves forward only, because a sent text cannot be unsent.
Rule 3: all pages share one clock, because the service has one.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.clock import moved_by

FARTHEST = timedelta(days=400)
"""The largest single move: longer than any reminder's delay, and within the range of dates."""


class NoClock(Exception):
    """The service's clock cannot be moved. The message says how to fix it."""


class Clock:
    """Reads and moves the clock. Thread-safe."""

    def __init__(self, file: Path | None, zone: ZoneInfo) -> None:
        """Use `file` from CLOCK_FILE; None means that the service's clock cannot be moved."""
        self._file = file
        self._zone = zone
        self._moving = threading.Lock()
        self._moves = [(datetime.min.replace(tzinfo=UTC), self.moved)]

    @property
    def moved(self) -> timedelta:
        """How far the service's clock is ahead of this machine's."""
        return moved_by(self._file) if self._file else timedelta()

    def now(self) -> datetime:
        """Return the service's current time, in the hotline's time zone."""
        return (datetime.now(UTC) + self.moved).astimezone(self._zone)

    def shown(self, at: datetime) -> datetime:
        """Return the time on the service's clock at a given time of this machine's clock."""
        moved = next(moved for since, moved in reversed(self._moves) if since <= at)
        return (at + moved).astimezone(self._zone)

    def move(self, by: timedelta) -> None:
        """Move the clock forward. Raises NoClock, and ValueError for a move back or one too far."""
        if self._file is None:
            raise NoClock("this service's clock cannot be moved: set CLOCK_FILE")
        if not timedelta() < by <= FARTHEST:
            raise ValueError(
                f"the clock can move forward by at most {FARTHEST.days} days at a time, not by {by}"
            )
        with self._moving:
            moved = self.moved + by
            new = self._file.with_suffix(".new")
            new.write_text(str(moved.total_seconds()), encoding="ascii")
            new.rename(self._file)
            self._moves.append((datetime.now(UTC), moved))

    def as_json(self) -> dict[str, object]:
        """Return the clock's state for the page."""
        return {
            "moved_seconds": round(self.moved.total_seconds(), 3),
            "zone": self._zone.key,
            "can_move": self._file is not None,
        }
