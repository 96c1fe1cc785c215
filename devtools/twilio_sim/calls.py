"""One call: a state machine that executes TwiML until it needs input from the person on the phone.

Rule 1: each move (open, press, speak, wait, ...) returns what the caller heard since the previous move.
Rule 2: no time passes. `wait` simulates the timeouts of <Gather>, <Record> and <Dial>.
Rule 3: a move that does not apply in the current state is not an error: keys pressed while nothing listens for keys
        count as silence.
Rule 4: if a document cannot be fetched and no fallback helps, the call ends with Twilio's error message.

Source: https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devtools.twilio_sim import heard, verbs
from devtools.twilio_sim.call_facts import Facts, Progress
from devtools.twilio_sim.dialing import Outcome, Ringing
from devtools.twilio_sim.document import Document
from devtools.twilio_sim.heard import Heard
from devtools.twilio_sim.recordings import Tape
from devtools.twilio_sim.transfers import answered_at_once
from devtools.twilio_sim.webhooks import WebhookError

if TYPE_CHECKING:
    from devtools.twilio_sim.carrier import Carrier

SORRY = "We are sorry. An application error has occurred. Goodbye."
SPEECH_CONFIDENCE = "0.90000000"


class Leg:
    """A call between a person and the hotline. Thread-safe: a lock serializes the moves."""

    def __init__(self, carrier: Carrier, facts: Facts, url: str, progress: Progress) -> None:
        """Create a call whose first TwiML document is at `url`."""
        self.facts = facts
        self._carrier = carrier
        self._progress = progress
        self._document = Document(carrier, facts, url)
        self._waiting: verbs.Gather | Tape | Ringing | None = None
        self._heard: list[Heard] = []
        self._lock = threading.RLock()

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.facts.ended is not None

    @property
    def whispers(self) -> bool:
        """Whether the person who answers this leg first hears a separate document."""
        return bool(self._document.url)

    def open(self) -> list[Heard]:
        """Answer the call and return what the hotline says first."""
        with self._lock:
            if self.facts.status == "queued":
                self.ring()
            if self.facts.status == "ringing":
                if self.facts.direction != "inbound":
                    self._reach("in-progress", "answered")
                if self.whispers or not self.facts.parent_sid:
                    self._fetch("", {})
            return self._drain()

    def ring(self) -> None:
        """Ring the phone that the hotline calls."""
        for status in ("initiated", "ringing"):
            self._reach(status, status)

    def press(self, keys: str) -> list[Heard]:
        """Press keys one after the other. A <Gather> takes the keys it needs; the rest are lost."""
        with self._lock:
            match self._waiting:
                case verbs.Gather() as gather if "dtmf" in gather.inputs and (digits := gather.take(keys)):
                    self._answer(gather.action, {"Digits": digits})
                case _:
                    self._silence()
            return self._drain()

    def speak(self, words: str) -> list[Heard]:
        """Say `words`, or leave them as a voicemail."""
        with self._lock:
            match self._waiting:
                case verbs.Gather() as gather if "speech" in gather.inputs and words.strip():
                    self._answer(gather.action, {"SpeechResult": words, "Confidence": SPEECH_CONFIDENCE})
                case Tape():
                    return self.record(words)
                case _:
                    self._silence()
            return self._drain()

    def wait(self) -> list[Heard]:
        """Press and say nothing until the line's timeout."""
        with self._lock:
            self._silence()
            return self._drain()

    def record(self, words: str, then: str = "silence") -> list[Heard]:
        """Leave a voicemail and end it as `then` says: "silence", a key, or "hang up".

        Without words the recording is empty: Twilio does not request the action URL, and the document continues.
        """
        with self._lock:
            if isinstance(self._waiting, Tape) and words.strip():
                self._recorded(self._waiting, words, then)
            else:
                self._silence()
            return self._drain()

    @property
    def rings(self) -> tuple[str, ...]:
        """The numbers that a <Dial> is ringing now."""
        waiting = self._waiting
        return tuple(leg.facts.to for leg in waiting.legs) if isinstance(waiting, Ringing) else ()

    def dialed(self, outcome: Outcome, press: str = "") -> list[Heard]:
        """End the ringing with `outcome`; "answered" means the first phone. `press`: its keys in the whisper."""
        with self._lock:
            if isinstance(ringing := self._waiting, Ringing):
                first = ringing.legs[0]
                if outcome == "answered":
                    return answered_at_once(self, first.facts.to, press)
                self._settle(ringing, ringing.parted(first, outcome, 0))
            return self._drain()

    def callee(self, number: str) -> Leg:
        """Return the leg of the person who answers this phone. Raises ValueError if it is not ringing.

        After opening it you must report its end to `parted`; `transfers` does.
        """
        with self._lock:
            if not isinstance(self._waiting, Ringing):
                raise ValueError(f"{number} is not ringing")
            return self._waiting.leg(number)

    def parted(self, callee: Leg, seconds: int) -> list[Heard]:
        """End the answered leg after `seconds` of talk, 0 if the two were never joined."""
        with self._lock:
            if isinstance(ringing := self._waiting, Ringing):
                status = "completed" if seconds else "no-answer"
                self._settle(ringing, ringing.parted(callee, status, seconds))
            return self._drain()

    def hang_up(self) -> list[Heard]:
        """Hang up as the person on the phone."""
        with self._lock:
            self.finish("caller")
            return self._drain()

    def finish(self, why: str, status: str = "") -> None:
        """End the call and post its status callback. `why` is as in `HungUp`, `status` is Twilio's."""
        with self._lock:
            if self.over:
                return
            self.facts.ended = datetime.now(UTC)
            waiting, self._waiting = self._waiting, None
            self._document.verbs.clear()
            if why == "error":
                self._heard.append(heard.Said(SORRY, "en-US", "woman"))
            self._heard.append(heard.HungUp(why))
            self._reach(status or ("busy" if why == "busy" else "completed"), "completed")
            if isinstance(waiting, Ringing):
                waiting.left()

    def child(self, number: verbs.Number, caller_id: str) -> Leg:
        """Create a call to a phone that a <Dial> names; it does not ring yet."""
        facts = self.facts.child(self._carrier.account.new_sid("CA"), number.to, caller_id)
        progress = Progress(self._document.link(number.status_callback), number.events)
        leg = Leg(self._carrier, facts, self._document.link(number.url), progress)
        self._carrier.keep(leg)
        return leg

    def _reach(self, status: str, event: str) -> None:
        """Set the call's status and post the status callback if `event` is subscribed to."""
        self.facts.status = status
        if self._progress.url and event in self._progress.events:
            self._carrier.webhooks.notify(self._progress.url, self.facts.progress_params())

    def _drain(self) -> list[Heard]:
        events, self._heard = self._heard, []
        return events

    def _answer(self, action: str, params: Mapping[str, str]) -> None:
        """Fetch the action URL's document after input or a <Dial> result, and execute it."""
        self._waiting = None
        self._fetch(action, params)

    def _go_on(self) -> None:
        """Continue the document after the verb that waited for input."""
        self._waiting = None
        self._run()

    def _fetch(self, url: str, params: Mapping[str, str]) -> None:
        try:
            self._document.fetch(url, params)
        except WebhookError:
            self.finish("error")
            return
        self.facts.status = "in-progress"
        self._run()

    def _run(self) -> None:
        """Execute verbs until one waits for input, loads another document, or the call ends."""
        while self._document.verbs:
            match verb := self._document.verbs.popleft():
                case verbs.Say():
                    self._heard.append(heard.said(verb))
                case verbs.Redirect():
                    self._fetch(verb.url, {})
                    return
                case verbs.Hangup():
                    self.finish("hangup")
                    return
                case verbs.Gather() | verbs.Record() | verbs.Dial():
                    self._begin(verb)
                    return
                case verbs.Message():
                    raise AssertionError("twiml.read rejects a <Message> in a call")
        if not self.over:
            self.finish("end")

    def _begin(self, verb: verbs.Gather | verbs.Record | verbs.Dial) -> None:
        self._document.in_a_row = 0
        match verb:
            case verbs.Gather():
                self._waiting = verb
                self._heard += heard.gathering(verb)
            case verbs.Record():
                sid = self._carrier.account.new_sid("RE")
                self._waiting = Tape(verb, sid, self.facts)
                self._heard.append(heard.Recording(verb.max_length, verb.finish_on_key, verb.beep))
            case verbs.Dial() if verb.caller_id in self._caller_ids():
                self._waiting = Ringing(self, verb)
                self._heard.append(heard.Dialed(self.rings, verb.timeout))
            case verbs.Dial():
                words = "callerId must be the caller's number, the number called, or one of the account"
                self._carrier.webhooks.alert(13214, self._document.url, words)
                self.finish("error")

    def _caller_ids(self) -> tuple[str, ...]:
        return ("", self.facts.from_, self.facts.to, *self._carrier.account.numbers)

    def _silence(self) -> None:
        match self._waiting:
            case verbs.Gather() as gather if gather.action_on_empty:
                self._answer(gather.action, {})
            case Ringing() as ringing:
                self._settle(ringing, ringing.parted(ringing.legs[0], "no-answer", 0))
            case Tape() | verbs.Gather():
                self._go_on()
            case None:
                pass

    def _recorded(self, tape: Tape, words: str, then: str) -> None:
        recording = tape.recording_of(words)
        self._carrier.recordings.add(recording)
        self._waiting = None
        if then == "hang up":
            self.finish("caller")
        if self.over:
            params = self.facts.params() | recording.params() | {"Digits": "hangup"}
            self._carrier.webhooks.notify(self._document.link(tape.record.action), params)
        else:
            key = then if then in tape.record.finish_on_key else ""
            self._answer(tape.record.action, recording.params() | {"Digits": key})

    def _settle(self, ringing: Ringing, params: Mapping[str, str]) -> None:
        if ringing.dial.action:
            self._answer(ringing.dial.action, params)
        else:
            self._go_on()
