"""Staff who listen to messages all the time, while the carrier is slow: no parent may wait for them."""

import http.client
import json
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlencode

from redis import Redis

from hotline.store.keys import WHO_LENGTH, Keys

LISTENERS = 8
PASSWORD = "four words and more"
TIMEOUT_SECONDS = 30
PAUSE_SECONDS = 0.2

LISTENED = frozenset({200, 502})
"""The recording, or that the carrier took too long."""


def leave_message(redis: Redis, number: int) -> str:
    """Store a request with a recording, and return its id."""
    who = "0" * WHO_LENGTH
    id, keys = f"{who}-{number:012x}", Keys(who)
    fields = ("language", "channel", "when", "us_state", "sealed", "done")
    record = dict.fromkeys(fields, "") | {
        "at": time.time(),
        "since": time.time(),
        "by": "message",
        "recording": f"RE{number:032x}",
        "claimed_by": "-",
    }
    redis.hset(keys.requests, id, json.dumps(record))
    redis.zadd(keys.requested, {id: time.time()})
    return id


@dataclass(slots=True)
class Staff:
    """Eight people, each with a browser. Thread-safe."""

    webs: tuple[int, ...]
    messages: tuple[str, ...]
    listened: int = 0
    _at_work: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        for id in self.messages:
            threading.Thread(target=self._listen, args=(id,), name="staff", daemon=True).start()

    def begin(self) -> None:
        self._at_work.set()

    def pause(self) -> None:
        self._at_work.clear()

    def end(self) -> None:
        self._over.set()
        self._at_work.set()

    def _listen(self, id: str) -> None:
        cookies = ""
        while self._at_work.wait() and not self._over.is_set():
            with suppress(OSError, http.client.HTTPException):
                status, _ = self._ask("GET", f"/desk/recording/{id}", None, {"Cookie": cookies})
                self.listened += status in LISTENED
                if status not in LISTENED:
                    cookies = self._sign_in()
            time.sleep(PAUSE_SECONDS)

    def _sign_in(self) -> str:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"passphrase": PASSWORD})
        _, headers = self._ask("POST", "/desk/sign-in", body, form)
        return "; ".join(value.partition(";")[0] for name, value in headers if name == "set-cookie")

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, list[tuple[str, str]]]:
        web = http.client.HTTPConnection("127.0.0.1", Random().choice(self.webs), timeout=TIMEOUT_SECONDS)
        try:
            web.request(method, path, body, headers)
            answer = web.getresponse()
            answer.read()
            return answer.status, answer.getheaders()
        finally:
            web.close()
