"""The phones that a <Dial> rings: a child call for each.

Rule: all ring at once. When one is answered (`transfers`) the others are canceled.

Source: https://www.twilio.com/docs/voice/twiml/dial and .../number
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from devtools.twilio_sim import verbs

if TYPE_CHECKING:
    from devtools.twilio_sim.calls import Leg

Outcome = Literal["answered", "busy", "no-answer", "failed"]


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
