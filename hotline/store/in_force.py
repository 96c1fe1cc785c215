"""What the desk has set and what counts now, in every process within REFRESHED_EVERY.

Rule 1: a version is written whole, by compare-and-set, and never changed. The latest counts; going back writes an earlier
        one again, so that who and when are never lost.
Rule 2: a process asks Redis again after REFRESHED_EVERY, in a thread of its own, and a turn waits for the answer
        about as long as the last one took (`_patience`), since a parent may be waiting. While Redis is slow or away, what was last read counts, and before that the settings.
Rule 3: a version that cannot be read counts as none.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from hotline.config.office_hours import OfficeHours
from hotline.config.opening import Opening, StaffNumber
from hotline.config.settings import Settings
from hotline.log import log
from hotline.store.connection import told_as_busy
from hotline.store.staff_accounts import ACCOUNTS

VERSIONS: Final = "{desk}:opening"
"""List: versions, the latest last."""

KEPT: Final = 50
"""Versions that can be gone back to."""

REFRESHED_EVERY = timedelta(seconds=2)
SHORTEST_WAIT, LONGEST_WAIT = 0.01, 0.1
"""Seconds that a turn waits. A Redis that takes longer than half the longest is in trouble: then only the shortest."""

USUAL_SECONDS: Final = 0.025
"""For an answer, before there was any: it brings a connection with it."""

FRESH_WAIT = timedelta(seconds=1)
"""For the desk, which shows what somebody has just changed."""

ANSWER_SECONDS: Final = 2.0

ADD: Final = """
local latest = redis.call('LINDEX', KEYS[1], -1)
local number = latest and cjson.decode(latest).number or 0
if number ~= tonumber(ARGV[1]) then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[3]), -1)
return 1
"""
"""KEYS: the versions. ARGV: the number of the one that was changed, the new one, KEPT."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version: its number, who made it and when, and what it says."""

    number: int
    at: datetime
    by: str
    opening: Opening


@dataclass(frozen=True, slots=True)
class InForce:
    """What counts now. `requests_are_seen` says whether anybody at the center sees who asked for a call back or left a
    message: where not, no call may be promised.
    """

    opening: Opening
    requests_are_seen: bool
    settings: Settings

    @property
    def hours(self) -> OfficeHours:
        """When the center's people are notified that a parent waits."""
        return self.opening.hours(self.settings.time_zone)

    def on_duty(self, moment: datetime) -> tuple[StaffNumber, ...]:
        """Return whose phones may be rung at this moment, which must be aware."""
        return self.opening.on_duty(moment, self.settings.time_zone)

    @property
    def staff_numbers(self) -> tuple[str, ...]:
        """Every phone of the staff, on duty or not."""
        return tuple(each.number for each in self.opening.staff)

    def closed_words(self, moment: datetime) -> tuple[tuple[str, str], ...]:
        """Return what parents get besides on a day that was closed at the desk, by language."""
        return self.opening.closed_words(self._day(moment))

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.settings.time_zone).date()


class Versions:
    """Store versions. Every method raises StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._add = redis.register_script(ADD)

    def all(self) -> list[Version]:
        """Return the versions that can be read, the latest first."""
        with told_as_busy():
            lines = self._redis.lrange(VERSIONS, 0, -1)
        return [found for line in reversed(lines) if (found := _read_or_none(str(line))) is not None]

    def add(self, after: int, opening: Opening, by: str, now: datetime) -> bool:
        """Store a new version after the one of this number, 0 for the settings. Return False where somebody else has
        changed it meanwhile.
        """
        line = json.dumps(
            {"number": after + 1, "at": now.timestamp(), "by": by, "opening": opening.as_json()}
        )
        with told_as_busy():
            return bool(self._add(keys=[VERSIONS], args=[after, line, KEPT]))


class Live:
    """What counts now, for one process. Never raises."""

    def __init__(self, settings: Settings, redis: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._redis = _impatient(redis)
        self._found = InForce(Opening.of(settings), bool(settings.desk_password), settings)
        self._read_at = float("-inf")
        self._reading = threading.Lock()
        self._took = USUAL_SECONDS

    def now(self) -> InForce:
        """Return what counts now, at most REFRESHED_EVERY old while Redis answers."""
        if self._clock() - self._read_at >= REFRESHED_EVERY.total_seconds():
            self._refresh(self._patience)
        return self._found

    def fresh(self) -> InForce:
        """Return what counts now as Redis has it: for whoever has just changed it."""
        self._refresh(FRESH_WAIT.total_seconds())
        return self._found

    @property
    def _patience(self) -> float:
        twice = 2 * self._took
        return max(twice, SHORTEST_WAIT) if twice <= LONGEST_WAIT else SHORTEST_WAIT

    def _refresh(self, wait: float) -> None:
        """Read again, unless that is under way, and wait for it so long at most."""
        if not self._reading.acquire(blocking=False):
            return
        self._read_at = self._clock()
        reading = threading.Thread(target=self._read, name="opening", daemon=True)
        reading.start()
        reading.join(wait)

    def _read(self) -> None:
        began = time.monotonic()
        try:
            self._read_now()
        finally:
            self._took = time.monotonic() - began
            self._reading.release()

    def _read_now(self) -> None:
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.lindex(VERSIONS, -1)
                pipe.exists(ACCOUNTS)
                line, accounts = pipe.execute()
        except RedisError as error:
            log.warning("store_busy", path="opening", cause=type(error).__name__)
            return
        version = _read_or_none(str(line)) if line else None
        if line and version is None:
            log.error("opening_unreadable")
        self._found = InForce(
            version.opening if version else Opening.of(self._settings),
            bool(self._settings.desk_password) or bool(accounts),
            self._settings,
        )


def _impatient(redis: Redis) -> Redis:
    """Return a client to the same Redis with one connection, which waits for ANSWER_SECONDS and tries once."""
    pool = redis.connection_pool
    kept: dict[str, Any] = {
        **pool.connection_kwargs,
        "socket_connect_timeout": ANSWER_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    return Redis(connection_pool=ConnectionPool(pool.connection_class, **kept))


def _read_or_none(line: str) -> Version | None:
    """Return a version; None where another release wrote what this one cannot read."""
    try:
        read = json.loads(line)
        at = datetime.fromtimestamp(read["at"], UTC)
        return Version(int(read["number"]), at, str(read["by"]), Opening.from_json(read["opening"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
