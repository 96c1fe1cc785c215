"""Looks for numbers and words of parents where none may stand: in Redis, in what waits in the queue, in logs."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from redis import Redis

NUMBER = re.compile(rb"(?<![0-9A-Za-z_-])(?:\+?1)?(?:202|212|305|312|512|617)555\d{4}(?![0-9A-Za-z_-])")
"""The numbers of the town's parents. What is sealed or hashed has letters around it."""
WORDS = (b"asdf qwer", b"his grades are good", b"my son is 9")
"""Parents said so, and none of our texts does."""

FAILED = ("request_failed", "uncaught")
"""What a log calls a fault of ours."""
AWAY = frozenset({"ConnectionError", "TimeoutError", "BusyLoadingError", "StoreBusy", "ResponseError"})
"""Errors that say nothing but that Redis was away."""


def tells_of_parents(stored: bytes) -> bool:
    """Whether a number or words of a parent stand in it."""
    return bool(NUMBER.search(stored)) or any(words in stored for words in WORDS)


def in_redis(redis: Redis) -> Iterator[str]:
    """The keys that hold what they may not, in their name or in their value. `redis` must give bytes."""
    keys: list[bytes] = list(redis.scan_iter())
    for key in keys:
        if tells_of_parents(key):
            yield "the name of a key"
        if any(tells_of_parents(value) for value in _values(redis, key)):
            yield f"the value of {key.decode(errors='replace')}"


def in_logs(folder: Path) -> Iterator[str]:
    """The logs that do."""
    return (file.name for file in folder.glob("*.log") if tells_of_parents(file.read_bytes()))


def failures(folder: Path) -> Iterator[str]:
    """What the logs tell of failures, but for a Redis that was away."""
    for file in sorted(folder.glob("*.log")):
        for line in file.read_text(errors="replace").splitlines():
            told = json.loads(line) if line.startswith("{") else {}
            if told.get("event") in FAILED and not AWAY & {told.get("error"), told.get("cause")}:
                yield f"{file.name}: {line}"


def _values(redis: Redis, key: bytes) -> Iterator[bytes]:
    read: dict[bytes, Callable[[bytes], Any]] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"stream": redis.xrange,
        b"none": lambda _: None,  # it went meanwhile
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
    """A job's arguments are packed."""
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value
