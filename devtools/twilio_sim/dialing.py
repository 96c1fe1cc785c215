"""The phones that a <Dial> rings: a call of its own for each, and what becomes of them.

Rule 1: all ring at once. When one is answered the others are canceled.
Rule 2: the two are joined only if the whisper (<Number url>) ends without <Hangup>; without one, at once.
Rule 3: a whisper that hangs up, or is hung up on, is no answer: DialCallStatus is no-answer.

Source: https://www.twilio.com/docs/voice/twiml/dial and .../number
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from devtools.twilio_sim import heard, verbs
from devtools.twilio_sim.heard import Heard

if TYPE_CHECKING:
    from devtools.twilio_sim.calls import Leg

Outcome = Literal["answered", "busy", "no-answer", "failed"]

PATIENCE = 20
"""Questions of a whisper that the person who answered lets pass before hanging up."""
JOINED_SECONDS = 60
"""How long two people talk, for whoever does not say."""


class Ringing:
    """The phones of one <Dial>, which ring from now on."""

    def __init__(self, caller: Leg, dial: verbs.Dial) -> None:
        self.dial = dial
        self.legs = tuple(caller.child(number, dial.caller_id) for number in dial.numbers)
        for leg in self.legs:
            leg.ring()

    def leg(self, number: str) -> Leg:
        """The call to this number. Raises ValueError when it does not ring."""
        for leg in self.legs:
            if leg.facts.to == number:
                return leg
        raise ValueError(f"{number} does not ring")

    def came(self, outcome: Outcome, press: str) -> tuple[dict[str, str], list[Heard]]:
        """The first phone is answered, or none is: what the action is told, and what was whispered.

        `press`: the keys of the person who answers, for the whisper.
        """
        first = self.legs[0]
        if outcome != "answered":
            return self.parted(first, outcome, 0), []
        told = first.open()
        if press and not first.over:
            told += first.press(press)
        for _ in range(PATIENCE):
            told += first.wait()
        joined = not first.whispers or heard.HungUp("end") in told
        whispered: list[Heard] = [
            heard.Whispered(each.text, each.language) for each in told if isinstance(each, heard.Said)
        ]
        status, seconds = ("completed", JOINED_SECONDS) if joined else ("no-answer", 0)
        return self.parted(first, status, seconds), whispered

    def parted(self, callee: Leg, status: str, seconds: int) -> dict[str, str]:
        """It is over with this phone, after so many seconds of talk, 0 for none: what the action is told."""
        answered = callee.facts.status in ("in-progress", "completed")
        callee.finish("caller", "completed" if answered else status)
        for leg in self.legs:
            leg.finish("caller", "canceled" if answered else status)
        params = {
            "DialCallStatus": status,
            "DialCallSid": callee.facts.sid,
            "DialBridged": "true" if seconds else "false",
        }
        return params | ({"DialCallDuration": str(seconds)} if seconds else {})

    def left(self) -> None:
        """The caller hangs up: so do the phones."""
        for leg in self.legs:
            leg.finish("caller", "completed" if leg.facts.status == "in-progress" else "canceled")
