"""The town's clock: the real one, moved on through a file that all processes read.

Rule: a move is made while nothing is under way, so that nothing takes longer than it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.clock import moved_by

EASTERN = ZoneInfo("America/New_York")
HOUR, LAST_HOUR = 14, 19
"""Eastern. From the first on, texts may leave wherever a phone of the town may be, and until after the last."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock that this file moves."""

    file: Path

    def now(self) -> datetime:
        """What every process of the town takes for the time."""
        return datetime.now(UTC) + moved_by(self.file)

    def move(self, by: timedelta) -> None:
        """Moves it on."""
        new = self.file.with_suffix(".new")
        new.write_text(str((moved_by(self.file) + by).total_seconds()), encoding="ascii")
        new.rename(self.file)

    def to(self, moment: datetime) -> None:
        """Moves it on to this moment; nothing where that is past."""
        if (by := moment - self.now()) > timedelta():
            self.move(by)

    def day_after(self, days: int) -> datetime:
        """The HOUR of the day that is so many days on."""
        return hour_of(self.now() + timedelta(days=days))


def hour_of(moment: datetime, hour: int = HOUR) -> datetime:
    """This hour of the moment's day."""
    return moment.astimezone(EASTERN).replace(hour=hour, minute=0, second=0, microsecond=0)
