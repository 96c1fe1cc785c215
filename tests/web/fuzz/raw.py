"""The server that `hotline web` runs, and raw bytes sent to it."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from socket import SHUT_WR, create_connection, socket
from typing import Final

from devtools.local import made_up
from devtools.twilio_sim.account import Account
from devtools.twilio_sim.webhooks import Webhooks
from tests.running import free_ports, program, wait_until_up

ANSWER_SECONDS: Final = 5.0
"""Timeout for a response on a busy machine."""

STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) ")


@dataclass(frozen=True, slots=True)
class Heard:
    """The bytes received, and whether the server closed the connection afterward."""

    content: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        """The status of each response in order, without 100 Continue."""
        return [int(status) for status in STATUS_LINE.findall(self.content) if status != b"100"]


class Server:
    """A running server with one web process."""

    def __init__(self, port: int, log: Path) -> None:
        self.port, self._log = port, log
        self._webhooks = Webhooks(Account(made_up.ACCOUNT_SID, made_up.AUTH_TOKEN, number=""))
        self._ids = count(1)

    def connect(self) -> socket:
        return create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS)

    def say(self, *pieces: bytes, half_closed: bool = False) -> Heard:
        """Send bytes over a new connection and return everything received."""
        with self.connect() as connection:
            with suppress(OSError):  # a server that refuses need not read the rest
                for piece in pieces:
                    connection.sendall(piece)
                if half_closed:
                    connection.shutdown(SHUT_WR)
            return heard(connection)

    def text(self, body: str) -> tuple[str, float]:
        """Send a signed text from a new parent; return the response and its seconds."""
        began, parent = time.monotonic(), next(self._ids)
        form = {
            "MessageSid": f"SM{parent:032x}",
            "AccountSid": made_up.ACCOUNT_SID,
            "From": f"+1202555{parent:04d}",
            "To": "+15105550100",
            "Body": body,
        }
        answer = self._webhooks.post(f"http://127.0.0.1:{self.port}/sms", form)
        return answer.body.decode(), time.monotonic() - began

    def events(self) -> set[str]:
        """Return the names of the logged events."""
        return set(re.findall(r'"event": ?"([a-z_]+)"', self._log.read_text(encoding="utf-8")))


def heard(connection: socket) -> Heard:
    """Receive from a connection until it is closed or times out."""
    content = b""
    with suppress(TimeoutError):
        try:
            while piece := connection.recv(65_536):
                content += piece
        except ConnectionResetError:
            return Heard(content, closed=True)
        return Heard(content, closed=True)
    return Heard(content, closed=False)


@contextmanager
def running(redis_url: str, folder: Path) -> Iterator[Server]:
    """Run `hotline web` until the end of the `with`. Raises AssertionError if it exited early."""
    (port,) = free_ports(1)
    environ = made_up.complete({"PORT": str(port), "REDIS_URL": redis_url, "WEB_PROCESSES": "1"}, folder)
    with program("web", environ, folder / "log") as process:
        wait_until_up(process, port)
        yield Server(port, folder / "log")
        assert process.poll() is None, "the server ended"
