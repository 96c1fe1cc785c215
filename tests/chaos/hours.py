"""The town's clock: the real time plus an offset in a file that all processes read.

Rule: the clock moves only while nothing is in progress, so that no duration is distorted.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.clock import moved_by

EASTERN = ZoneInfo("America/New_York")
"""The center's time zone."""
HOUR, LAST_HOUR = 14, 19
"""Eastern hours between which texts may be sent to every time zone in the town."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock whose offset is in `file`."""

    file: Path

    def now(self) -> datetime:
        """Return the current time in the town, in UTC."""
        return datetime.now(UTC) + moved_by(self.file)

    def move(self, by: timedelta) -> None:
        """Move the clock forward by `by`."""
        new = self.file.with_suffix(".new")
        new.write_text(str((moved_by(self.file) + by).total_seconds()), encoding="ascii")
        new.rename(self.file)

    def to(self, moment: datetime) -> None:
        """Move the clock forward to `moment`; do nothing if that is in the past."""
        if (by := moment - self.now()) > timedelta():
            self.move(by)

    def day_after(self, days: int) -> datetime:
        return hour_of(self.now() + timedelta(days=days))


def hour_of(moment: datetime, hour: int = HOUR) -> datetime:
    return moment.astimezone(EASTERN).replace(hour=hour, minute=0, second=0, microsecond=0)
