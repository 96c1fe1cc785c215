"""Adapter from granian's RSGI interface to the WSGI app: a request gets a thread once its body is complete.

A thread that reads a body is blocked for as long as the sender likes. A few senders that never finish would
block all threads, and every parent, even on the fallback URLs, would get no answer. So:

Rule 1: a body is awaited without a thread, for at most WITHIN and MAX_BODY bytes; then the response is 408 or
        413 and the connection closes. Without a signature or a cookie the body is ignored, except on the
        sign-in pages.
Rule 2: the client's address is not passed to the app: nothing needs it, so it cannot end up in a log.
Rule 3: parents' webhooks have threads of their own (`lane_of`). Staff who play messages from a slow carrier,
        and requests for letters or the status, only delay each other.
Rule 4: if too many requests are queued, the response is 503 at once: Twilio retries, as its URL says
        (`with_retries`), and would otherwise give up after 15 seconds without an answer.
Rule 5: repeated headers are joined with a comma, so that no header can hide another.

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

from hotline.config.wires import HEADERS
from hotline.log import log
from hotline.web.forms import MAX_BODY
from hotline.web.service import Service

if TYPE_CHECKING:
    from flask import Flask
    from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]  # it is not marked as exported

THREADS: Final = 4
"""Webhooks that one process answers at a time.

A turn waits for two round trips to Redis, so a few overlap well; more would only wait for the GIL.
"""

OTHER_THREADS: Final = 2
"""Threads of each other lane."""

MOST_WAITING: Final = 200
"""Webhooks that may wait for a thread.

A turn takes 5 ms; even at 0.2 s, with a slow Redis, the last one is answered within ten seconds.
"""

MOST_OTHERS_WAITING: Final = 16

PARENTS: Final = ("/sms", "/voice", "/status", "/fallback")
"""Path prefixes of webhooks. GET /status is not one."""

AT_THE_CARRIER: Final = ("/desk/recording",)
"""Path prefixes of requests that call Twilio while the client waits."""

WITHIN: Final = 2.0
"""Timeout in seconds. Twilio's forms are two kilobytes and arrive in a moment."""

CREDENTIALS: Final = (*(header.lower() for header in HEADERS), "cookie")
"""A body is read only with one of these headers, or for a path in SIGN_IN."""

SIGN_IN: Final = ("/desk/sign-in", "/desk/passphrase/", "/desk/language")
"""Path prefixes whose forms need no credentials."""

BODILESS: Final = frozenset({"GET", "HEAD"})

CLOSE: Final = [("connection", "close")]

Answer = tuple[int, list[tuple[str, str]], bytes]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Refused(Exception):
    """The request is refused. Carries the HTTP status that says why."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


class Lane:
    """Threads for one kind of request, with a bounded queue. Used only by the thread of the event loop."""

    def __init__(self, name: str, threads: int, most_waiting: int) -> None:
        self._most = threads + most_waiting
        self._inside = 0
        self._threads = ThreadPoolExecutor(
            threads, name
        )  # starts no thread until needed, since the process forks first

    async def answer(self, app: Wsgi, scope: Scope, body: bytes) -> Answer:
        """Return the app's answer. Raises Refused if too many requests are queued."""
        if self._inside >= self._most:
            raise Refused(503)
        self._inside += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _answer, app, scope, body)
        finally:
            self._inside -= 1


class Served:
    """A WSGI app as an RSGI app for granian. One per process."""

    def __init__(self, app: Flask) -> None:
        self._app = app.wsgi_app
        self.service: Service = app.extensions["hotline"]
        self._parents = Lane("web", THREADS, MOST_WAITING)
        self._at_the_carrier = Lane("carrier", OTHER_THREADS, MOST_OTHERS_WAITING)
        self._others = Lane("others", OTHER_THREADS, MOST_OTHERS_WAITING)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer one request."""
        try:
            body = await _body(scope, protocol) if _may_be_read(scope) else b""
            status, headers, words = await self.lane_of(scope).answer(self._app, scope, body)
        except Refused as refused:
            log.warning("request_refused", status=refused.status)
            protocol.response_empty(refused.status, CLOSE)
            return
        protocol.response_bytes(status, headers, words)

    def lane_of(self, scope: Scope) -> Lane:
        """Return the lane whose threads answer this request."""
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
    """Return the complete body. Raises Refused."""
    length = scope.headers.get("content-length")
    if length and (not length.isdecimal() or int(length) > MAX_BODY):
        raise Refused(413)
    try:
        async with asyncio.timeout(WITHIN):
            return await (protocol() if length else _in_pieces(protocol))
    except TimeoutError:
        raise Refused(408) from None
    except (ProtocolError, ProtocolClosed):
        raise Refused(400) from None  # the client disconnected, or sent invalid chunks


async def _in_pieces(protocol: HTTPProtocol) -> bytes:
    """Return a body without a content length. Raises Refused."""
    pieces, size = [], 0
    async for piece in protocol:
        size += len(piece)
        if size > MAX_BODY:
            raise Refused(413)
        pieces.append(piece)
    return b"".join(pieces)


def _answer(app: Wsgi, scope: Scope, body: bytes) -> Answer:
    """Return the app's answer; runs in a thread of a lane."""
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
    if scope.authority:  # replaces Host in HTTP/2
        environ["HTTP_HOST"] = scope.authority
    return environ
