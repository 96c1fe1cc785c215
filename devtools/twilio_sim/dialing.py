"""The phones that a <Dial> rings: a child call for each, and its outcome.

Rule 1: all ring at once. When one is answered the others are canceled.
Rule 2: the two parties are joined when the whisper (<Number url>) ends without <Hangup>; without a whisper, at once.
Rule 3: if either side hangs up during the whisper, the dial is unanswered: DialCallStatus is no-answer.

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
"""How many times the person who answered waits for the whisper's prompt to time out."""
JOINED_SECONDS = 60
"""How long two people talk unless the test specifies it."""


class Ringing:
    """The phones of one <Dial>, which start ringing when this is created."""

    def __init__(self, caller: Leg, dial: verbs.Dial) -> None:
        self.dial = dial
        self.legs = tuple(caller.child(number, dial.caller_id) for number in dial.numbers)
        for leg in self.legs:
            leg.ring()

    def leg(self, number: str) -> Leg:
        """Return the call to this number. Raises ValueError if it is not ringing."""
        for leg in self.legs:
            if leg.facts.to == number:
                return leg
        raise ValueError(f"{number} is not ringing")

    def came(self, outcome: Outcome, press: str) -> tuple[dict[str, str], list[Heard]]:
        """End the ringing with `outcome`, and return the action's parameters and what the whisper said.

        "answered" means the first phone. `press` is the keys that person presses in the whisper.
        """
        first = self.legs[0]
        if outcome != "answered":
            return self.parted(first, outcome, 0), []
        events = first.open()
        if press and not first.over:
            events += first.press(press)
        for _ in range(PATIENCE):
            events += first.wait()
        joined = not first.whispers or heard.HungUp("end") in events
        whispered: list[Heard] = [
            heard.Whispered(each.text, each.language) for each in events if isinstance(each, heard.Said)
        ]
        status, seconds = ("completed", JOINED_SECONDS) if joined else ("no-answer", 0)
        return self.parted(first, status, seconds), whispered

    def parted(self, callee: Leg, status: str, seconds: int) -> dict[str, str]:
        """End the legs after `seconds` of talk (0 for none) and return the action's parameters."""
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
        """End all legs because the caller hung up."""
        for leg in self.legs:
            leg.finish("caller", "completed" if leg.facts.status == "in-progress" else "canceled")
