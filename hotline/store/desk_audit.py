"""Audit trail of the desk: each view of a number and each change.

Rule 1: a row has no number, no message text, and no name that leads to a parent: a request is identified by
        a keyed mark.
Rule 2: a row is written before the data is shown or changed; if the write fails, nothing is. If it is refused
        then, the row says so.
Rule 3: a row is removed after RETENTION.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from redis import Redis

from hotline.store.connection import raise_store_busy

AUDIT: Final = "{desk}:audit"
"""Sorted set: rows by time."""

RETENTION = timedelta(days=365)
"""Long enough to find out a year later who viewed a number."""

SHOWN: Final = 200

REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    `by` is an account's name, "" for DESK_PASSWORD or the command line; `about` is the mark of a request,
    the name of an account, or the names of the changed settings; `refused` says that it was not done.
    """

    at: datetime
    by: str
    what: str
    about: str
    refused: bool = False


class DeskAudit:
    """Store the rows. Every method raises StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def add(self, by: str, what: str, about: str, now: datetime) -> str:
        """Store one row, remove expired ones, and return what `refuse` needs."""
        row = json.dumps([by, what, about, secrets.token_hex(4)])
        with raise_store_busy(), self._redis.pipeline(transaction=True) as pipe:
            pipe.zadd(AUDIT, {row: now.timestamp()})
            pipe.zremrangebyscore(AUDIT, "-inf", (now - RETENTION).timestamp())
            pipe.expire(AUDIT, RETENTION)
            pipe.execute()
        return row

    def refuse(self, row: str) -> None:
        """Mark a row: what it says was not done."""
        with raise_store_busy():
            at: Any = self._redis.zscore(AUDIT, row)
        if at is None:
            return
        with raise_store_busy(), self._redis.pipeline(transaction=True) as pipe:
            pipe.zrem(AUDIT, row)
            pipe.zadd(AUDIT, {json.dumps([*json.loads(row), REFUSED]): at})
            pipe.execute()

    def rows(self, most: int = SHOWN) -> list[Row]:
        """Return the latest rows, newest first."""
        with raise_store_busy():
            found: Any = self._redis.zrange(AUDIT, 0, most - 1, desc=True, withscores=True)
        return [_read(str(line), float(at)) for line, at in found]


def _read(line: str, at: float) -> Row:
    by, what, about, _, *end = json.loads(line)
    return Row(datetime.fromtimestamp(at, UTC), by, what, about, refused=end == [REFUSED])
