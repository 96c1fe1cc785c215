"""A log of the failures caused on purpose, and of how the service reacts: a line for each observed change.

Rule 1: a phone's lines are recorded once, however many pages show the phone.
Rule 2: a line has names and codes; the page shows them in its own language.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from devtools.phone.clock import Clock
from devtools.phone.inspector import called

MOST_LINES = 50
"""Maximum lines stored per phone: as many as a person would read."""

Line = dict[str, str | int]


class Story:
    """The lines by phone number. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        """Use `clock` for the time of each line, as the service sees it."""
        self._clock = clock
        self._lines: dict[str, deque[Line]] = {}
        self._records: dict[str, Mapping[str, dict[str, Any]]] = {}
        self._away: set[str] = set()
        self._processes: dict[str, dict[str, int]] = {}
        self._telling = threading.Lock()

    def lines(self, number: str) -> list[Line]:
        """Return this phone's lines, newest first."""
        with self._telling:
            return list(self._lines.get(number, ()))[::-1]

    def tell(self, number: str, kind: str, **more: str | int) -> None:
        """Add a line."""
        with self._telling:
            self._tell(number, kind, more)

    def saw_records(self, number: str, records: Mapping[str, dict[str, Any]]) -> None:
        """Compare the follow-ups with the previous call, and add a line for each change."""
        with self._telling:
            if number in self._away:
                self._away.discard(number)
                self._tell(number, "store_back", {})
            before = self._records.get(number)
            self._records[number] = records
            for id, record in records.items() if before is not None else ():
                was = (before or {}).get(id, {**record, "state": "waiting", "reason": ""})
                if _settled(was) != _settled(record):
                    more = {
                        "reminder": called(id, record),
                        "was": was["state"],
                        "now": record["state"],
                        "reason": record.get("reason", ""),
                        "due": _due(record, self._clock),
                    }
                    self._tell(number, "record", more)

    def saw_no_store(self, number: str) -> None:
        """Add a line when Redis stops answering."""
        with self._telling:
            if number not in self._away:
                self._away.add(number)
                self._tell(number, "store_away", {})

    def saw_processes(self, number: str, processes: Mapping[str, int]) -> None:
        """Compare the service's process ids with the previous call, and add a line for each restart."""
        with self._telling:
            before = self._processes.get(number, {})
            self._processes[number] = {**before, **processes}
            for name, pid in processes.items():
                if name in before and before[name] != pid:
                    self._tell(number, "restarted", {"process": name})

    def _tell(self, number: str, kind: str, more: Mapping[str, str | int]) -> None:
        line = {"at": self._clock.now().isoformat(timespec="seconds"), "kind": kind, **more}
        self._lines.setdefault(number, deque(maxlen=MOST_LINES)).append(line)


def _settled(record: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the fields of a record whose change is worth a line.

    A claim lasts only an instant, so it counts as waiting.
    """
    state = "waiting" if record["state"] == "claimed" else record["state"]
    return state, record.get("reason", ""), record["due"]


def _due(record: Mapping[str, Any], clock: Clock) -> str:
    """Return when a waiting record is due, in ISO 8601; "" if it does not wait."""
    if record["state"] not in ("waiting", "claimed"):
        return ""
    return datetime.fromtimestamp(record["due"], clock.now().tzinfo).isoformat(timespec="seconds")
