"""A call as the phone shows it: what the person heard and did, in order.

Rule 1: marks are only appended. "ended" is always the last mark.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from devtools.twilio_sim import heard
from devtools.twilio_sim.calls import Leg
from devtools.twilio_sim.heard import Heard
from devtools.twilio_sim.transfers import Transfer

By = Literal["line", "me", "other"]

WAITS = ("listening", "recording", "ringing", "joined")
"""Marks after which the line waits for a person, whose own marks may follow."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One event of a call, from the line, the person with this phone, or the other party.

    `kind` is said, listening, ringing, recording, joined, pressed, spoke, silent, recorded or ended. `text` is
    what was said or pressed, the keys that end a recording, or why the call ended; `seconds` is how long the
    line waits.
    """

    kind: str
    by: By = "line"
    text: str = ""
    language: str = ""
    inputs: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    seconds: int = 0


@dataclass(slots=True)
class PhoneCall:
    """One side of a call. The caller's has a `leg`; that of a phone rung by a <Dial> has none."""

    sid: str
    number: str
    leg: Leg | None = None
    transfer: Transfer | None = None
    """The transfer to the phone that answered. Both sides have it."""
    other: PhoneCall | None = None
    declined: set[str] = field(default_factory=set)
    """Phones that rang for this call and declined it."""
    marks: list[Mark] = field(default_factory=list)
    moving: threading.RLock = field(default_factory=threading.RLock)
    """Serializes moves; both sides of a transfer share it."""

    @property
    def over(self) -> bool:
        """Whether this side of the call has ended."""
        return bool(self.marks) and self.marks[-1].kind == "ended"

    @property
    def records(self) -> bool:
        """Whether a voicemail is being recorded."""
        waits = (mark.kind for mark in reversed(self.marks) if mark.kind in WAITS)
        return not self.over and next(waits, "") == "recording"

    def add(self, *marks: Mark) -> None:
        """Append marks, unless the call has ended."""
        for mark in marks:
            if not self.over:
                self.marks.append(mark)

    def hear(self, events: Iterable[Heard]) -> None:
        """Append marks for what was heard."""
        self.add(*(_mark(each) for each in events))

    def as_json(self) -> dict[str, Any]:
        """Return the call's state for the page."""
        stage = self.transfer.stage.value if self.transfer else ""
        return {
            "sid": self.sid,
            "over": self.over,
            "stage": stage,
            "answered": self.leg is None,
            "marks": [asdict(mark) for mark in self.marks],
        }


def _mark(each: Heard) -> Mark:
    match each:
        case heard.Said(text=text, language=language) | heard.Whispered(text=text, language=language):
            return Mark("said", text=text, language=language)
        case heard.Gathering(inputs=inputs, language=language, timeout=timeout):
            return Mark("listening", language=language, inputs=inputs, seconds=timeout)
        case heard.Dialed(numbers=numbers, timeout=timeout):
            return Mark("ringing", numbers=numbers, seconds=timeout)
        case heard.Recording(finish_on_key=keys, max_length=longest):
            return Mark("recording", text=keys, seconds=longest)
        case heard.HungUp(why=why):
            return Mark("ended", text=why)
