"""Versions of what is set at the desk, as JSON lines.

A version is written whole, by compare-and-set, and never changed. The latest counts; a rollback writes an earlier one
again, so that who and when are never lost.
"""

from __future__ import annotations

from typing import Final

from redis import Redis

from hotline.store.connection import raise_store_busy
from hotline.store.lua import Script

MOST_VERSIONS: Final = 50
"""Number of versions stored for rollback."""


class DeskVersions:
    """The versions in one list of Redis, the latest last. Every method raises StoreBusy."""

    def __init__(self, redis: Redis, key: str) -> None:
        self._redis, self._key = redis, key
        self._add = Script(redis, "add_version")

    def lines(self) -> list[str]:
        """Return all versions, latest first."""
        with raise_store_busy():
            return [str(line) for line in reversed(self._redis.lrange(self._key, 0, -1))]

    def latest(self) -> str | None:
        """Return the version in force; None if there is none."""
        with raise_store_busy():
            line = self._redis.lindex(self._key, -1)
        return str(line) if line is not None else None

    def add(self, after: int, line: str) -> bool:
        """Store a version after version `after`, 0 for none; return False if another user has added one since."""
        return bool(self._add([self._key], follows=after, version=line, most=MOST_VERSIONS))
