"""Searches for parents' numbers and texts where they must not be: in Redis, in queued jobs, and in logs."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from redis import Redis

from tests.stored import content

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
    for key, held in content(redis).items():
        if tells_of_parents(key):
            yield "the name of a key"
        if tells_of_parents(held):
            yield f"the value of {key.decode(errors='replace')}"


def in_logs(folder: Path) -> Iterator[str]:
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
