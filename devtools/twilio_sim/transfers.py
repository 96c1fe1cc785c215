"""The callee's side of a <Dial>, move by move.

Rule 1: the callee hears the whisper (<Number url>) first. The two are joined when it ends by itself, without
        <Hangup>; without a whisper, at once.
Rule 2: if either side hangs up during the whisper, the dial is unanswered: DialCallStatus is no-answer, and the
        caller's call continues after the <Dial>.
Rule 3: while two people talk, neither the application nor this module receives anything.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from devtools.twilio_sim import heard
from devtools.twilio_sim.heard import Heard

if TYPE_CHECKING:
    from devtools.twilio_sim.calls import Leg

PATIENCE = 20
"""How many timeouts of the whisper's prompt a person who presses nothing waits for."""
JOINED_SECONDS = 60
"""How long two people talk in `answered_at_once`."""


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

    def hang_up(self, seconds: int = 0) -> Moved:
        """Hang up as the callee, after `seconds` of talk; 0 for as long as it has really lasted."""
        if leg := self._whispering:
            return self._after(leg.hang_up())
        if self.stage is Stage.OVER:
            return Moved()
        self.stage = Stage.OVER
        talked = seconds or max(1, round(time.monotonic() - self._joined_at))
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


def answered_at_once(caller: Leg, number: str, press: str) -> list[Heard]:
    """Answer a phone, press keys in its whisper, wait, and hang up; return what both sides heard.

    This is for tests with only the caller's phone. Raises ValueError if that phone is not ringing.
    """
    transfer = Transfer(caller, number)
    moves = [transfer.open()]
    if press:
        moves.append(transfer.press(press))
    moves += [transfer.wait() for _ in range(PATIENCE)]
    moves.append(transfer.hang_up(JOINED_SECONDS))
    whispered = [
        heard.Whispered(each.text, each.language)
        for moved in moves
        for each in moved.callee
        if isinstance(each, heard.Said)
    ]
    return [*whispered, *(each for moved in moves for each in moved.caller)]
