"""Back up the stored data, and restore it into any empty Redis on any machine, one server or a cluster.

Rule 1: the keys of one bucket are read in one transaction, so that one person's data is consistent. Different
        buckets may be read at different moments.
Rule 2: keys of the service itself (heartbeats, rate limits, queue, recent counts, who is signed in at the desk) are
        left out. So after a restore the last week is read from the carrier before any planned text is sent
        (`workers.reconcile`), and a STOP since the backup is obeyed. The desk's accounts, settings, words, history and
        audit are in the backup: without an account DESK_PASSWORD would open the desk again.
Rule 3: a text sent since the backup is still waiting in it. After a restore, texts already due are checked
        with the carrier before they are sent (`restarts`).
Rule 4: a restore uses Redis commands, so it is in the append-only file like any write. Redis does not read
        a dump.rdb copied into its folder if it uses an append-only file.
Rule 5: keys keep their expiry time. Expired ones are not restored.

The file is gzipped JSON lines: a header, a line for each key, the number of keys. It contains what Redis
does: sealed numbers and hashes, no secret.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from redis import Redis
from redis.exceptions import ResponseError

from hotline.store.connection import connect_for_backup, raise_store_busy
from hotline.store.nodes import primaries
from hotline.store.restarts import Restarts

FORMAT: Final = 1

OF_THE_SERVICE: Final = re.compile(
    rb"rq:.*|webhooks:.*|(heartbeat|retention|\{(notify|sending|spending)\}):.*|\{(durable|restarts)\}|\{[0-9]+[a-z]*\}:(durable|restarts)|\{desk\}:(?!(words|accounts|opening|history|audit)\Z).*"
)
"""Keys that belong to no person (Rule 2)."""

BUCKET: Final = re.compile(rb"\{([0-9a-z]+)\}:")

AT_A_TIME: Final = 200
"""Keys restored in one pipeline."""

SCANNED: Final = 500


class NotRestored(Exception):
    """The backup was not restored. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Done:
    """The number of keys in a backup, and when it was taken."""

    keys: int
    at: datetime


def back_up(url: str, to: Path, now: datetime) -> Done:
    """Write a backup to a file that only its owner can read, and return its size and time.

    An existing file is replaced once the new one is complete. Raises StoreBusy and OSError.
    """
    new = to.with_name(f"{to.name}.new")
    count = 0
    with raise_store_busy(), connect_for_backup(url) as redis:
        version = str(primaries(redis)[0].redis.info("server").get("redis_version", ""))
        with (
            os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw,
            gzip.open(raw, "wt", encoding="ascii") as file,
        ):
            file.write(_line({"hotline_backup": FORMAT, "at": now.timestamp(), "redis": version}))
            for key, value, ends_at in _values(redis):
                file.write(_line({"key": _text(key), "value": _text(value), "ends_at": ends_at}))
                count += 1
            file.write(_line({"keys": count}))
    new.replace(to)
    return Done(count, now)


def restore(url: str, file: Path, now: datetime) -> Done:
    """Restore a backup into an empty Redis, and return the backup's size and time.

    It must have no keys but the service's own (Rule 2). Raises NotRestored, and StoreBusy if Redis fails during the
    restore: empty it before you try again.
    """
    done = _checked(file)
    with raise_store_busy(), connect_for_backup(url) as redis:
        if found := next(
            (key for key in redis.scan_iter(count=SCANNED) if not OF_THE_SERVICE.fullmatch(key)), None
        ):
            kind = BUCKET.sub(b"", found).partition(b":")[0].decode(errors="replace")
            raise NotRestored(
                f"this Redis is not empty (it holds a {kind!r}): stop web, worker and clock, and give an empty one"
            )
        # first, so that texts are checked with the carrier even if the restore is cut short
        Restarts(redis).restored(done.at, now)
        rows = (row for row in _rows(file) if row["ends_at"] == 0 or row["ends_at"] > now.timestamp() * 1000)
        some: list[dict[str, Any]] = []
        for row in rows:
            some.append(row)
            if len(some) == AT_A_TIME:
                _put_back(redis, some)
                some = []
        _put_back(redis, some)
    return done


def _values(redis: Redis) -> Iterator[tuple[bytes, bytes, int]]:
    """Yield each key, its value, and its expiry in milliseconds since 1970, 0 for never."""
    buckets: dict[bytes, set[bytes]] = {}
    for key in redis.scan_iter(count=SCANNED):
        if not OF_THE_SERVICE.fullmatch(key):
            bucket = BUCKET.match(key)
            buckets.setdefault(bucket[1] if bucket else key, set()).add(key)
    for keys in buckets.values():
        listed = sorted(keys)
        with redis.pipeline(transaction=True) as pipe:  # Rule 1
            pipe.time()
            for key in listed:
                pipe.dump(key)
                pipe.pttl(key)
            (seconds, micros), *found = pipe.execute()
        at = seconds * 1000 + micros // 1000
        for key, value, left in zip(listed, found[::2], found[1::2], strict=True):
            if value is not None:  # None if it expired during the backup
                yield key, value, at + left if left >= 0 else 0


def _put_back(redis: Redis, rows: list[dict[str, Any]]) -> None:
    with redis.pipeline(transaction=False) as pipe:
        for row in rows:
            pipe.restore(b64decode(row["key"]), row["ends_at"], b64decode(row["value"]), absttl=True)
        try:
            pipe.execute()
        except ResponseError as error:
            raise NotRestored(_why(str(error))) from None


def _why(message: str) -> str:
    if "payload version" in message:
        return "this Redis is older than the one of the backup, and can't read it: use the same version or a newer one"
    if "BUSYKEY" in message:
        return "something writes to this Redis meanwhile: stop web, worker and clock, empty it, and restore again"
    return "this Redis refuses it; look at its log, its memory and the rights of its user"


def _checked(file: Path) -> Done:
    """Read the whole file before anything is written. Raise NotRestored if it is unusable."""
    try:
        with gzip.open(file, "rt", encoding="ascii") as lines:
            first = json.loads(next(lines, "null"))
            if not isinstance(first, dict) or first.get("hotline_backup") != FORMAT:
                raise NotRestored(f"{file} is not a backup that this version can read")
            last, count = {}, -1
            for line in lines:
                last, count = json.loads(line), count + 1
    except (OSError, EOFError, ValueError) as error:
        raise NotRestored(
            f"{file} cannot be read ({type(error).__name__}): it is not a backup, or was cut short"
        ) from None
    if last.get("keys") != count:
        raise NotRestored(f"{file} was cut: take another backup")
    return Done(count, datetime.fromtimestamp(first["at"], UTC))


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="ascii") as lines:
        for line in lines:
            row = json.loads(line)
            if "key" in row:
                yield row


def _line(row: dict[str, Any]) -> str:
    return f"{json.dumps(row, separators=(',', ':'))}\n"


def _text(value: bytes) -> str:
    return b64encode(value).decode("ascii")
