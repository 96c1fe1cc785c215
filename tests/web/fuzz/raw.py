"""The server that `hotline web` runs, and bytes that are sent to it as they are."""

from __future__ import annotations

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
from devtools.twilio_sim.webhooks import Webhooks
from tests.running import free_ports, program, wait_until_up

ANSWER_SECONDS: Final = 5.0
"""What is not answered by then on a machine that has other things to do is not answered."""

STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) ")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: all bytes, and whether the server closed the connection then."""

    content: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        """Of each answer, in order. The word that a body may come is none."""
        return [int(status) for status in STATUS_LINE.findall(self.content) if status != b"100"]


class Server:
    """A running server with one process for requests."""

    def __init__(self, port: int, log: Path) -> None:
        self.port, self._log = port, log
        self._webhooks = Webhooks(made_up.ACCOUNT_SID, made_up.AUTH_TOKEN)
        self._ids = count(1)

    def connect(self) -> socket:
        """A connection, that waits no longer than ANSWER_SECONDS for anything."""
        return create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS)

    def say(self, *pieces: bytes, half_closed: bool = False) -> Heard:
        """Sends these bytes over a connection of their own, and hears all that comes back."""
        with self.connect() as connection:
            with suppress(OSError):  # who refuses need not hear the rest
                for piece in pieces:
                    connection.sendall(piece)
                if half_closed:
                    connection.shutdown(SHUT_WR)
            return heard(connection)

    def text(self, body: str) -> tuple[str, float]:
        """What the signed text of another parent each time is answered with, and after how many seconds."""
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
        """What the server logged, by name."""
        return set(re.findall(r'"event": ?"([a-z_]+)"', self._log.read_text(encoding="utf-8")))


def heard(connection: socket) -> Heard:
    """All that comes over a connection until it is closed, or nothing more comes."""
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
    """`hotline web`, until the end of the `with`."""
    (port,) = free_ports(1)
    environ = made_up.complete({"PORT": str(port), "REDIS_URL": redis_url, "WEB_PROCESSES": "1"}, folder)
    with program("web", environ, folder / "log") as process:
        wait_until_up(process, port)
        yield Server(port, folder / "log")
        assert process.poll() is None, "the server ended"
