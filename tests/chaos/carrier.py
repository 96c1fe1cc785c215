"""`python -m tests.chaos.carrier`: the simulator with the town's clock and random faults.

Rule 1: the faults of a text come from a random generator seeded by the text, so that one seed gives the same faults.
Rule 2: status callbacks are relayed here: some late, some twice, some never, each to a random web server. One that
        cannot connect or gets 503 is told again, as its URL asks Twilio to, then lost. The hotline's responses are recorded.
Rule 3: faults are off until switched on.

Environment: as `devtools.twilio_sim`, plus WEBS (the web servers' ports), SEED, and TIME_OUT_EVERY in seconds.
"""

import http.client
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from devtools.twilio_sim import Account, Carrier, Fault, serve
from devtools.twilio_sim.__main__ import read_account
from devtools.twilio_sim.carrier import Draft
from devtools.twilio_sim.faults import FaultKind
from devtools.twilio_sim.messages import Text, written
from hotline import clock

BAD_LUCK: dict[str, tuple[float, Fault]] = {
    "too many requests": (0.02, Fault(FaultKind.REFUSE, code=20429)),
    "error 500": (0.03, Fault(FaultKind.REFUSE, code=500)),
    "phone is off": (0.05, Fault(FaultKind.UNDELIVERED, code=30003)),
    "statuses out of order": (0.10, Fault(FaultKind.OUT_OF_ORDER)),
}
"""Fault name -> (probability per text, fault)."""

TIME_OUT = "time-out after it was accepted"
STALL = Fault(FaultKind.STALL, seconds=13)
"""Longer than the client's timeout. It blocks a worker for ten seconds, so it is rare."""

LATE, TWICE, LATEST_SECONDS = 0.15, 0.15, 2.5
"""The share of statuses that come late, the share that come twice, and the maximum delay."""
SILENT = 0.03
"""The share of texts without a status callback; also every other timed-out text, from the first.

Then only the carrier's message list shows whether the text was sent.
"""
HOURS_LATE = 0.04
"""The part of the statuses that come in a later scene: hours or days later by the town's clock."""
CROWD = 303
"""The area code of those who are no parents of the town."""
SOUND_SECONDS, PIECE_SECONDS = 20.0, 2.0
"""How long a recording takes, and each part of it."""
TRIES, AGAIN = 5, 503
"""How often a status is told that cannot connect, or is answered so: its URL says #rc=5&rp=all."""
HEADERS = ("X-Twilio-Signature", "Content-Type", "I-Twilio-Idempotency-Token")
NOBODY = 0
"""The status for a web server that was down, or was killed before it responded."""


class TownsCarrier(Carrier):
    """A carrier with random faults that stamps texts with the town's clock, as look-ups rely on it."""

    def __init__(self, account: Account, seed: str, time_out_every: float) -> None:
        super().__init__(account)
        self.bad_luck = threading.Event()
        self.account_fault: Fault | None = None
        """What befalls every text while the carrier has something against our account."""
        self.redacted: set[str] = set()
        """The status callbacks of the texts whose body is gone, and of which no status ever comes."""
        self.happened: Counter[str] = Counter()
        self._seed, self._time_out_every, self._time_out_at = seed, time_out_every, time.monotonic()
        self.silent: set[str] = set()
        self._asked: Counter[str] = Counter()
        self._luck = threading.Lock()

    def send(self, draft: Draft) -> Text:
        """Send a text as `Carrier.send` does, with random faults if they are switched on."""
        if fault := self.account_fault:
            self.faults.add(replace(fault, to=draft.to))
            self.happened[f"account at fault: {fault.code}"] += 1
            return super().send(draft)
        gone = False
        if self.bad_luck.is_set():
            with self._luck:
                gone = self._throw(draft)
        text = super().send(draft)
        if gone:
            self.ledger.change(text.sid, lambda kept: replace(kept, body=""))
        return text

    def crowd(self, count: int) -> None:
        """Receive texts of many who are no parents of the town, and whose webhooks never come."""
        account, at = self.account, clock.now()
        for n in range(count):
            number = f"+1{CROWD}{n:07d}"
            text = written(
                account.new_sid("SM"), account.account_sid, from_=number, to=account.number, body="hi"
            )
            self.ledger.add(replace(text, at=at))
        self.happened["texts of a crowd"] += count

    def _throw(self, draft: Draft) -> bool:
        """Throw what befalls a text; return whether its body is gone at once, and no status comes of it."""
        self._asked[draft.status_callback] += 1
        dice = Random(f"{self._seed} {draft.status_callback} {self._asked[draft.status_callback]}")
        luck, silent, gone = dice.random(), SILENT, False
        for name, (chance, fault) in BAD_LUCK.items():
            if 0 <= luck < chance:
                self.faults.add(replace(fault, to=draft.to))
                self.happened[name] += 1
            luck -= chance
        if luck > 0 and time.monotonic() >= self._time_out_at:
            self._time_out_at = time.monotonic() + self._time_out_every
            self.faults.add(replace(STALL, to=draft.to))
            self.happened[TIME_OUT] += 1
            silent = self.happened[TIME_OUT] % 2
            if gone := self.happened[TIME_OUT] % 3 == 1:
                self.redacted.add(urlsplit(draft.status_callback).query)
                self.happened["body is gone, and no status comes"] += 1
        if gone or dice.random() < silent:
            self.silent.add(urlsplit(draft.status_callback).query)
            self.happened["no status ever comes"] += 1
        return gone

    def _outbound(self, to: str, body: str, direction: str, status: str) -> Text:
        return replace(super()._outbound(to, body, direction, status), at=clock.now())


Status = tuple[str, bytes, dict[str, str], tuple[str, str]]
"""A status on its way: its path, body and headers, and the text's id with the status."""


@dataclass(slots=True)
class Way:
    """The relay of status callbacks from the carrier to the web servers. Thread-safe."""

    webs: tuple[int, ...]
    seed: str
    told: list[dict[str, object]] = field(default_factory=list)
    pending: int = 0
    held: list[Status] = field(default_factory=list)
    """What comes hours later: when it is let go."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, path: str, body: bytes, headers: dict[str, str], name: tuple[str, str]) -> None:
        """Deliver a status callback in the background. `name` is the text's SID and the status."""
        dice = Random(f"{self.seed} {path} {name[1]}")
        if dice.random() < HOURS_LATE:
            with self._lock:
                self.held.append((path, body, headers, name))
            return
        for _ in range(2 if dice.random() < TWICE else 1):
            late = dice.uniform(0.2, LATEST_SECONDS) if dice.random() < LATE else 0.0
            with self._lock:
                self.pending += 1
            timer = threading.Timer(late, self._deliver, (path, body, headers, name))
            timer.daemon = True
            timer.start()

    def let_go(self) -> None:
        """Deliver what was held back."""
        with self._lock:
            held, self.held = self.held, []
            self.pending += len(held)
        for each in held:
            threading.Thread(target=self._deliver, args=each, daemon=True).start()

    def _deliver(self, path: str, body: bytes, headers: dict[str, str], name: tuple[str, str]) -> None:
        code = NOBODY
        try:
            for _ in range(TRIES):
                code, reached = self._post(path, body, headers)
                if reached and code != AGAIN:
                    break
                time.sleep(0.1)
        finally:
            told = {"sid": name[0], "status": name[1], "code": code, "at": clock.now().isoformat()}
            with self._lock:
                self.pending -= 1
                self.told.append(told)

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bool]:
        """Post once; return the response status and whether it connected, else it may be retried."""
        web = http.client.HTTPConnection("127.0.0.1", Random().choice(self.webs), timeout=15)
        try:
            web.connect()
        except OSError:
            return NOBODY, False
        try:
            web.request("POST", path, body, headers)
            return web.getresponse().status, True
        except (OSError, http.client.HTTPException):
            return NOBODY, True
        finally:
            web.close()


def routes(carrier: TownsCarrier, way: Way) -> Blueprint:
    """Return a blueprint that receives status callbacks and serves the test suite."""
    blueprint = Blueprint("way", __name__)

    @blueprint.post("/status")
    def status() -> ResponseReturnValue:
        headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
        body = request.get_data(cache=True)
        name = request.form["MessageSid"], request.form["MessageStatus"]
        if request.query_string.decode() not in carrier.silent:
            way.take(request.environ["RAW_URI"], body, headers, name)
        return "", 204

    @blueprint.get("/simulator/way")
    def told() -> ResponseReturnValue:
        return jsonify(
            {
                "pending": way.pending,
                "happened": carrier.happened,
                "told": way.told,
                "redacted": sorted(carrier.redacted),
            }
        )

    @blueprint.get("/simulator/pending")
    def pending() -> ResponseReturnValue:
        return jsonify(way.pending)

    @blueprint.post("/simulator/came")
    def came() -> ResponseReturnValue:
        given = request.get_json()
        account = carrier.account
        text = written(
            given["sid"], account.account_sid, from_=given["number"], to=account.number, body=given["body"]
        )
        carrier.ledger.add(replace(text, at=clock.now()))
        return {}

    _misfortunes(blueprint, carrier, way)
    _slow_sound(blueprint)
    return blueprint


def _slow_sound(blueprint: Blueprint) -> None:
    """Have every recording take SOUND_SECONDS."""

    def pieces() -> Iterator[bytes]:
        for _ in range(int(SOUND_SECONDS / PIECE_SECONDS)):
            time.sleep(PIECE_SECONDS)
            yield b"\0"

    @blueprint.before_app_request
    def sound() -> ResponseReturnValue | None:
        if request.method == "GET" and request.path.endswith(".mp3"):
            return Response(pieces(), mimetype="audio/mpeg")
        return None


def _misfortunes(blueprint: Blueprint, carrier: TownsCarrier, way: Way) -> None:
    """Add the routes through which the suite has things go wrong."""

    @blueprint.post("/simulator/crowd")
    def crowd() -> ResponseReturnValue:
        carrier.crowd(request.get_json()["count"])
        return {}

    @blueprint.post("/simulator/account")
    def account() -> ResponseReturnValue:
        """Have the carrier refuse every text with this code, at once or by its status; 0 for none any more."""
        given = request.get_json()
        kind = FaultKind.UNDELIVERED if given.get("by_status") else FaultKind.REFUSE
        carrier.account_fault = Fault(kind, code=given["code"]) if given["code"] else None
        return {"refused": sum(n for name, n in carrier.happened.items() if name.startswith("account"))}

    @blueprint.post("/simulator/late")
    def late() -> ResponseReturnValue:
        way.let_go()
        return {}

    @blueprint.post("/simulator/luck")
    def luck() -> ResponseReturnValue:
        if request.get_json()["bad"]:
            carrier.bad_luck.set()
        else:
            carrier.bad_luck.clear()
        return {}


def main() -> int:
    """Serve until the process is killed."""
    environ = os.environ
    way = Way(tuple(int(port) for port in environ["WEBS"].split(",")), environ["SEED"])
    carrier = TownsCarrier(read_account(environ), environ["SEED"], float(environ["TIME_OUT_EVERY"]))
    with serve(carrier, int(environ["SIMULATOR_PORT"]), routes(carrier, way)):
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
