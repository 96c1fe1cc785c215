"""One call: a state machine that carries out TwiML until it needs the person at the phone.

Rule 1: each move (open, press, speak, wait, ...) returns what was heard since the move before.
Rule 2: no time passes. Timeouts of <Gather>, <Record> and <Dial> are what `wait` stands for.
Rule 3: a move that makes no sense where the call stands is not an error of the person: keys pressed while
        nothing listens for keys are silence.
Rule 4: a document that cannot be had, with no fallback to help, ends the call with Twilio's own sorry words.

Source: https://www.twilio.com/docs/voice/twiml
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urljoin

from hotline.simulator import heard, verbs
from hotline.simulator.account import Account, new_sid
from hotline.simulator.call_facts import Facts
from hotline.simulator.heard import Heard
from hotline.simulator.messages import API_VERSION
from hotline.simulator.webhooks import WebhookError, Webhooks

MAX_DOCUMENTS = 20
"""Documents carried out without anybody being asked anything. Ours: beyond it is a redirect loop."""
SORRY = "We are sorry. An application error has occurred. Goodbye."
SPEECH_CONFIDENCE = 0.9
SECONDS_A_WORD = 0.4
"""About how long a spoken word lasts, for the length of a voicemail."""

Outcome = Literal["answered", "busy", "no-answer", "failed"]


class Leg:
    """A call between a person and the hotline. One move at a time; others wait for the lock."""

    def __init__(
        self,
        account: Account,
        webhooks: Webhooks,
        sid: str,
        from_: str,
        to: str,
        *,
        url: str = "",
        status_callback: str = "",
    ) -> None:
        """A call from `from_`; with `url`, one the application placed, whose first document is there."""
        direction, status = ("outbound-api", "queued") if url else ("inbound", "ringing")
        self.facts = Facts(account.account_sid, sid, from_, to, direction, status)
        self._account = account
        self._webhooks = webhooks
        self._url = url or account.voice_url
        self._status_url = status_callback if url else account.voice_status_url
        self._verbs: deque[verbs.Verb] = deque()
        self._waiting: verbs.Gather | verbs.Record | verbs.Dial | None = None
        self._heard: list[Heard] = []
        self._documents = 0
        self._end_asked = False
        self._lock = threading.RLock()

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.facts.ended is not None

    def open(self) -> list[Heard]:
        """The call is answered: the hotline speaks first."""
        with self._lock:
            if self.facts.status in ("queued", "ringing"):
                self.facts.status = "ringing" if self.facts.direction == "inbound" else "in-progress"
                self._fetch(self._url, {})
            return self._since()

    def press(self, keys: str) -> list[Heard]:
        """Keys are pressed, one after the other. A <Gather> takes what it wants; the rest is lost."""
        with self._lock:
            match self._waiting:
                case verbs.Gather() as gather if "dtmf" in gather.inputs:
                    self._pressed(gather, keys)
                case verbs.Record() as record if set(keys) & set(record.finish_on_key):
                    self._go_on()
                case _:
                    self._silence()
            return self._since()

    def speak(self, words: str, confidence: float = SPEECH_CONFIDENCE) -> list[Heard]:
        """Words are said, and recognised with this confidence (0 to 1), or left as a voicemail."""
        with self._lock:
            match self._waiting:
                case verbs.Gather() as gather if "speech" in gather.inputs and words.strip():
                    params = {"SpeechResult": words, "Confidence": f"{confidence:.8f}"}
                    self._answer(gather.action, params)
                case verbs.Record():
                    return self.record(words)
                case _:
                    self._silence()
            return self._since()

    def wait(self) -> list[Heard]:
        """Nothing is pressed or said until the line gives up waiting."""
        with self._lock:
            self._silence()
            return self._since()

    def record(self, words: str, then: str = "silence") -> list[Heard]:
        """Leave a voicemail, and end it as `then` says: "silence", a key, or "hang up".

        Without words the recording is empty: Twilio asks no action, and the document goes on.
        """
        with self._lock:
            record = self._waiting
            if not isinstance(record, verbs.Record):
                self._silence()
            elif not words.strip():
                self._go_on()
            else:
                self._recorded(record, words, then)
            return self._since()

    def dialed(self, outcome: Outcome, press: str = "") -> list[Heard]:
        """What becomes of the phones that ring. `press`: keys of the person who answers, for a whisper.

        When the whisper hangs up, the two are not joined: DialCallStatus is no-answer, DialBridged false.
        """
        with self._lock:
            if isinstance(self._waiting, verbs.Dial):
                self._rang(self._waiting, outcome, press)
            return self._since()

    def hang_up(self) -> list[Heard]:
        """The person hangs up."""
        with self._lock:
            self.finish("caller")
            return self._since()

    def end(self) -> None:
        """The application ends the call, through REST: at once, or after the document being fetched."""
        self._end_asked = True
        if self._lock.acquire(blocking=False):
            try:
                self.finish("rest")
            finally:
                self._lock.release()

    def finish(self, why: str) -> None:
        """End the call, and post its status callback. `why` as in `HungUp`."""
        with self._lock:
            if self.over:
                return
            self.facts.status = "busy" if why in ("busy", "rejected") else "completed"
            self.facts.ended = datetime.now(UTC)
            self._waiting = None
            self._verbs.clear()
            self._heard.append(heard.HungUp(why))
            if self._status_url:
                self._webhooks.notify(self._status_url, self.facts.ended_params())

    def _since(self) -> list[Heard]:
        told, self._heard = self._heard, []
        return told

    def _answer(self, action: str, params: Mapping[str, str]) -> None:
        """Something was pressed, said or settled: its action decides what comes next."""
        self._waiting = None
        self._documents = 0
        self._fetch(urljoin(self._url, action), params)

    def _go_on(self) -> None:
        """Nothing came: the document goes on after the verb that waited."""
        self._waiting = None
        self._documents = 0
        self._run()

    def _fetch(self, url: str, params: Mapping[str, str]) -> None:
        self._documents += 1
        if self._documents > MAX_DOCUMENTS:
            self._webhooks.alert(
                11215, url, f"more than {MAX_DOCUMENTS} documents and nobody was asked anything"
            )
            self._sorry()
            return
        fallback = self._account.voice_fallback_url if self.facts.direction == "inbound" else ""
        try:
            self._url, document = self._webhooks.document(
                "voice", url, self.facts.params() | dict(params), fallback
            )
        except WebhookError:
            self._sorry()
            return
        if self._end_asked:
            self.finish("rest")
            return
        self._verbs = deque(document)
        if not (self._verbs and isinstance(self._verbs[0], verbs.Reject)):
            self.facts.status = "in-progress"
        self._run()

    def _sorry(self) -> None:
        self._heard.append(heard.Said(SORRY, "en-US", "woman"))
        self.finish("error")

    def _run(self) -> None:
        """Carry out verbs until one waits for somebody, leads elsewhere, or the call ends."""
        while self._verbs:
            verb = self._verbs.popleft()
            match verb:
                case verbs.Say() | verbs.Play() | verbs.Pause():
                    self._heard += _prompt(verb)
                case verbs.Redirect():
                    self._fetch(urljoin(self._url, verb.url), {})
                    return
                case verbs.Hangup() | verbs.Reject():
                    self.finish(verb.reason if isinstance(verb, verbs.Reject) else "hangup")
                    return
                case verbs.Gather() | verbs.Record() | verbs.Dial():
                    self._begin(verb)
                    return
                case verbs.Message():
                    raise AssertionError("twiml.read lets no <Message> into a call")
        if not self.over:
            self.finish("end")

    def _begin(self, verb: verbs.Gather | verbs.Record | verbs.Dial) -> None:
        self._waiting = verb
        match verb:
            case verbs.Gather():
                for prompt in verb.prompts:
                    self._heard += _prompt(prompt)
                inputs = tuple(sorted(verb.inputs))
                self._heard.append(
                    heard.Gathering(
                        inputs, verb.num_digits, verb.finish_on_key, verb.timeout, verb.hints, verb.language
                    )
                )
            case verbs.Record():
                self._heard.append(heard.Recording(verb.max_length, verb.finish_on_key, verb.beep))
            case verbs.Dial():
                self._heard.append(heard.Dialed(tuple(number.to for number in verb.numbers), verb.timeout))

    def _silence(self) -> None:
        match self._waiting:
            case verbs.Gather() as gather if gather.action_on_empty:
                self._answer(gather.action, {})
            case verbs.Dial() as dial:
                self._rang(dial, "no-answer", "")
            case verbs.Gather() | verbs.Record():
                self._go_on()
            case None:
                pass

    def _pressed(self, gather: verbs.Gather, keys: str) -> None:
        digits = take_digits(keys, gather.num_digits, gather.finish_on_key)
        if digits:
            self._answer(gather.action, {"Digits": digits})
        else:
            self._silence()

    def _recorded(self, record: verbs.Record, words: str, then: str) -> None:
        account = self._account.account_sid
        sid = new_sid("RE")
        seconds = min(record.max_length, max(1, round(len(words.split()) * SECONDS_A_WORD)))
        url = f"https://api.twilio.com/{API_VERSION}/Accounts/{account}/Recordings/{sid}"
        recording = {"RecordingUrl": url, "RecordingSid": sid, "RecordingDuration": str(seconds)}
        if then == "hang up":
            self.finish("caller")
        if record.status_callback:
            self._webhooks.notify(
                urljoin(self._url, record.status_callback),
                {
                    "AccountSid": account,
                    "CallSid": self.facts.sid,
                    "RecordingStatus": "completed",
                    "RecordingChannels": "1",
                    "RecordingSource": "RecordVerb",
                    **recording,
                },
            )
        if then == "hang up":
            params = self.facts.params() | recording | {"Digits": "hangup"}
            self._webhooks.notify(urljoin(self._url, record.action), params)
            return
        key = then if then in record.finish_on_key else ""
        self._answer(record.action, recording | {"Digits": key})

    def _rang(self, dial: verbs.Dial, outcome: Outcome, press: str) -> None:
        child = new_sid("CA")
        joined = outcome == "answered" and self._whisper(dial.numbers[0], child, press)
        ended = "completed" if joined else "no-answer" if outcome == "answered" else outcome
        params = {
            "DialCallStatus": ended,
            "DialCallSid": child,
            "DialBridged": "true" if joined else "false",
        }
        if joined:
            params["DialCallDuration"] = "60"
        if dial.action:
            self._answer(dial.action, params)
        else:
            self._go_on()

    def _whisper(self, number: verbs.Number, child: str, press: str) -> bool:
        """Play <Number url> to the person who answered; whether the two are joined after it."""
        if not number.url:
            return True
        callee = Leg(self._account, self._webhooks, child, self._account.number, number.to, url=number.url)
        callee.facts.direction = "outbound-dial"
        callee._url = urljoin(self._url, number.url)
        told = callee.open()
        if press and not callee.over:
            told += callee.press(press)
        for _ in range(MAX_DOCUMENTS):
            told += callee.wait()
        told += callee.hang_up()
        self._heard += [heard.Whispered(t.text, t.language) for t in told if isinstance(t, heard.Said)]
        return heard.HungUp("end") in told


def _prompt(verb: verbs.Prompt) -> list[Heard]:
    match verb:
        case verbs.Say():
            return [heard.Said(verb.text, verb.language, verb.voice, verb.breaks_ms)] * verb.times
        case verbs.Play():
            return [heard.Played(verb.url)] * verb.times
        case verbs.Pause():
            return [heard.Paused(verb.seconds)]


def take_digits(keys: str, num_digits: int, finish_on_key: str) -> str:
    """What a <Gather> takes of the keys pressed: up to its number of digits, or to its finishing key."""
    digits = ""
    for key in keys:
        if key == finish_on_key:
            break
        digits += key
        if len(digits) == num_digits:
            break
    return digits
