"""Threads that answer requests, and the event loop that gives requests to them without running itself.

Granian has one thread that calls Python. For each request, and again when its body has arrived, that thread wakes the
event loop, which wakes a thread that answers; passing the GIL each time took a fifth of a turn. So the event loop
offers requests to `take` in granian's thread, and only those that it declines get a coroutine.

Source: granian/_futures.py and src/callbacks.rs; github.com/emmett-framework/granian#asyncio-event-loop-initialization.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from granian.rsgi import ProtocolClosed, ProtocolError  # type: ignore[attr-defined]  # not marked as exported

from hotline.log import log

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]  # not marked as exported

Work = Callable[[], None]


class Refused(Exception):
    """The request is refused, with this HTTP status."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


class Lane:
    """Threads for one kind of request, with a bounded queue."""

    def __init__(self, name: str, threads: int, most_waiting: int) -> None:
        self._name, self._threads, self._most = name, threads, most_waiting
        self._queue: SimpleQueue[Work] = SimpleQueue()

    def start(self) -> None:
        """Start the threads, in the process that answers: it is forked."""
        for number in range(self._threads):
            name = f"{self._name}_{number}"
            threading.Thread(target=self._work, name=name, daemon=True).start()

    def add(self, work: Work) -> None:
        """Run `work` in a thread, soon. Returns at once; raises Refused if too many wait."""
        if self._queue.qsize() >= self._most:
            raise Refused(503)
        self._queue.put(work)

    def _work(self) -> None:
        while True:
            work = self._queue.get()
            try:
                work()
            except BaseException as error:  # noqa: BLE001 -- the next request needs this thread
                log.error("request_failed", exc_info=error)
            del work  # otherwise the last request would stay in memory


class Body:
    """The body of a request, awaited without a thread. `arrived` is called with it once it has arrived or failed.

    The call runs in granian's thread or, after `give_up`, in the event loop's.
    """

    def __init__(self, protocol: HTTPProtocol, arrived: Callable[[Body], None]) -> None:
        self._protocol, self._arrived = protocol, arrived
        self._future: Any = None

    def read(self) -> None:
        """Start awaiting it."""
        self._future = self._protocol()
        self._future.add_done_callback(self)

    def give_up(self) -> None:
        """Stop awaiting it. Does nothing if it has arrived."""
        if (future := self._future) is not None:  # it may arrive meanwhile, in the other thread
            future.cancel()

    def __call__(self, _future: object) -> None:
        """Take the body; granian calls this with the future that has it. Never raises."""
        self._arrived(self)
        self._future = None  # it refers to this, and Python cannot see that

    def bytes(self) -> bytes:
        """Return the body that arrived. Raises Refused."""
        if self._future.cancelled():
            raise Refused(408)
        try:
            body: bytes = self._future.result()
        except (ProtocolError, ProtocolClosed):
            raise Refused(400) from None  # the client disconnected
        return body


class Loop(asyncio.SelectorEventLoop):
    """An event loop that offers requests to `take` before it runs anything."""

    take: Callable[[Scope, HTTPProtocol], bool] | None = None
    """Returns whether it takes over a request. It is called in granian's thread and never raises."""

    def call_soon_threadsafe(  # type: ignore[override]  # granian passes other types, and ignores the handle
        self, callback: Callable[..., object], *args: Any, context: Any = None
    ) -> object:
        """Run `callback` in this loop, unless it is a Body or starts a request that `take` takes over."""
        if isinstance(callback, Body):
            return callback(*args)
        if self.take is not None and len(args) == 2 and asyncio.iscoroutine(args[0]):
            request, watcher = args
            protocol = getattr(watcher, "proto", None)
            if protocol is not None and self.take(watcher.scope, protocol):
                return request.close()  # it was never started
        return super().call_soon_threadsafe(callback, *args, context=context)
