"""The phones of all pages: they text, call, ring, answer, and move through their calls.

Rule 1: one number is one phone, whichever page shows it.
Rule 2: a move that is impossible in the call's state does nothing: a key pressed while the phone rings is lost.
Rule 3: hanging up never waits for the application to answer.
"""

from __future__ import annotations

import threading

from devtools.phone.phone_call import Mark, PhoneCall
from devtools.phone.recorder import Recorder
from devtools.twilio_sim import Carrier
from devtools.twilio_sim.call_facts import Facts
from devtools.twilio_sim.dialing import Outcome
from devtools.twilio_sim.transfers import Moved, Stage, Transfer


class UnknownCall(Exception):
    """There is no such call: the simulator has restarted, or the call no longer rings."""


class Phones:
    """The pages' phones at this carrier. Thread-safe."""

    def __init__(self, carrier: Carrier, recorder: Recorder) -> None:
        """Use `recorder` to record each person's actions."""
        self._carrier = carrier
        self._recorder = recorder
        self._calls: dict[str, PhoneCall] = {}
        self._adding = threading.Lock()

    def text(self, number: str, body: str) -> None:
        """Text the hotline; return once it has answered. Raises ValueError if this phone cannot text."""
        self._carrier.receive(number, body)
        self._recorder.texted(number, body)

    def call(self, number: str) -> PhoneCall:
        """Call the hotline, and return the call after its first prompt."""
        leg = self._carrier.call(number)
        call = self._keep(PhoneCall(leg.facts.sid, number, leg))
        self._recorder.called(number)
        with call.moving:
            call.hear(leg.open())
        return call

    def rings(self, number: str) -> list[str]:
        """Return the sids of the calls for which this phone rings, as expected by `answer`."""
        placed = [leg.facts.sid for leg in self._carrier.legs() if _is_placed_to(leg.facts, number)]
        calls = list(self._calls.values())
        return placed + [call.sid for call in calls if _rings(call, number)]

    def answer(self, number: str, sid: str) -> PhoneCall:
        """Answer a ringing phone. Raises UnknownCall if it does not ring for this call."""
        if sid not in self.rings(number):
            raise UnknownCall(f"{number} is not ringing for {sid}")
        caller = self._calls.get(sid)
        if caller is None or caller.leg is None:
            leg = self._carrier.leg(sid)
            call = self._keep(PhoneCall(sid, number, leg))
            with call.moving:
                call.hear(leg.open())
            return call
        with caller.moving:
            transfer = Transfer(caller.leg, number)
            call = PhoneCall(transfer.sid, number, transfer=transfer, other=caller, moving=caller.moving)
            caller.transfer, caller.other = transfer, call
            self._keep(call)
            self._share(call, transfer.open())
        return call

    def decline(self, number: str, sid: str) -> None:
        """Decline a call; it ends as busy once all phones have. Raises UnknownCall if this phone is not ringing."""
        if sid not in self.rings(number):
            raise UnknownCall(f"{number} is not ringing for {sid}")
        caller = self._calls.get(sid)
        if caller is None or caller.leg is None:
            self._carrier.leg(sid).finish("busy")
            return
        caller.declined.add(number)
        if caller.declined.issuperset(caller.leg.rings):
            self._dialed(caller, "busy")

    def call_of(self, sid: str) -> PhoneCall:
        """Return the call with this sid. Raises UnknownCall."""
        try:
            return self._calls[sid]
        except KeyError:
            raise UnknownCall(f"there is no call {sid}; call again") from None

    def last_call(self, number: str) -> PhoneCall | None:
        """Return the newest call of this phone, or None."""
        return next((call for call in reversed(list(self._calls.values())) if call.number == number), None)

    def move(self, sid: str, move: str, words: str) -> PhoneCall:
        """Make a move in a call and return the call; nothing happens if it is over.

        `move` is press, speak, wait (in silence), record (a voicemail), hang-up or nobody (the ringing
        phones are not answered). `words` is the keys or the speech. Raises UnknownCall, and ValueError for
        an invalid move.
        """
        call = self.call_of(sid)
        if call.over:
            return call
        match move:
            case "press":
                self._press(call, words)
            case "speak":
                self._speak(call, words)
            case "wait":
                self._wait(call)
            case "record":
                self._record(call, words)
            case "hang-up":
                self._hang_up(call, words)
            case "nobody":
                self._dialed(call, "no-answer")
            case _:
                raise ValueError(f"a move is press, speak, wait, record, hang-up or nobody, not {move}")
        return call

    def _press(self, call: PhoneCall, keys: str) -> None:
        if not keys or not set(keys) <= set("0123456789*#"):
            raise ValueError(f"a phone has the keys 0-9 * #, not {keys!r}")
        with call.moving:
            call.add(Mark("pressed", "me", keys))
            if call.transfer and call.leg is None:
                self._share(call, call.transfer.press(keys))
            elif call.leg and not call.leg.rings:
                self._recorder.pressed(call.number, keys)
                call.hear(call.leg.press(keys))

    def _speak(self, call: PhoneCall, words: str) -> None:
        if not words.strip():
            self._wait(call)
            return
        if call.records:
            self._record(call, words)
            return
        with call.moving:
            call.add(Mark("spoke", "me", words))
            if call.other and call.transfer and call.transfer.stage is Stage.JOINED:
                call.other.add(Mark("spoke", "other", words))
            elif call.transfer and call.leg is None:
                self._share(call, call.transfer.speak(words))
            elif call.leg and not call.leg.rings:
                self._recorder.spoke(call.number, words)
                call.hear(call.leg.speak(words))

    def _wait(self, call: PhoneCall) -> None:
        with call.moving:
            if call.transfer and call.leg is None:
                call.add(Mark("silent", "me"))
                self._share(call, call.transfer.wait())
            elif call.leg and not call.leg.rings:
                call.add(Mark("silent", "me"))
                self._recorder.silent(call.number)
                call.hear(call.leg.wait())

    def _record(self, call: PhoneCall, words: str) -> None:
        with call.moving:
            if call.leg and not call.leg.rings:
                call.add(Mark("recorded", "me", words))
                self._recorder.recorded(call.number, words)
                call.hear(call.leg.record(words))

    def _hang_up(self, call: PhoneCall, words: str) -> None:
        """Hang up. `words` is what was said after the beep, if the call was recording."""
        left = words if call.records and words.strip() else ""
        if left:
            call.add(Mark("recorded", "me", words))
            self._recorder.recorded(call.number, words)
        call.add(Mark("ended", text="caller"))
        with call.moving:
            if call.leg is None and call.transfer:
                self._share(call, call.transfer.hang_up())
            elif call.leg:
                self._recorder.hung_up(call.number)
                _leave(call, left)

    def _dialed(self, call: PhoneCall, outcome: Outcome) -> None:
        """End a <Dial> for which no phone answered."""
        with call.moving:
            if call.leg and call.leg.rings and not call.transfer:
                self._recorder.missed(call.number)
                call.hear(call.leg.dialed(outcome))

    def _share(self, callee: PhoneCall, events: Moved) -> None:
        """Add the results of the callee's move to both sides."""
        caller, transfer = callee.other, callee.transfer
        assert caller is not None
        assert transfer is not None
        callee.hear(events.callee)
        if transfer.stage is Stage.JOINED and not any(mark.kind == "joined" for mark in callee.marks):
            self._recorder.joined(caller.number)
            callee.add(Mark("joined"))
            caller.add(Mark("joined"))
        if transfer.stage is Stage.OVER:
            if not any(mark.kind == "joined" for mark in callee.marks):
                self._recorder.missed(caller.number)
            caller.transfer = caller.other = None
            caller.hear(events.caller)

    def _keep(self, call: PhoneCall) -> PhoneCall:
        with self._adding:
            self._calls[call.sid] = call
        return call


def _is_placed_to(facts: Facts, number: str) -> bool:
    """Check whether the application is calling this phone and it has not answered yet."""
    placed = facts.direction == "outbound-api" and facts.status in ("queued", "ringing")
    return placed and facts.to == number and facts.ended is None


def _rings(call: PhoneCall, number: str) -> bool:
    """Check whether this phone rings for a caller who is being transferred."""
    if call.leg is None or call.transfer or call.over:
        return False
    return number in call.leg.rings and number not in call.declined


def _leave(caller: PhoneCall, recorded: str) -> None:
    """Tell the application and the other party that the caller has hung up."""
    assert caller.leg is not None
    if recorded:
        caller.leg.record(recorded, "hang up")
    else:
        caller.leg.hang_up()
    if caller.other and caller.transfer:
        caller.other.hear(caller.transfer.caller_left().callee)
