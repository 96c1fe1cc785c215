"""Versions of the center's own words as published at the desk: all, the one being checked, and the one in force.

Rule 1: a process sees a new version within REFRESHED_EVERY, read in a separate thread, and waits for it only
        briefly, since a parent may be waiting. While Redis is slow or down, the last one read counts.
Rule 2: only the number is read each time; the words are read once per version.

An overlay is an opaque string here. It contains no parent's data.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from redis import Redis

from hotline.store.connection import patient, raise_store_busy
from hotline.store.desk_audit import DeskAudit
from hotline.store.desk_versions import DeskVersions, Refreshing
from hotline.store.leases import acquire
from hotline.store.lua import Script

VERSIONS: Final = "{desk}:words"
"""List: versions, the latest last."""

WAITING: Final = "{desk}:words:waiting"
"""String: the version that is being checked, or was refused; replaced by the next one."""

RESULTS: Final = "{desk}:words:results"
"""Hash: what became of the changes of the last day, by their ids."""

REFUSED: Final = "{desk}:words:refused:"
"""Strings: the overlays of the day's changes that were not published, by their ids."""

WALKED: Final = "{desk}:words:walked:"
"""Strings: results of walks of the flows, by what they depend on."""

WAITING_LASTS: Final = timedelta(days=1)
WALKED_LASTS: Final = timedelta(days=30)

CHECK_LASTS: Final = timedelta(minutes=10)
"""A check without a result after this time counts as dead."""

SHORT_WAIT: Final = 0.1
"""Seconds that a turn waits for the number of the version."""

FIRST_WAIT: Final = 2.0
"""Seconds that a starting process waits for it, and the desk after a change."""


@dataclass(frozen=True, slots=True)
class WordsVersion:
    """One version: its number, who published it and when, what changed, the overlay, and the book it was checked as."""

    number: int
    at: float
    by: str
    what: str
    overlay: str
    judged: str = ""

    @property
    def when(self) -> datetime:
        """The time it was published."""
        return datetime.fromtimestamp(self.at, UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version that is being checked, or what became of it.

    `after` is the version that it changes, `findings` are its problems, `number` is its own once it is published, and
    `row` is the row of the audit that says it was changed, "" without one.
    """

    id: str
    after: int
    at: float
    by: str
    what: str
    overlay: str
    state: str = "checking"
    findings: tuple[str, ...] = ()
    number: int = 0
    row: str = ""

    @property
    def when(self) -> datetime:
        """The time at which its check began."""
        return datetime.fromtimestamp(self.at, UTC)

    def is_lost(self, now: datetime) -> bool:
        """Whether its check has died."""
        return self.state == "checking" and now.timestamp() - self.at > CHECK_LASTS.total_seconds()


class WordsVersions:
    """Store versions. Every method raises StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis, self._versions = redis, DeskVersions(redis, VERSIONS)

    def all(self) -> list[WordsVersion]:
        """Return the readable versions, latest first."""
        return [found for line in self._versions.lines() if (found := _version(line)) is not None]

    def latest(self) -> WordsVersion | None:
        """Return the version in force; None if there is none."""
        line = self._versions.latest()
        return _version(line) if line else None

    def add(self, after: int, version: WordsVersion) -> bool:
        """Store a version after version `after`, 0 for none; return False if another user has published since."""
        return self._versions.add(after, json.dumps(asdict(version)))

    def begin(self, waiting: Waiting) -> bool:
        """Store a version to be checked; return False if another one is being checked. A check that died is refused."""
        before = self.waiting()
        if before and before.state == "checking":
            if not before.is_lost(waiting.when):
                return False
            self.refuse(before, ())
        self.wait(waiting)
        return True

    def wait(self, waiting: Waiting) -> None:
        """Store the version that is being checked, or its findings."""
        with raise_store_busy():
            self._redis.set(WAITING, json.dumps(asdict(waiting)), ex=WAITING_LASTS)
        self._note(waiting)

    def waiting(self) -> Waiting | None:
        """Return the version that is being checked or was refused; None if there is none."""
        with raise_store_busy():
            line = self._redis.get(WAITING)
        return _waiting(str(line)) if line else None

    def with_words(self, id: str) -> Waiting | None:
        """Return the version of this change while its words are stored: while it is checked, and for a day if it is refused."""
        waiting = self.waiting()
        if waiting is not None and waiting.id == id:
            return waiting
        if (refused := self.result(id)) is None:
            return None
        with raise_store_busy():
            overlay = self._redis.get(REFUSED + id)
        return replace(refused, overlay=str(overlay)) if overlay else None

    def published(self, waiting: Waiting, number: int) -> None:
        """Record that a version was published under this number; it waits no longer."""
        self._note(replace(waiting, state="published", number=number))
        if self.with_words(waiting.id):
            with raise_store_busy():
                self._redis.delete(WAITING)

    def refuse(self, waiting: Waiting, findings: tuple[str, ...]) -> None:
        """Store why a version is not published, also in the audit, and its words, to be corrected."""
        self.wait(replace(waiting, state="refused", findings=findings))
        with raise_store_busy():
            self._redis.set(REFUSED + waiting.id, waiting.overlay, ex=WAITING_LASTS)
        if waiting.row:
            DeskAudit(self._redis).refuse(waiting.row)

    def result(self, id: str) -> Waiting | None:
        """Return what became of a change of the last day, None if it is not known."""
        with raise_store_busy():
            line = self._redis.hget(RESULTS, id)
        return _waiting(str(line)) if line else None

    def results(self, by: str, now: datetime) -> list[Waiting]:
        """Return what became of a user's changes of the last day, the latest first."""
        with raise_store_busy():
            lines = self._redis.hvals(RESULTS)
        found = [each for line in lines if (each := _waiting(str(line))) is not None and each.by == by]
        fresh = [each for each in found if each.when > now - WAITING_LASTS]
        return sorted(fresh, key=lambda each: each.at, reverse=True)

    def _note(self, waiting: Waiting) -> None:
        """Store what became of a change, without its words."""
        with raise_store_busy():
            self._redis.hset(RESULTS, waiting.id, json.dumps(asdict(replace(waiting, overlay=""))))
            self._redis.expire(RESULTS, WAITING_LASTS)
            for id, line in self._redis.hgetall(RESULTS).items():
                each = _waiting(str(line))
                if each is None or each.at < waiting.at - WAITING_LASTS.total_seconds():
                    self._redis.hdel(RESULTS, str(id))

    def walked(self, of: str) -> str:
        """Return the stored result of a walk; "" if there is none."""
        with raise_store_busy():
            return str(self._redis.get(WALKED + of) or "")

    def store_walked(self, of: str, found: str) -> None:
        """Store the result of a walk."""
        with raise_store_busy():
            self._redis.set(WALKED + of, found, ex=WALKED_LASTS)

    def begin_walk(self, of: str) -> bool:
        """Acquire the lock of a walk; return False if another caller has it."""
        return acquire(self._redis, f"{WALKED}{of}:now", CHECK_LASTS)

    def end_walk(self, of: str) -> None:
        """Release the lock, after a walk that failed or is stored."""
        with raise_store_busy():
            self._redis.delete(f"{WALKED}{of}:now")


class LiveWords:
    """The version in force, for one process. Never raises."""

    def __init__(self, redis: Redis) -> None:
        self._redis = patient(redis, connections=1)
        self._number = Script(self._redis, "version_number")
        self._refreshing = Refreshing("words", NO_WORDS, self._read, time.monotonic)

    def now(self) -> WordsVersion:
        """Return the version in force, at most REFRESHED_EVERY old while Redis answers; number 0 if there is none."""
        return self._refreshing.now(SHORT_WAIT if self._refreshing.has_begun else FIRST_WAIT)

    def fresh(self) -> WordsVersion:
        """Return the version in force, read now from Redis, after a change."""
        return self._refreshing.fresh(FIRST_WAIT)

    def _read(self) -> WordsVersion:
        number = int(self._number([VERSIONS]))
        known = self._refreshing.value
        if number == known.number:
            return known
        return WordsVersions(self._redis).latest() or known if number else NO_WORDS


NO_WORDS: Final = WordsVersion(0, 0.0, "", "", "")
"""What counts if nothing was published."""


def _waiting(line: str) -> Waiting | None:
    """Return a change that is being checked, or None if it cannot be read."""
    try:
        read: Any = json.loads(line)
        return Waiting(**{**read, "findings": tuple(read["findings"])})
    except (ValueError, TypeError, KeyError):
        return None


def _version(line: str) -> WordsVersion | None:
    """Return a version, or None if it cannot be read, as when another release wrote it."""
    try:
        read = json.loads(line)
        return WordsVersion(
            int(read["number"]),
            float(read["at"]),
            str(read["by"]),
            str(read["what"]),
            str(read["overlay"]),
            str(read.get("judged", "")),
        )
    except (ValueError, TypeError, KeyError):
        return None
