"""A client for a simulated phone that texts and calls the hotline through a served carrier."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import requests

from devtools.twilio_sim import heard
from devtools.twilio_sim.dialing import Outcome
from devtools.twilio_sim.heard import Heard
from devtools.twilio_sim.messages import Bubble

MOVE_TIMEOUT_S = 90.0
"""Longer than a webhook, its redirects and its fallback can take together."""


class NoCarrier(Exception):
    """Raised when nothing answers at the carrier's URL."""


class Mistake(Exception):
    """Raised when the carrier rejects a request; the message says why."""


class Control:
    """A client for the control endpoints of one carrier."""

    def __init__(self, carrier_url: str) -> None:
        """Create a client for `carrier_url`, such as http://127.0.0.1:8001."""
        self._url = carrier_url.rstrip("/")

    def get(self, path: str) -> Any:
        """Get a path under /simulator/ and return the JSON. Raises NoCarrier or Mistake."""
        return self._ask("GET", path, None)

    def post(self, path: str, **given: Any) -> Any:
        """Post to a path under /simulator/ and return the JSON. Raises NoCarrier or Mistake."""
        return self._ask("POST", path, given)

    def put(self, path: str, **given: Any) -> Any:
        """Put to a path under /simulator/ and return the JSON. Raises NoCarrier or Mistake."""
        return self._ask("PUT", path, given)

    def _ask(self, method: str, path: str, given: dict[str, Any] | None) -> Any:
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.request(
                    method, f"{self._url}/simulator/{path}", json=given, timeout=MOVE_TIMEOUT_S
                )
                reply = answer.json()
        except (requests.ConnectionError, requests.JSONDecodeError) as failed:
            raise NoCarrier(f"Nothing answers at {self._url}. Start it with: make run") from failed
        if not answer.ok:
            raise Mistake(reply.get("error", str(answer.status_code)))
        return reply


class Call:
    """A call. Each move returns what was heard since the previous one; `heard` has everything."""

    def __init__(self, control: Control, reply: dict[str, Any]) -> None:
        self._control = control
        self.sid: str = reply["sid"]
        self.over = False
        self.heard: list[Heard] = []
        self._take(reply)

    def press(self, keys: str) -> list[Heard]:
        """Press keys, out of 0-9 * #."""
        return self._move("press", keys=keys)

    def speak(self, words: str) -> list[Heard]:
        """Say `words`, or leave them as a voicemail."""
        return self._move("speak", words=words)

    def wait(self) -> list[Heard]:
        """Press and say nothing until the line's timeout."""
        return self._move("wait")

    def record(self, words: str, then: str = "silence") -> list[Heard]:
        """Leave a voicemail and end it as `then` says: "silence", a key, or "hang up"."""
        return self._move("record", words=words, then=then)

    def dialed(self, outcome: Outcome, press: str = "") -> list[Heard]:
        """End the ringing with `outcome`. `press`: keys the callee presses in the whisper."""
        return self._move("dialed", outcome=outcome, press=press)

    def hang_up(self) -> list[Heard]:
        """Hang up."""
        return self._move("hang-up")

    def words(self) -> str:
        """Return everything said so far, one line per <Say>."""
        return "\n".join(each.text for each in self.heard if isinstance(each, heard.Said))

    def _move(self, name: str, **given: Any) -> list[Heard]:
        return self._take(self._control.post(f"calls/{self.sid}/{name}", **given))

    def _take(self, reply: dict[str, Any]) -> list[Heard]:
        now = heard.from_json(reply["heard"])
        self.heard += now
        self.over = reply["over"]
        return now


class Phone:
    """A phone with a number. Its methods raise NoCarrier if nothing answers at the carrier's URL."""

    def __init__(self, carrier_url: str, number: str) -> None:
        """Create a phone; `carrier_url` is such as http://127.0.0.1:8001, `number` such as +12025550123."""
        self._control = Control(carrier_url)
        self.number = number

    def text(self, body: str) -> list[Bubble]:
        """Text the hotline and return the answering bubbles (`source` "reply" or "carrier")."""
        reply = self._control.post("texts", **{"from": self.number}, body=body)
        return [Bubble(**each) for each in reply["bubbles"]]

    def bubbles(self) -> list[Bubble]:
        """Return all bubbles on the phone, oldest first, including unprompted ones."""
        reply = self._control.get(f"phones/{quote(self.number)}/bubbles")
        return [Bubble(**each) for each in reply["bubbles"]]

    def call(self) -> Call:
        """Call the hotline and return the call; its `heard` has what it says first."""
        return Call(self._control, self._control.post("calls", **{"from": self.number}))

    def answer(self) -> Call:
        """Answer the hotline's call to this phone. Raises Mistake if it is not ringing."""
        ringing = self._control.get(f"phones/{quote(self.number)}/calls")["ringing"]
        if not ringing:
            raise Mistake(f"{self.number} is not ringing")
        return Call(self._control, self._control.post(f"calls/{ringing[0]}/answer"))

    def become(self, kind: str) -> None:
        """Set the line type: a value of `lines.LineKind`, such as "landline". Raises Mistake."""
        self._control.put(f"phones/{quote(self.number)}", kind=kind)
