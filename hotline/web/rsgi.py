"""Serves the app to granian, by its interface RSGI: a request gets a thread when all of it has come.

A thread that reads a body waits for it as long as its sender likes. A few senders who never finish would hold all
threads, and the line would be silent for every parent, its fallbacks too. So:

Rule 1: a body is waited for without a thread, for WITHIN and up to MAX_BODY. Then 408 or 413, and the connection goes.
        One that comes with neither a signature nor a login is not waited for: nobody reads it.
Rule 2: who asked is not passed on: nothing here needs an address, and what is not there is in no log.
Rule 3: what parents wait for has threads of its own (`lane_of`). Staff who listen to messages at a carrier that is slow,
        and whoever asks for a letter or how the line is, wait for each other alone.
Rule 4: where too many wait already, 503 comes at once: Twilio asks again, as its address says (`with_retries`), and
        would else give up after 15 seconds without a word.
Rule 5: two headers of one name are one, with a comma, so that nobody can hide one behind another.

Source: github.com/emmett-framework/granian, docs/spec/RSGI.md; PEP 3333.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from granian.rsgi import ProtocolClosed, ProtocolError  # type: ignore[attr-defined]  # not marked as exported

from hotline.log import log
from hotline.web.forms import MAX_BODY

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]  # it is not marked as exported

THREADS: Final = 4
"""Webhooks that one process answers at a time. A turn waits for two round trips to Redis, so a few overlap well; more
would only wait for the interpreter's lock."""

OTHER_THREADS: Final = 2
"""For each of the other lanes."""

MOST_WAITING: Final = 200
"""Webhooks that wait for a thread. A turn takes 5 ms; even at the 0.2 s of a Redis in trouble the last one is answered
within ten seconds."""

MOST_OTHERS_WAITING: Final = 16

PARENTS: Final = ("/sms", "/voice", "/status", "/fallback")
"""Where the addresses of webhooks begin. GET /status is no webhook."""

AT_THE_CARRIER: Final = ("/desk/recording",)
"""Where the addresses begin which ask Twilio something while somebody waits."""

WITHIN: Final = 2.0
"""Seconds. Twilio's forms are two kilobytes, and come in a moment."""

CREDENTIALS: Final = ("x-twilio-signature", "cookie")
"""A body is read only of who brings one of these, or signs in."""

SIGN_IN: Final = ("/desk/sign-in", "/desk/passphrase/", "/desk/language")
"""Where the addresses begin that take a form from somebody without any."""

BODILESS: Final = frozenset({"GET", "HEAD"})

CLOSE: Final = [("connection", "close")]

Answer = tuple[int, list[tuple[str, str]], bytes]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Refused(Exception):
    """The body is not one that we wait for. Holds the status that says why."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


class Lane:
    """Threads for one kind of request, and how many wait for them. Used by the event loop's thread alone."""

    def __init__(self, name: str, threads: int, most_waiting: int) -> None:
        self._most = threads + most_waiting
        self._inside = 0
        self._threads = ThreadPoolExecutor(
            threads, name
        )  # starts none before it is needed: a process forks before

    async def answer(self, app: Wsgi, scope: Scope, body: bytes) -> Answer:
        """What the app answers. Raises Refused where too many wait."""
        if self._inside >= self._most:
            raise Refused(503)
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _answer, app, scope, body)
        finally:
            self._inside -= 1


class Served:
    """A WSGI app, as granian calls it. One per process."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app
        self._parents = Lane("web", THREADS, MOST_WAITING)
        self._at_the_carrier = Lane("carrier", OTHER_THREADS, MOST_OTHERS_WAITING)
        self._others = Lane("others", OTHER_THREADS, MOST_OTHERS_WAITING)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """One request."""
        try:
            body = await _body(scope, protocol) if _may_be_read(scope) else b""
            status, headers, words = await self.lane_of(scope).answer(self._app, scope, body)
        except Refused as refused:
            log.warning("request_refused", status=refused.status)
            protocol.response_empty(refused.status, CLOSE)
            return
        protocol.response_bytes(status, headers, words)

    def lane_of(self, scope: Scope) -> Lane:
        """Whose threads answer this request."""
        if scope.path.startswith("/fallback") or (
            scope.method not in BODILESS and scope.path.startswith(PARENTS)
        ):
            return self._parents
        return self._at_the_carrier if scope.path.startswith(AT_THE_CARRIER) else self._others


def _may_be_read(scope: Scope) -> bool:
    if scope.method in BODILESS:
        return False
    return scope.path.startswith(SIGN_IN) or any(scope.headers.get(name) for name in CREDENTIALS)


async def _body(scope: Scope, protocol: HTTPProtocol) -> bytes:
    """All of the body. Raises Refused."""
    told = scope.headers.get("content-length")
    if told and (not told.isdecimal() or int(told) > MAX_BODY):
        raise Refused(413)
    try:
        async with asyncio.timeout(WITHIN):
            return await (protocol() if told else _in_pieces(protocol))
    except TimeoutError:
        raise Refused(408) from None
    except (ProtocolError, ProtocolClosed):
        raise Refused(400) from None  # the sender hung up, or their chunks are none


async def _in_pieces(protocol: HTTPProtocol) -> bytes:
    """A body that does not say how long it is. Raises Refused."""
    pieces, size = [], 0
    async for piece in protocol:
        size += len(piece)
        if size > MAX_BODY:
            raise Refused(413)
        pieces.append(piece)
    return b"".join(pieces)


def _answer(app: Wsgi, scope: Scope, body: bytes) -> Answer:
    """What the app answers, in a thread."""
    started: list[tuple[int, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        started.append((int(status[:3]), [(name.lower(), value) for name, value in headers]))

    pieces = app(_environ(scope, body), start)
    try:
        words = b"".join(pieces)
    finally:
        if close := getattr(pieces, "close", None):
            close()
    status, headers = started[-1]
    return status, headers, words


def _environ(scope: Scope, body: bytes) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": "hotline",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    if scope.authority:  # in place of Host, in HTTP/2
        environ["HTTP_HOST"] = scope.authority
    return environ
