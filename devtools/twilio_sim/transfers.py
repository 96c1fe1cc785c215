"""The callee's side of a <Dial>, move by move.

Rule 1: the callee hears the whisper (<Number url>) first. The two are joined when it ends by itself.
Rule 2: if either side hangs up during the whisper, the dial is unanswered: the caller's call continues after the <Dial>.
Rule 3: while two people talk, neither the application nor this module receives anything.

`Leg.dialed` does all of this in one move, for tests with only the caller's phone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from devtools.twilio_sim import heard
from devtools.twilio_sim.calls import Leg
from devtools.twilio_sim.heard import Heard


class Stage(StrEnum):
    """The stage of a transfer."""

    WHISPER = "whisper"
    JOINED = "joined"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Moved:
    """What each side heard since the previous move."""

    callee: tuple[Heard, ...] = ()
    caller: tuple[Heard, ...] = ()


class Transfer:
    """A dialed phone, from the moment it is answered. Not thread-safe."""

    def __init__(self, caller: Leg, number: str) -> None:
        """Answer the phone with this number. Raises ValueError if it is not ringing."""
        self.caller = caller
        self.number = number
        self.stage = Stage.WHISPER
        self._callee = caller.callee(number)
        self._joined_at = 0.0
        self.sid = self._callee.facts.sid

    def open(self) -> Moved:
        """Start the whisper; without one the two are joined at once."""
        events = self._callee.open()
        if not self._callee.whispers:
            self._join()
        return self._after(events)

    def press(self, keys: str) -> Moved:
        """Press keys on the callee's phone; they have no effect once the two are joined."""
        return self._after(leg.press(keys)) if (leg := self._whispering) else Moved()

    def speak(self, words: str) -> Moved:
        """Say `words` to the whisper; they have no effect once the two are joined."""
        return self._after(leg.speak(words)) if (leg := self._whispering) else Moved()

    def wait(self) -> Moved:
        """Press and say nothing until the whisper's timeout."""
        return self._after(leg.wait()) if (leg := self._whispering) else Moved()

    def hang_up(self) -> Moved:
        """Hang up as the callee."""
        if leg := self._whispering:
            return self._after(leg.hang_up())
        if self.stage is Stage.OVER:
            return Moved()
        self.stage = Stage.OVER
        talked = max(1, round(time.monotonic() - self._joined_at))
        return Moved((heard.HungUp("caller"),), tuple(self.caller.parted(self._callee, talked)))

    def caller_left(self) -> Moved:
        """End the callee's leg because the caller has hung up."""
        if self.stage is Stage.OVER:
            return Moved()
        self.stage = Stage.OVER
        self._callee.hang_up()
        return Moved((heard.HungUp("end"),))

    @property
    def _whispering(self) -> Leg | None:
        return self._callee if self.stage is Stage.WHISPER else None

    def _after(self, events: list[Heard]) -> Moved:
        """Join the two or end the transfer if the whisper is over, and return what each side heard."""
        if not self._callee.over:
            return Moved(tuple(events))
        if heard.HungUp("end") in events:
            self._join()
            return Moved(tuple(each for each in events if not isinstance(each, heard.HungUp)))
        self.stage = Stage.OVER
        return Moved(tuple(events), tuple(self.caller.parted(self._callee, 0)))

    def _join(self) -> None:
        self.stage = Stage.JOINED
        self._joined_at = time.monotonic()
