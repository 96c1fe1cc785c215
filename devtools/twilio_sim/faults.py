"""Faults that a test injects; each is used up by the requests it affects."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from enum import StrEnum

DEFAULT_STALL_S = 30.0
"""Longer than any client's timeout should be."""


class FaultKind(StrEnum):
    """The effect of a fault."""

    REFUSE = "refuse"
    """REST: the send is refused with `code` (a Twilio code, or an HTTP status such as 500)."""
    UNDELIVERED = "undelivered"
    """REST: the send is accepted, and later fails with `code`."""
    STALL = "stall"
    """REST: the send is accepted, but the response is delayed by `seconds`."""
    DUPLICATE = "duplicate"
    """Webhook of a text: delivered twice with the same ids; the second response is used."""
    LATE = "late"
    """Webhook of a text: delivered after `seconds`; its response is still used. Later texts do not wait."""
    OUT_OF_ORDER = "out of order"
    """REST: the send is accepted; its status callbacks arrive in reverse order."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault for the next `times` requests, limited to the number `to` unless that is ""."""

    kind: FaultKind
    code: int = 0
    seconds: float = DEFAULT_STALL_S
    times: int = 1
    to: str = ""


CHOICES: dict[str, Fault] = {
    "21610": Fault(FaultKind.REFUSE, code=21610),
    "429": Fault(FaultKind.REFUSE, code=20429),
    "500": Fault(FaultKind.REFUSE, code=500),
    "30003": Fault(FaultKind.UNDELIVERED, code=30003),
    "30005": Fault(FaultKind.UNDELIVERED, code=30005),
    "30007": Fault(FaultKind.UNDELIVERED, code=30007),
    "30034": Fault(FaultKind.UNDELIVERED, code=30034),
    "time-out": Fault(FaultKind.STALL),
    "out of order": Fault(FaultKind.OUT_OF_ORDER),
    "duplicate": Fault(FaultKind.DUPLICATE),
    "late": Fault(FaultKind.LATE, seconds=10),
}
"""Faults by name, for testers to choose from.

The last two affect a text from the person, the others a text that the hotline sends through REST.
"""


class Faults:
    """The pending faults, oldest first. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._waiting.append(fault)

    def take(self, number: str, kind: FaultKind) -> Fault | None:
        """Use up and return the next fault of this kind for `number`, or None if there is none."""
        with self._lock:
            for at, fault in enumerate(self._waiting):
                if fault.kind == kind and fault.to in ("", number):
                    left = replace(fault, times=fault.times - 1)
                    self._waiting[at : at + 1] = [left] if left.times > 0 else []
                    return fault
        return None

    def waiting_for(self, number: str) -> list[str]:
        """Return the names in CHOICES of the faults pending for this number; "" for an unnamed fault."""
        with self._lock:
            waiting = [fault for fault in self._waiting if fault.to == number]
        names = {(fault.kind, fault.code): name for name, fault in CHOICES.items()}
        return [names.get((fault.kind, fault.code), "") for fault in waiting]

    def clear(self) -> None:
        """Remove all pending faults."""
        with self._lock:
            self._waiting.clear()
