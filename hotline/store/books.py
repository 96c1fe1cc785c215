"""Store the sources of published books in Redis, so that every machine knows what a person was asked.

A folder of books (`BOOKS_DIR`) is shared only by the processes of one machine. Without this, an answer that
reaches another machine would be interpreted by a book that did not ask the question.

Rule 1: a book is read only if it has our mark: a client that can write to Redis cannot put words in our texts.
Rule 2: nothing here raises or blocks for long: a book that cannot be read counts as not stored.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from redis import Redis

from hotline import clock
from hotline.log import log
from hotline.store.connection import StoreBusy, raise_store_busy
from hotline.store.keys import Secrets

RETENTION: Final = timedelta(days=7)
"""A session's lifetime."""

CURRENT: Final = "{books}:current"
"""A sorted set of the versions, by when each was last current."""

MOST: Final = 50
"""Maximum versions stored, of about 540 kB each."""

PACKING: Final = 4
"""The level of compression: 4 takes 40 % of the time of the usual 6, in which a start waits, for 5 % more bytes."""


class StoredBooks:
    """The books in Redis. Thread-safe."""

    def __init__(self, redis: Redis, secrets: Secrets) -> None:
        self._redis, self._secrets = redis, secrets

    def put(self, version: str, files: Mapping[str, str]) -> None:
        """Store the sources of a version, unless already stored, and mark it as current."""
        packed = zlib.compress(json.dumps(files, sort_keys=True).encode(), PACKING).hex()
        try:
            with raise_store_busy(), self._redis.pipeline(transaction=True) as pipe:
                pipe.set(_key(version), f"{self._mark(version, packed)} {packed}", nx=True)
                now = clock.now().timestamp()
                pipe.expire(_key(version), RETENTION)
                pipe.zadd(CURRENT, {version: now})
                pipe.zremrangebyscore(CURRENT, "-inf", now - RETENTION.total_seconds())
                pipe.zremrangebyrank(CURRENT, 0, -MOST - 1)
                pipe.expire(CURRENT, RETENTION)
                pipe.execute()
        except StoreBusy as busy:
            log.warning("book_not_stored", error=str(busy))

    def get(self, version: str) -> dict[str, str]:
        """Return the sources of a version by path; {} if it is not stored, or not by us."""
        try:
            with raise_store_busy():
                stored = self._redis.get(_key(version))
        except StoreBusy as busy:
            log.warning("store_busy", cause=str(busy))
            return {}
        mark, _, packed = str(stored or "").partition(" ")
        if not packed:
            return {}
        if mark != self._mark(version, packed):
            log.error("book_not_ours")
            return {}
        files: dict[str, str] = json.loads(zlib.decompress(bytes.fromhex(packed)))
        return files

    def versions(self) -> tuple[str, ...]:
        """Return the stored versions, the most recently current one first."""
        try:
            with raise_store_busy():
                return tuple(map(str, self._redis.zrevrange(CURRENT, 0, -1)))
        except StoreBusy:
            return ()

    def _mark(self, version: str, packed: str) -> str:
        return self._secrets.mark(f"book {version} {packed}")


def _key(version: str) -> str:
    return f"{{books}}:version:{version}"
