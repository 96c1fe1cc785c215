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
    REPLY_UNDELIVERED = "reply undelivered"
    """TwiML: an answer to a text is accepted, and later fails with `code`."""
    STALL = "stall"
    """REST: the send is accepted, but the answer comes only after `seconds`."""
    DUPLICATE = "duplicate"
    """Webhook of a text: delivered twice, with the same ids; the second answer counts."""
    LATE = "late"
    """Webhook of a text: delivered after `seconds`; the answer still counts. Later texts are not held up."""
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


CHOICES: dict[str, tuple[Fault, str]] = {
    "21610": (Fault(Kind.REFUSE, code=21610), "refused: the person told the carrier STOP"),
    "429": (Fault(Kind.REFUSE, code=20429), "refused: too many requests, try again later"),
    "500": (Fault(Kind.REFUSE, code=500), "the carrier fails, and nobody knows whether it has the text"),
    "30003": (Fault(Kind.UNDELIVERED, code=30003), "accepted, then not delivered: the phone is off"),
    "30005": (Fault(Kind.UNDELIVERED, code=30005), "accepted, then not delivered: no such number"),
    "30007": (Fault(Kind.UNDELIVERED, code=30007), "accepted, then filtered by a carrier"),
    "30034": (Fault(Kind.UNDELIVERED, code=30034), "accepted, then blocked: our number is not registered"),
    "time-out": (Fault(Kind.STALL), "accepted and delivered, but the answer comes too late"),
    "out of order": (Fault(Kind.OUT_OF_ORDER), "delivered; its statuses are told last one first"),
    "duplicate": (Fault(Kind.DUPLICATE), "the next text comes to the hotline twice"),
    "late": (Fault(Kind.LATE, seconds=10), "the next text comes to the hotline 10 seconds late"),
}
"""What a tester may choose by name: the fault, and what it does. The last two spoil a text of the person's,
the others one that the hotline sends by itself."""


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

    def waiting_for(self, number: str) -> list[str]:
        """The names, of those in CHOICES, of what waits to befall this number; "" for another fault."""
        with self._lock:
            waiting = [fault for fault in self._waiting if fault.to == number]
        names = {(fault.kind, fault.code): name for name, (fault, _) in CHOICES.items()}
        return [names.get((fault.kind, fault.code), "") for fault in waiting]

    def clear(self) -> None:
        """Nothing goes wrong from now on."""
        with self._lock:
            self._waiting.clear()
