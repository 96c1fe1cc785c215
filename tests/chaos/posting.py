"""Webhooks as the carrier posts them: signed, and retried with the same id until they get a response.

Rule 1: a webhook without a response is retried, as Twilio does after a broken connection. Only a response counts.
Rule 2: all webhooks and responses are recorded: the judgement compares them with Redis.
"""

import http.client
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from devtools.twilio_sim.phone import Control
from tests.chaos.hours import Clock

TIMEOUT_SECONDS = 15
GIVE_UP_SECONDS = 40.0
"""Longer than both web servers need to restart. A webhook without a response by then is a fault."""
PAUSE_SECONDS = 0.1

ENDED, TRY_AGAIN = "/voice/ended", 503
"""The path of a webhook without a caller waiting, and the status that asks the carrier to retry it."""

AT_ONCE = 24
"""Maximum concurrent copies and competing webhooks."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, with the times of the request and the response on the town's clock."""

    began: datetime
    ended: datetime
    status: int
    document: str


@dataclass(slots=True)
class Asked:
    """One webhook with all its attempts. `words` is what the parent said, pressed or did."""

    number: str
    id: str
    path: str
    form: Mapping[str, str]
    words: str
    began: datetime
    answers: list[Answer] = field(default_factory=list)
    broken: int = 0
    timed_out: int = 0

    def heard(self, safe: frozenset[str]) -> str:
        """Return what the parent gets: the first response, preferring ones other than the fallback text."""
        answers = sorted(self.answers, key=lambda answer: (answer.document in safe, answer.ended))
        return answers[0].document


class Unanswered(Exception):
    """Raised when a webhook got no response for GIVE_UP_SECONDS."""


@dataclass(slots=True)
class Poster:
    """Posts to a random web server. Thread-safe."""

    clock: Clock
    control: Control
    address: str
    token: str
    webs: tuple[int, ...]
    asked: list[Asked] = field(default_factory=list)
    _signer: RequestValidator = field(init=False)
    _idle: dict[int, deque[http.client.HTTPConnection]] = field(init=False)
    _copies: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._signer = RequestValidator(self.token)
        self._copies = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="copy")
        self._idle = {port: deque() for port in self.webs}

    def new(self, number: str, id: str, path: str, form: Mapping[str, str], words: str) -> Asked:
        """Create and record a webhook that begins now. You must `post` it."""
        asked = Asked(number, id, path, form, words, self.clock.now())
        self.asked.append(asked)
        return asked

    def knows(self, asked: Asked) -> None:
        """Add the text to the carrier's ledger, whatever happens to its webhook."""
        self.control.post("came", sid=asked.id, number=asked.number, body=asked.words)

    def post(self, *asked: Asked) -> None:
        """Post webhooks concurrently, possibly the same one twice, until each has a response.

        Raises Unanswered.
        """
        if len(asked) == 1:
            self._until_answered(asked[0])
            return
        for done in [self._copies.submit(self._until_answered, one) for one in asked]:
            done.result()

    def close(self) -> None:
        """Stop the threads and close the connections."""
        self._copies.shutdown()
        for idle in self._idle.values():
            for web in idle:
                web.close()

    def _until_answered(self, asked: Asked) -> None:
        body = urlencode(asked.form).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": self._signer.compute_signature(self.address + asked.path, dict(asked.form)),
        }
        end = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < end:
            began = self.clock.now()
            try:
                status, document = self._once(asked.path, body, headers)
            except TimeoutError:
                asked.timed_out += 1
                continue
            except (OSError, http.client.HTTPException):
                asked.broken += 1
                time.sleep(PAUSE_SECONDS)
                continue
            if status == TRY_AGAIN and asked.path == ENDED:
                asked.broken += 1  # the carrier retries it, as its URL specifies
                time.sleep(PAUSE_SECONDS)
                continue
            asked.answers.append(Answer(began, self.clock.now(), status, document))
            return
        raise Unanswered(f"{asked.path} got no answer for {GIVE_UP_SECONDS:g} s")

    def _once(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Send one request to a random web server, reusing an idle connection if there is one."""
        port = Random().choice(self.webs)
        try:
            web = self._idle[port].pop()
        except IndexError:
            web = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        try:
            web.request("POST", path, body, dict(headers))
            response = web.getresponse()
            status, document = response.status, response.read().decode()
        except BaseException:
            web.close()
            raise
        self._idle[port].append(web)
        return status, document
