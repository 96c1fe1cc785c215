"""What is to go wrong next, set by a test: each fault is used up by the requests it spoils."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from enum import StrEnum

DEFAULT_STALL_S = 30.0
"""Longer than any client should wait for an answer."""


class Kind(StrEnum):
    """How a fault shows."""

    REFUSE = "refuse"
    """REST: the send is refused with `code` (a Twilio code, or an HTTP status such as 500)."""
    UNDELIVERED = "undelivered"
    """REST: the send is accepted, and later fails with `code`."""
    STALL = "stall"
    """REST: the send is accepted, but the answer comes only after `seconds`."""
    DUPLICATE = "duplicate"
    """Webhook of a text: delivered twice, with the same ids; the second answer counts."""
    OUT_OF_ORDER = "out of order"
    """REST: the send is accepted; its status callbacks arrive last one first."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: for the next `times` requests, or only those about the number `to`."""

    kind: Kind
    code: int = 0
    seconds: float = DEFAULT_STALL_S
    times: int = 1
    to: str = ""


class Faults:
    """The faults that wait, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let this go wrong as well."""
        with self._lock:
            self._waiting.append(fault)

    def take(self, number: str, kind: Kind) -> Fault | None:
        """The next fault of this kind for a request about `number`, used up once; None without one."""
        with self._lock:
            for at, fault in enumerate(self._waiting):
                if fault.kind == kind and fault.to in ("", number):
                    left = replace(fault, times=fault.times - 1)
                    self._waiting[at : at + 1] = [left] if left.times > 0 else []
                    return fault
        return None

    def clear(self) -> None:
        """Nothing goes wrong from now on."""
        with self._lock:
            self._waiting.clear()
