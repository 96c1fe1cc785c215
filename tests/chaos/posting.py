"""Webhooks as the carrier posts them: signed, again with the same id until they are answered; and what was answered.

Rule 1: what never got an answer is posted again, as Twilio does after a broken connection. Only an answer counts.
Rule 2: all that was posted and answered is kept: it is what the judgement holds against Redis.
"""

from __future__ import annotations

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
"""Longer than both webs need to come back. A webhook without an answer by then is a fault."""
PAUSE_SECONDS = 0.1

ENDED, TRY_AGAIN = "/voice/ended", 503
"""What nobody waits for words of: the service may say that it could not take it, and is told again."""

AT_ONCE = 24
"""Copies and rivals of webhooks under way at once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, by the town's clock: when it was asked for and when it came."""

    began: datetime
    ended: datetime
    status: int
    document: str


@dataclass(slots=True)
class Asked:
    """One webhook, however often it was posted. `words` is what the parent said, pressed or did."""

    number: str
    id: str
    path: str
    form: Mapping[str, str]
    words: str
    began: datetime
    answers: list[Answer] = field(default_factory=list)
    broken: int = 0

    def heard(self, safe: frozenset[str]) -> str:
        """What the parent gets: the answer that came first, of those that are more than the safe words."""
        answers = sorted(self.answers, key=lambda answer: (answer.document in safe, answer.ended))
        return answers[0].document


class Unanswered(Exception):
    """A webhook got no answer for GIVE_UP_SECONDS."""


@dataclass(slots=True)
class Poster:
    """Posts to any of the webs, from many threads."""

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
        """A webhook that begins now. You must `post` it."""
        asked = Asked(number, id, path, form, words, self.clock.now())
        self.asked.append(asked)
        return asked

    def knows(self, asked: Asked) -> None:
        """The carrier has this text, and can tell of it whatever becomes of its webhook."""
        self.control.post("came", sid=asked.id, number=asked.number, body=asked.words)

    def post(self, *asked: Asked) -> None:
        """Posts webhooks, several at once, the same one too, until each is answered. Raises Unanswered."""
        if len(asked) == 1:
            self._until_answered(asked[0])
            return
        for done in [self._copies.submit(self._until_answered, one) for one in asked]:
            done.result()

    def close(self) -> None:
        """Ends the threads and the connections."""
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
            except (OSError, http.client.HTTPException):
                asked.broken += 1
                time.sleep(PAUSE_SECONDS)
                continue
            if status == TRY_AGAIN and asked.path == ENDED:
                asked.broken += 1  # nobody waits for words: the carrier posts it again, as its address says
                time.sleep(PAUSE_SECONDS)
                continue
            asked.answers.append(Answer(began, self.clock.now(), status, document))
            return
        raise Unanswered(f"{asked.path} got no answer for {GIVE_UP_SECONDS:g} s")

    def _once(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """One request to one of the webs, on an idle connection to it, or a new one."""
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
