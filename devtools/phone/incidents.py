"""What went wrong on purpose, and what the service did about it: a line for each change that was seen.

Rule 1: the lines of a phone are kept once, however many pages look at it.
Rule 2: a line holds names and codes; the page says them in its own language.
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
"""Of one phone: what a person reads back."""

Line = dict[str, str | int]


class Story:
    """The lines, by phone number. Safe to use from many threads."""

    def __init__(self, clock: Clock) -> None:
        """`clock` tells when a line was written, as the service sees it."""
        self._clock = clock
        self._lines: dict[str, deque[Line]] = {}
        self._records: dict[str, Mapping[str, dict[str, Any]]] = {}
        self._away: set[str] = set()
        self._processes: dict[str, dict[str, int]] = {}
        self._telling = threading.Lock()

    def lines(self, number: str) -> list[Line]:
        """What happened to this phone, the newest first."""
        with self._telling:
            return list(self._lines.get(number, ()))[::-1]

    def tell(self, number: str, kind: str, **more: str | int) -> None:
        """Adds a line."""
        with self._telling:
            self._tell(number, kind, more)

    def saw_records(self, number: str, records: Mapping[str, dict[str, Any]]) -> None:
        """The follow-ups as they now are. Those that changed since the last look are told."""
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
        """Redis did not answer."""
        with self._telling:
            if number not in self._away:
                self._away.add(number)
                self._tell(number, "store_away", {})

    def saw_processes(self, number: str, processes: Mapping[str, int]) -> None:
        """The service's processes by name. One that was started anew is told."""
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
    """What of a record is worth a line when it changes. A claim lasts an instant; so may the time between a
    record that is new and what has become of it when we look.
    """
    state = "waiting" if record["state"] == "claimed" else record["state"]
    return state, record.get("reason", ""), record["due"]


def _due(record: Mapping[str, Any], clock: Clock) -> str:
    """When it is to leave, while it waits."""
    if record["state"] not in ("waiting", "claimed"):
        return ""
    return datetime.fromtimestamp(record["due"], clock.now().tzinfo).isoformat(timespec="seconds")
