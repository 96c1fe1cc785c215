"""Adapter from granian's RSGI interface to the webhooks and the WSGI app. A request gets a thread once it is complete.

A thread that reads a body is blocked for as long as the sender likes. A few senders that never finish would
block all threads, and no parent would get an answer, even on the fallback URLs. So:

Rule 1: a body is awaited without a thread, for at most WITHIN and MAX_BODY bytes; then the response is 408 or
        413 and the connection closes. Without a signature or a cookie the body is ignored, except on the
        sign-in pages.
Rule 2: the client's address is passed to the app only with a sign-in, which is throttled by it (`desk.accounts`).
        Nothing logs it.
Rule 3: parents' webhooks have threads of their own (`lane_of`). Staff who play messages from a slow carrier,
        and requests for letters or the status, only delay each other.
Rule 4: if too many requests are queued, the response is 503 at once: Twilio retries as the URL's fragment says
        (`with_retries`), and would otherwise give up after 15 seconds without an answer.
Rule 5: the values of a repeated header are joined with a comma, so that no header can hide another.
Rule 6: a webhook is answered without Flask (`routes.answer`), the thread of a request sends its response itself, and
        the event loop is not woken for it (`take`, `lanes`).

Source: github.com/emmett-framework/granian, docs/spec/RSGI.md; PEP 3333.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from granian.rsgi import ProtocolClosed, ProtocolError  # type: ignore[attr-defined]  # not marked as exported

from hotline.config.wires import HEADERS
from hotline.log import log
from hotline.web.forms import MAX_BODY
from hotline.web.incoming import Answer, Incoming
from hotline.web.lanes import Body, Lane, Loop, Refused
from hotline.web.routes import POSTED
from hotline.web.routes import answer as answer_webhook
from hotline.web.service import Service

if TYPE_CHECKING:
    from flask import Flask
    from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]  # it is not marked as exported

THREADS: Final = 4
"""Webhooks that one process answers at the same time.

A turn waits for two round trips to Redis, so a few threads overlap well; more would only wait for the GIL.
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

AT_THE_CARRIER: Final = re.compile(r"/desk/(recording/|request/[^/]+/call)")
"""Paths of requests that call Twilio while the client waits."""

WITHIN: Final = 2.0
"""Timeout in seconds. Twilio's forms are two kilobytes and arrive in a moment."""

CREDENTIALS: Final = (*(header.lower() for header in HEADERS), "cookie")
"""A body is read only with one of these headers, or for a path in SIGN_IN."""

SIGN_IN: Final = ("/desk/sign-in", "/desk/passphrase/", "/desk/language")
"""Path prefixes whose forms need no credentials. The first one is throttled by the client's address."""

BODILESS: Final = frozenset({"GET", "HEAD"})

CLOSE: Final = [("connection", "close")]

LOOK_EVERY: Final = 0.25
"""Seconds between checks for bodies that take longer than WITHIN."""

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Served:
    """The webhooks and a WSGI app as an RSGI app for granian. One per process."""

    def __init__(self, app: Flask) -> None:
        self._app = app.wsgi_app
        self.service: Service = app.extensions["hotline"]
        self._parents = Lane("web", THREADS, MOST_WAITING)
        self._at_the_carrier = Lane("carrier", OTHER_THREADS, MOST_OTHERS_WAITING)
        self._others = Lane("others", OTHER_THREADS, MOST_OTHERS_WAITING)
        self._awaited: dict[Body, float] = {}

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads and take over requests from this loop, in the process that answers."""
        for lane in (self._parents, self._at_the_carrier, self._others):
            lane.start()
        if isinstance(loop, Loop):
            loop.take = self.take
            self._give_up_late_bodies(loop)

    def take(self, scope: Scope, protocol: HTTPProtocol) -> bool:
        """Take over a request, unless its body must be measured as it arrives. Returns at once, never raises."""
        try:
            headers = scope.headers  # a copy, each time
            if not _may_be_read(scope, headers):
                self._answer_in_a_thread(scope, protocol, b"")
                return True
            if _length(headers) is None:
                return False
            body = Body(protocol, partial(self._arrived, scope, protocol))
            self._awaited[body] = time.monotonic() + WITHIN
            body.read()
        except Exception as error:  # noqa: BLE001 -- granian would ignore it, and the client would wait
            _refuse(protocol, error)
        return True

    def _arrived(self, scope: Scope, protocol: HTTPProtocol, body: Body) -> None:
        """Answer a request whose body has arrived or failed. Returns at once, never raises."""
        self._awaited.pop(body, None)
        try:
            self._answer_in_a_thread(scope, protocol, body.bytes())
        except Exception as error:  # noqa: BLE001 -- as in `take`
            _refuse(protocol, error)

    def _give_up_late_bodies(self, loop: Loop) -> None:
        loop.call_later(LOOK_EVERY, self._give_up_late_bodies, loop)
        now = time.monotonic()
        for body, until in list(self._awaited.items()):
            if until > now:
                break  # they are sorted by when they expire
            self._awaited.pop(body, None)
            body.give_up()

    def _answer_in_a_thread(
        self, scope: Scope, protocol: HTTPProtocol, body: bytes, then: Callable[[], object] = int
    ) -> None:
        """Answer a complete request in a thread of its lane, and call `then`. Raises Refused."""

        def work() -> None:
            try:
                protocol.response_bytes(*self.answer(scope, body))
            except Exception as error:  # noqa: BLE001 -- as in `take`
                _refuse(protocol, error)
            finally:
                then()

        self.lane_of(scope).add(work)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer a request that was not taken over."""
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        try:
            headers = scope.headers
            body = await _body(headers, protocol) if _may_be_read(scope, headers) else b""
            self._answer_in_a_thread(
                scope, protocol, body, lambda: loop.call_soon_threadsafe(done.set_result, None)
            )
            await done
        except Refused as refused:
            _refuse(protocol, refused)

    def answer(self, scope: Scope, body: bytes) -> Answer:
        """Return the answer to a request with this body. Called from a thread of a lane."""
        path = scope.path
        if path in POSTED and scope.method == "POST":
            query = scope.query_string
            target = f"{path}?{query}" if query else path
            incoming = Incoming(
                self.service, "POST", path, query, target, _joined(scope.headers), lambda: body
            )
            return answer_webhook(incoming)
        return _answer_of(self._app, scope, body)

    def lane_of(self, scope: Scope) -> Lane:
        """Return the lane whose threads answer this request."""
        path = scope.path  # decoded, each time
        if path.startswith("/fallback") or (path.startswith(PARENTS) and scope.method not in BODILESS):
            return self._parents
        return self._at_the_carrier if AT_THE_CARRIER.match(path) else self._others


def _may_be_read(scope: Scope, headers: Any) -> bool:
    if scope.method in BODILESS:
        return False
    return scope.path.startswith(SIGN_IN) or any(headers.get(name) for name in CREDENTIALS)


def _length(headers: Any) -> int | None:
    """Return the length of the body, None if the client did not send it. Raises Refused."""
    length = headers.get("content-length")
    if length and (not length.isdecimal() or int(length) > MAX_BODY):
        raise Refused(413)
    return int(length) if length else None


def _refuse(protocol: HTTPProtocol, error: Exception) -> None:
    """Respond with the status of this error, and close the connection."""
    if isinstance(error, Refused):
        log.warning("request_refused", status=error.status)
    else:
        log.error("request_failed", exc_info=error)
    protocol.response_empty(error.status if isinstance(error, Refused) else 500, CLOSE)


async def _body(headers: Any, protocol: HTTPProtocol) -> bytes:
    """Return the complete body. Raises Refused."""
    length = _length(headers)
    try:
        async with asyncio.timeout(WITHIN):
            return await (_in_pieces(protocol) if length is None else protocol())
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


def _joined(headers: Any) -> Callable[[str], str | None]:
    """Return a function that returns a header's values by name, joined (Rule 5), or None if there are none."""
    known: dict[str, str | None] = {}

    def header(name: str) -> str | None:
        if name not in known:
            known[name] = ",".join(headers.get_all(name)) or None
        return known[name]

    return header


def _answer_of(app: Wsgi, scope: Scope, body: bytes) -> Answer:
    """Return the answer of a WSGI app."""
    started: list[tuple[int, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        started.append((int(status[:3]), [(name.lower(), value) for name, value in headers]))

    pieces = app(_environ(scope, body), start)
    try:
        words = b"".join(pieces)
    finally:
        if close := getattr(pieces, "close", None):
            close()
    return Answer(*started[-1], words)


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
    if scope.path.startswith(SIGN_IN[0]):
        environ["REMOTE_ADDR"] = scope.client.rpartition(":")[0].strip("[]")
    if scope.authority:  # replaces Host in HTTP/2
        environ["HTTP_HOST"] = scope.authority
    return environ
