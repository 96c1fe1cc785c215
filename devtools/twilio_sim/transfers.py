"""Somebody answers a phone that a call rings with <Dial>: their side of it, move by move.

Rule 1: who answers hears the whisper (<Number url>) first. The two are joined when it ends by itself.
Rule 2: a whisper that hangs up, or is hung up on, is no answer: the caller's call goes on after the <Dial>.
Rule 3: while two people talk the application hears nothing, and neither does this module.

`Leg.dialed` is all of this in one move, for whoever has only the caller's phone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from devtools.twilio_sim import heard
from devtools.twilio_sim.calls import Leg
from devtools.twilio_sim.heard import Heard


class Stage(StrEnum):
    """How far a transfer is."""

    WHISPER = "whisper"
    JOINED = "joined"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Told:
    """What each side heard since the move before."""

    callee: tuple[Heard, ...] = ()
    caller: tuple[Heard, ...] = ()


class Transfer:
    """One phone that rang, from the moment it is answered. One move at a time."""

    def __init__(self, caller: Leg, number: str) -> None:
        """Somebody answers the phone of this number. Raises ValueError when it does not ring."""
        self.caller = caller
        self.number = number
        self.stage = Stage.WHISPER
        self._callee = caller.callee(number)
        self._joined_at = 0.0
        self.sid = self._callee.facts.sid

    def open(self) -> Told:
        """The whisper begins; without one the two are joined at once."""
        told = self._callee.open()
        if not self._callee.whispers:
            self._join()
        return self._after(told)

    def press(self, keys: str) -> Told:
        """Keys are pressed at the phone that was answered; once the two are joined they mean nothing."""
        return self._after(leg.press(keys)) if (leg := self._whispering) else Told()

    def speak(self, words: str) -> Told:
        """Words are said to the whisper."""
        return self._after(leg.speak(words)) if (leg := self._whispering) else Told()

    def wait(self) -> Told:
        """Nothing is pressed or said."""
        return self._after(leg.wait()) if (leg := self._whispering) else Told()

    def hang_up(self) -> Told:
        """Whoever answered hangs up."""
        if leg := self._whispering:
            return self._after(leg.hang_up())
        if self.stage is Stage.OVER:
            return Told()
        self.stage = Stage.OVER
        talked = max(1, round(time.monotonic() - self._joined_at))
        return Told((heard.HungUp("caller"),), tuple(self.caller.parted(self._callee, talked)))

    def caller_left(self) -> Told:
        """The caller has hung up: the phone that was answered is alone."""
        if self.stage is Stage.OVER:
            return Told()
        self.stage = Stage.OVER
        self._callee.hang_up()
        return Told((heard.HungUp("end"),))

    @property
    def _whispering(self) -> Leg | None:
        return self._callee if self.stage is Stage.WHISPER else None

    def _after(self, told: list[Heard]) -> Told:
        """What follows from how the whisper stands now."""
        if not self._callee.over:
            return Told(tuple(told))
        if heard.HungUp("end") in told:
            self._join()
            return Told(tuple(each for each in told if not isinstance(each, heard.HungUp)))
        self.stage = Stage.OVER
        return Told(tuple(told), tuple(self.caller.parted(self._callee, 0)))

    def _join(self) -> None:
        self.stage = Stage.JOINED
        self._joined_at = time.monotonic()
