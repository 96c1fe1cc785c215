"""`hotline web` over HTTP: a request has a thread when all of it has come, and not before."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from devtools.local import made_up
from hotline.config.settings import Settings
from hotline.web.app import MAX_BODY
from hotline.web.rsgi import THREADS, WITHIN
from tests.running import free_ports, program, wait_until_up
from tests.web.twilio_forms import Caller

BOUND_SECONDS = 20.0
HEAD = "POST /sms HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: made-up\r\n"


@dataclass(frozen=True, slots=True)
class Web:
    """One web process of `hotline web`, and the file that it logs to."""

    port: int
    settings: Settings
    log: Path

    def connect(self, words: str) -> socket.socket:
        """Somebody who sends these words, and nothing more."""
        connection = socket.create_connection(("127.0.0.1", self.port), BOUND_SECONDS)
        connection.sendall(words.encode("latin-1"))
        return connection

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=BOUND_SECONDS)
        asking.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = asking.getresponse()
        told = answer.status, dict(answer.getheaders()), answer.read().decode()
        asking.close()
        return told

    def text(self, body: str) -> str:
        """A parent's text; what comes back."""
        form = Caller.sms_form(self.parent, body)
        signature = self.parent.sign("/sms", form)
        status, headers, words = self.ask(
            "POST",
            "/sms",
            urlencode(form),
            Content_Type="application/x-www-form-urlencoded",
            X_Twilio_Signature=signature,
        )
        assert (200, "text/xml") == (status, headers["content-type"].partition(";")[0])
        return words

    @property
    def parent(self) -> Caller:
        return Caller(None, self.settings)  # type: ignore[arg-type]  # it writes forms, and sends none


@pytest.fixture(scope="module")
def web(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    (port,) = free_ports(1)
    environ = made_up.complete({"PORT": str(port), "WEB_PROCESSES": "1", "REDIS_URL": redis_url}, folder)
    with program("web", environ, folder / "log") as process:
        wait_until_up(process, port)
        yield Web(port, Settings.read(environ), folder / "log")
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(BOUND_SECONDS)


def answer(connection: socket.socket) -> bytes:
    """All that comes until the connection is closed."""
    told = b""
    while more := connection.recv(65_536):
        told += more
    return told


def test_a_parent_is_answered_while_strangers_trickle(web: Web) -> None:
    """Ten for each thread, who never finish what they send."""
    with ExitStack() as strangers:
        slow = [
            strangers.enter_context(web.connect(f"{HEAD}Content-Length: 900\r\n\r\nBody="))
            for _ in range(10 * THREADS)
        ]
        began = time.monotonic()
        assert "<Message>" in web.text("what is an iep")
        assert time.monotonic() - began < WITHIN
        assert all(b"408" in answer(each).partition(b"\r\n")[0] for each in slow)
        assert time.monotonic() - began < 3 * WITHIN
    assert "<Message>" in web.text("what is a 504 plan")


@pytest.mark.parametrize(
    "sent",
    [
        f"Content-Length: {MAX_BODY + 1}\r\n\r\nBody=",
        f"Transfer-Encoding: chunked\r\n\r\n{MAX_BODY + 1:x}\r\n{'a' * (MAX_BODY + 1)}\r\n",
        "Content-Length: 99999999999999999999\r\n\r\n",
    ],
    ids=["told", "not told", "absurd"],
)
def test_what_is_too_long_is_not_waited_for(web: Web, sent: str) -> None:
    """Nor held in memory."""
    with web.connect(HEAD + sent) as stranger:
        status = answer(stranger).partition(b"\r\n")[0]
        assert b"413" in status or b"400" in status


def test_an_address_comes_as_it_was_written(web: Web) -> None:
    """The path, the query, and what the pages answer."""
    status, headers, page = web.ask("GET", "/letters/504?lang=es")
    assert (200, "es") == (status, headers["content-language"])
    assert "Plan 504" in page
    assert (200, "") == web.ask("HEAD", "/letters")[::2]
    assert 404 == web.ask("GET", "/letters/%C3%A9%3F%2F")[0]
    assert 403 == web.ask("POST", "/sms", "Body=hi")[0]
    assert 405 == web.ask("GET", "/sms")[0]


def test_a_header_hides_none_of_its_name(web: Web) -> None:
    """Two signatures are neither."""
    form = web.parent.sms_form("hi")
    body, signature = urlencode(form), web.parent.sign("/sms", form)
    head = HEAD.replace("made-up", f"made-up\r\nX-Twilio-Signature: {signature}")
    with web.connect(f"{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}") as twice:
        assert b"403" in answer(twice).partition(b"\r\n")[0]


def test_nothing_of_a_stranger_is_logged(web: Web) -> None:
    """Not what they sent, and not from where."""
    with web.connect(
        f"{HEAD}User-Agent: Zebulon\r\nContent-Length: {MAX_BODY + 1}\r\n\r\nZebulon"
    ) as stranger:
        answer(stranger)
    lines = [json.loads(line) for line in web.log.read_text().splitlines()]
    assert {"event": "request_refused", "status": 413} == {
        name: lines[-1][name] for name in ("event", "status")
    }
    assert not any(word in web.log.read_text() for word in ("Zebulon", "127.0.0.1"))
