"""The objects that all pages share, created at startup: carrier, phones, clock and simulated failures."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from devtools.phone.clock import Clock
from devtools.phone.inspector import Whereabouts
from devtools.phone.phones import Phones
from devtools.phone.recorder import Recorder
from devtools.twilio_sim import Carrier
from devtools.twilio_sim.faults import CHOICES
from devtools.twilio_sim.lines import LineKind
from hotline.config.settings import Settings

LEAVES_WITHIN_SECONDS = 6.0
"""A follow-up is sent within this time after it is due; the clock process ticks each second."""
LOOK_EVERY_SECONDS = 0.1
MAX_POSTPONED = 4
"""How often a follow-up may be postponed (quiet hours, daily limit) before we stop waiting."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The dependencies of a request."""

    settings: Settings
    carrier: Carrier
    clock: Clock
    recorder: Recorder
    phones: Phones
    whereabouts: Whereabouts

    def caller(self, number: str) -> str:
        """Return the phone's number or, if hidden, its last call's sid; "" if there was no call."""
        if self.carrier.kind(number) is not LineKind.ANONYMOUS:
            return number
        call = self.phones.last_call(number)
        return call.sid if call else ""

    def inject_fault(self, number: str, fault: str) -> None:
        """Inject one of CHOICES for this phone. Raises ValueError for another name."""
        if fault not in CHOICES:
            raise ValueError(f"there is no fault {fault!r}; there are {', '.join(CHOICES)}")
        self.carrier.faults.add(replace(CHOICES[fault], to=number))

    def to_next_text(self, numbers: Iterable[str]) -> bool:
        """Move the clock to when the next follow-up of these phones is due, and wait until it has been sent.

        Returns whether there was one. Raises NoClock, StoreBusy and FlowError.
        """
        known = [number for number in numbers if self.caller(number)]
        for _ in range(MAX_POSTPONED):
            waiting = [(due, id, number) for number in known for id, due in self._waiting(number).items()]
            if not waiting:
                return False
            due, id, number = min(waiting)
            self.clock.move(
                max(due - datetime.now(UTC) - self.clock.moved, timedelta()) + timedelta(seconds=1)
            )
            if not self._postponed(number, id, due):
                return True
        return True

    def _waiting(self, number: str) -> dict[str, datetime]:
        """Return the due time of each waiting follow-up of this phone, by id."""
        records = self.whereabouts.find(self.caller(number), self.clock.now()).records
        return {
            id: datetime.fromtimestamp(record["due"], UTC)
            for id, record in records.items()
            if record["state"] == "waiting"
        }

    def _postponed(self, number: str, id: str, due: datetime) -> bool:
        """Wait until a due follow-up has been sent. Return whether it was postponed instead."""
        end = time.monotonic() + LEAVES_WITHIN_SECONDS
        while time.monotonic() < end:
            now = self._waiting(number).get(id)
            if now is None or now > due:
                return now is not None
            self.carrier.closing.wait(LOOK_EVERY_SECONDS)
        return False


def begin(settings: Settings, carrier: Carrier) -> Sandbox:
    """Return a sandbox with this carrier and the service with these settings."""
    clock = Clock(settings.clock_file, settings.time_zone)
    recorder = Recorder(lambda: clock.moved)
    return Sandbox(settings, carrier, clock, recorder, Phones(carrier, recorder), Whereabouts(settings))
