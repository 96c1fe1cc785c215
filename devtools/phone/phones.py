"""The phones of all pages: they text, call, ring, answer, and move through their calls.

Rule 1: one number is one phone, whichever page shows it.
Rule 2: a move that is impossible in the call's state does nothing: a key pressed while the phone rings is lost.
Rule 3: hanging up never waits for the application to answer.
"""

from __future__ import annotations

import threading

from devtools.phone.line import Line, Mark
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
        self._lines: dict[str, Line] = {}
        self._adding = threading.Lock()

    def text(self, number: str, body: str) -> None:
        """Text the hotline; return once it has answered. Raises ValueError if this phone cannot text."""
        self._carrier.receive(number, body)
        self._recorder.texted(number, body)

    def call(self, number: str) -> Line:
        """Call the hotline, and return the call after its first prompt."""
        leg = self._carrier.call(number)
        line = self._keep(Line(leg.facts.sid, number, leg))
        self._recorder.called(number)
        with line.moving:
            line.hear(leg.open())
        return line

    def rings(self, number: str) -> list[str]:
        """Return the sids of the calls for which this phone rings, as expected by `answer`."""
        placed = [leg.facts.sid for leg in self._carrier.legs() if _is_placed_to(leg.facts, number)]
        lines = list(self._lines.values())
        return placed + [line.sid for line in lines if _rings(line, number)]

    def answer(self, number: str, sid: str) -> Line:
        """Answer a ringing phone. Raises UnknownCall if it does not ring for this call."""
        if sid not in self.rings(number):
            raise UnknownCall(f"{number} is not ringing for {sid}")
        caller = self._lines.get(sid)
        if caller is None or caller.leg is None:
            leg = self._carrier.leg(sid)
            line = self._keep(Line(sid, number, leg))
            with line.moving:
                line.hear(leg.open())
            return line
        with caller.moving:
            transfer = Transfer(caller.leg, number)
            line = Line(transfer.sid, number, transfer=transfer, other=caller, moving=caller.moving)
            caller.transfer, caller.other = transfer, line
            self._keep(line)
            self._share(line, transfer.open())
        return line

    def decline(self, number: str, sid: str) -> None:
        """Decline a call; it ends as busy once all phones have. Raises UnknownCall if this phone is not ringing."""
        if sid not in self.rings(number):
            raise UnknownCall(f"{number} is not ringing for {sid}")
        caller = self._lines.get(sid)
        if caller is None or caller.leg is None:
            self._carrier.leg(sid).finish("busy")
            return
        caller.declined.add(number)
        if caller.declined.issuperset(caller.leg.rings):
            self._dialed(caller, "busy")

    def line(self, sid: str) -> Line:
        """Return the call with this sid. Raises UnknownCall."""
        try:
            return self._lines[sid]
        except KeyError:
            raise UnknownCall(f"there is no call {sid}; call again") from None

    def last_call(self, number: str) -> Line | None:
        """Return the newest call of this phone, or None."""
        return next((line for line in reversed(list(self._lines.values())) if line.number == number), None)

    def move(self, sid: str, move: str, words: str) -> Line:
        """Make a move in a call and return the call; nothing happens if it is over.

        `move` is press, speak, wait (in silence), record (a voicemail), hang-up or nobody (the ringing
        phones are not answered). `words` is the keys or the speech. Raises UnknownCall, and ValueError for
        an invalid move.
        """
        line = self.line(sid)
        if line.over:
            return line
        match move:
            case "press":
                self._press(line, words)
            case "speak":
                self._speak(line, words)
            case "wait":
                self._wait(line)
            case "record":
                self._record(line, words)
            case "hang-up":
                self._hang_up(line, words)
            case "nobody":
                self._dialed(line, "no-answer")
            case _:
                raise ValueError(f"a move is press, speak, wait, record, hang-up or nobody, not {move}")
        return line

    def _press(self, line: Line, keys: str) -> None:
        if not keys or not set(keys) <= set("0123456789*#"):
            raise ValueError(f"a phone has the keys 0-9 * #, not {keys!r}")
        with line.moving:
            line.add(Mark("pressed", "me", keys))
            if line.transfer and line.leg is None:
                self._share(line, line.transfer.press(keys))
            elif line.leg and not line.leg.rings:
                self._recorder.pressed(line.number, keys)
                line.hear(line.leg.press(keys))

    def _speak(self, line: Line, words: str) -> None:
        if not words.strip():
            self._wait(line)
            return
        if line.records:
            self._record(line, words)
            return
        with line.moving:
            line.add(Mark("spoke", "me", words))
            if line.other and line.transfer and line.transfer.stage is Stage.JOINED:
                line.other.add(Mark("spoke", "other", words))
            elif line.transfer and line.leg is None:
                self._share(line, line.transfer.speak(words))
            elif line.leg and not line.leg.rings:
                self._recorder.spoke(line.number, words)
                line.hear(line.leg.speak(words))

    def _wait(self, line: Line) -> None:
        with line.moving:
            if line.transfer and line.leg is None:
                line.add(Mark("silent", "me"))
                self._share(line, line.transfer.wait())
            elif line.leg and not line.leg.rings:
                line.add(Mark("silent", "me"))
                self._recorder.silent(line.number)
                line.hear(line.leg.wait())

    def _record(self, line: Line, words: str) -> None:
        with line.moving:
            if line.leg and not line.leg.rings:
                line.add(Mark("recorded", "me", words))
                self._recorder.recorded(line.number, words)
                line.hear(line.leg.record(words))

    def _hang_up(self, line: Line, words: str) -> None:
        """Hang up. `words` is what was said after the beep, if the line was recording."""
        left = words if line.records and words.strip() else ""
        if left:
            line.add(Mark("recorded", "me", words))
            self._recorder.recorded(line.number, words)
        line.add(Mark("ended", text="caller"))
        with line.moving:
            if line.leg is None and line.transfer:
                self._share(line, line.transfer.hang_up())
            elif line.leg:
                self._recorder.hung_up(line.number)
                _leave(line, left)

    def _dialed(self, line: Line, outcome: Outcome) -> None:
        """End a <Dial> for which no phone answered."""
        with line.moving:
            if line.leg and line.leg.rings and not line.transfer:
                self._recorder.missed(line.number)
                line.hear(line.leg.dialed(outcome))

    def _share(self, callee: Line, events: Moved) -> None:
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

    def _keep(self, line: Line) -> Line:
        with self._adding:
            self._lines[line.sid] = line
        return line


def _is_placed_to(facts: Facts, number: str) -> bool:
    """Check whether the application is calling this phone and it has not answered yet."""
    placed = facts.direction == "outbound-api" and facts.status in ("queued", "ringing")
    return placed and facts.to == number and facts.ended is None


def _rings(line: Line, number: str) -> bool:
    """Check whether this phone rings for a caller who is being transferred."""
    if line.leg is None or line.transfer or line.over:
        return False
    return number in line.leg.rings and number not in line.declined


def _leave(caller: Line, recorded: str) -> None:
    """Tell the application and the other party that the caller has hung up."""
    assert caller.leg is not None
    if recorded:
        caller.leg.record(recorded, "hang up")
    else:
        caller.leg.hang_up()
    if caller.other and caller.transfer:
        caller.other.hear(caller.transfer.caller_left().callee)
