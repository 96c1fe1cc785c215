"""The settings made at the desk and those in force, in every process within REFRESHED_EVERY.

Rule 1: a process rereads Redis after REFRESHED_EVERY, in a separate thread, and a turn waits for it about
        as long as the last read took (`_patience`), since a parent may be waiting. While Redis is slow or
        down, the last value read applies; before the first read, the settings do.
Rule 2: a version that cannot be read is ignored.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from redis import Redis

from hotline.config.office_hours import OfficeHours
from hotline.config.opening import Opening, StaffNumber
from hotline.config.settings import Settings
from hotline.log import log
from hotline.store.connection import patient, raise_store_busy
from hotline.store.desk_versions import DeskVersions, Refreshing
from hotline.store.staff_accounts import ACCOUNTS

VERSIONS: Final = "{desk}:opening"
"""List: versions, the latest last."""

SHORTEST_WAIT, LONGEST_WAIT = 0.01, 0.1
"""Seconds a turn waits for a read: SHORTEST_WAIT once reads take over half of LONGEST_WAIT."""

USUAL_SECONDS: Final = 0.025
"""Estimated seconds of the first read, which also connects."""

FRESH_WAIT: Final = 1.0
"""Seconds that the desk waits, to show a change just made."""

ANSWER_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Version:
    """One version: its number, who made it and when, and its settings."""

    number: int
    at: datetime
    by: str
    opening: Opening


@dataclass(frozen=True, slots=True)
class InForce:
    """The settings in force now.

    `requests_are_seen` says whether anyone at the center sees requests for a call back and messages: if
    not, no call may be promised. `settings` have the center's name and phone that count now.
    """

    opening: Opening
    requests_are_seen: bool
    settings: Settings

    @property
    def hours(self) -> OfficeHours:
        """The hours when the center's staff are notified that a parent waits."""
        return self.opening.hours(self.settings.time_zone)

    def on_duty(self, moment: datetime) -> tuple[StaffNumber, ...]:
        """Return the staff phones that may be rung at this moment, which must be timezone-aware."""
        return self.opening.on_duty(moment, self.settings.time_zone)

    @property
    def staff_numbers(self) -> tuple[str, ...]:
        """Every staff phone, on duty or not."""
        return tuple(each.number for each in self.opening.staff)

    def closed_words(self, moment: datetime) -> tuple[tuple[str, str], ...]:
        """Return the extra text for parents on a day closed at the desk, by language; else ()."""
        return self.opening.closed_words(moment.astimezone(self.settings.time_zone).date())


class Versions:
    """Store versions. Every method raises StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._versions = DeskVersions(redis, VERSIONS)

    def all(self) -> list[Version]:
        """Return the readable versions, latest first."""
        return [found for line in self._versions.lines() if (found := _read_or_none(line)) is not None]

    def add(self, after: int, opening: Opening, by: str, now: datetime) -> bool:
        """Store a new version after version `after`, 0 for the settings.

        Returns False if another user has changed it meanwhile.
        """
        line = json.dumps(
            {"number": after + 1, "at": now.timestamp(), "by": by, "opening": opening.as_json()}
        )
        return self._versions.add(after, line)


class Live:
    """The settings in force, for one process. Never raises."""

    def __init__(self, settings: Settings, redis: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._redis = patient(redis, ANSWER_SECONDS)
        known = InForce(Opening.of(settings), bool(settings.desk_password), settings)
        self._refreshing = Refreshing("opening", known, self._read, clock)

    def now(self) -> InForce:
        """Return the settings in force, at most REFRESHED_EVERY old while Redis answers."""
        return self._refreshing.now(self._patience)

    def fresh(self) -> InForce:
        """Return the settings in force, read now from Redis, after a change."""
        return self._refreshing.fresh(FRESH_WAIT)

    @property
    def _patience(self) -> float:
        took = self._refreshing.took
        twice = 2 * (USUAL_SECONDS if took is None else took)
        return max(twice, SHORTEST_WAIT) if twice <= LONGEST_WAIT else SHORTEST_WAIT

    def _read(self) -> InForce:
        with raise_store_busy(), self._redis.pipeline(transaction=False) as pipe:
            pipe.lindex(VERSIONS, -1)
            pipe.exists(ACCOUNTS)
            line, accounts = pipe.execute()
        version = _read_or_none(str(line)) if line else None
        if line and version is None:
            log.error("opening_unreadable")
        opening = version.opening if version else Opening.of(self._settings)
        seen = bool(self._settings.desk_password) or bool(accounts)
        return InForce(opening, seen, opening.applied(self._settings))


def _read_or_none(line: str) -> Version | None:
    """Return a version, or None if it cannot be read, as when another release wrote it."""
    try:
        read = json.loads(line)
        at = datetime.fromtimestamp(read["at"], UTC)
        return Version(int(read["number"]), at, str(read["by"]), Opening.from_json(read["opening"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
