"""Searches for parents' numbers and texts where they must not be: in Redis, in queued jobs, and in logs."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from redis import Redis

NUMBER = re.compile(rb"(?<![0-9A-Za-z_-])(?:\+?1)?(?:202|212|305|312|512|617)555\d{4}(?![0-9A-Za-z_-])")
"""The numbers of the town's parents. Encrypted or hashed values have letters around the digits."""
WORDS = (b"asdf qwer", b"his grades are good", b"my son is 9")
"""Texts that parents send and that no text of the service contains."""

FAILED = ("request_failed", "uncaught")
"""Log events of internal failures."""
AWAY = frozenset({"ConnectionError", "TimeoutError", "BusyLoadingError", "StoreBusy", "ResponseError"})
"""Errors that only mean that Redis was down."""


def tells_of_parents(stored: bytes) -> bool:
    """Check whether it contains a parent's number or text."""
    return bool(NUMBER.search(stored)) or any(words in stored for words in WORDS)


def in_redis(redis: Redis) -> Iterator[str]:
    """Yield the keys whose name or value has a parent's number or text. `redis` must return bytes."""
    keys: list[bytes] = list(redis.scan_iter())
    for key in keys:
        if tells_of_parents(key):
            yield "the name of a key"
        if any(tells_of_parents(value) for value in _values(redis, key)):
            yield f"the value of {key.decode(errors='replace')}"


def in_logs(folder: Path) -> Iterator[str]:
    """Return the names of the logs with a parent's number or text."""
    return (file.name for file in folder.glob("*.log") if tells_of_parents(file.read_bytes()))


def failures(folder: Path) -> Iterator[str]:
    """Yield the log lines of failures, except those because Redis was down."""
    for file in sorted(folder.glob("*.log")):
        for line in file.read_text(errors="replace").splitlines():
            told = json.loads(line) if line.startswith("{") else {}
            if told.get("event") in FAILED and not AWAY & {told.get("error"), told.get("cause")}:
                yield f"{file.name}: {line}"


def not_replicated(folder: Path) -> list[datetime]:
    """Return when a program logged that a turn was answered before a replica had it, by the machine's clock."""
    return [
        datetime.fromisoformat(told["time"])
        for file in sorted(folder.glob("*.log"))
        for line in file.read_text(errors="replace").splitlines()
        if line.startswith("{") and (told := json.loads(line)).get("event") == "turn_not_replicated"
    ]


def _values(redis: Redis, key: bytes) -> Iterator[bytes]:
    read: dict[bytes, Callable[[bytes], Any]] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"stream": redis.xrange,
        b"none": lambda _: None,  # deleted in the meantime
    }
    kind: Any = redis.type(key)
    return _pieces(read[kind](key))


def _pieces(value: Any) -> Iterator[bytes]:
    match value:
        case bytes():
            yield _unpacked(value)
        case dict():
            for pair in value.items():
                yield from _pieces(pair)
        case list() | tuple() | set():
            for part in value:
                yield from _pieces(part)
        case _:
            pass  # a score, or nothing


def _unpacked(value: bytes) -> bytes:
    """Return the value decompressed if it is, as a job's arguments are."""
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value
