"""A Redis of one test, to kill, stop, fill and restart."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import AF_UNIX, SHUT_RDWR, SOCK_STREAM, socket
from socketserver import BaseRequestHandler, ThreadingUnixStreamServer
from typing import Any, Self
from urllib.parse import unquote

from redis import Redis

from devtools.local.embedded import Server, claimed, wait_for_answer

ALL_KEPT = ("--appendfsync", "always")
"""What it acknowledged survives SIGKILL. With the usual `everysec`, Redis may delay a write by up to two seconds while the
disk is busy."""


class OwnRedis:
    """A context manager for a real server, its process, and a client to look into it."""

    def __init__(self, server: Server, *options: str) -> None:
        self._server, self._options = server, options
        self.url = server.url
        self.client: Redis = Redis.from_url(server.url, decode_responses=True)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.kill()

    @property
    def socket(self) -> Path:
        return Path(unquote(self.url.removeprefix("unix://")))

    def start(self, *options: str, wait: bool = True) -> None:
        """Start it with the data that it left."""
        command = (*self._server.command, *ALL_KEPT, *self._options, *options)
        self._process = subprocess.Popen(
            command, pass_fds=(self._server.lock,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if wait:
            wait_for_answer(self.url, self._process)

    def kill(self) -> None:
        """Kill it with SIGKILL, so that it writes nothing more."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        """Stop it: its kernel still accepts connections, but nothing answers."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def fill(self) -> None:
        """Leave it no memory for anything more."""
        self.client.config_set("maxmemory", 1)

    def make_room(self) -> None:
        self.client.config_set("maxmemory", 0)

    def everything(self) -> dict[str, Any]:
        """Return all keys and values."""
        client = self.client
        read: dict[str, Callable[[Any], Any]] = {
            "string": client.get,
            "hash": client.hgetall,
            "list": lambda key: client.lrange(key, 0, -1),
            "set": lambda key: sorted(client.smembers(key)),
            "zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        }
        return {str(key): read[str(client.type(key))](key) for key in client.scan_iter()}


@contextmanager
def own_redis(folder: Path, *options: str) -> Iterator[OwnRedis]:
    """Run a server with its data in this folder."""
    with claimed(folder) as server, OwnRedis(server, *options) as running:
        yield running


@contextmanager
def slow_way_to(server: OwnRedis, path: Path, seconds: float) -> Iterator[str]:
    """Yield an address at which the same server answers this much later."""
    with changing_way_to(server, path) as way:
        way.seconds = seconds
        yield way.url


@contextmanager
def changing_way_to(server: OwnRedis, path: Path) -> Iterator[SlowWay]:
    """Yield a proxy to the server that delays it by its current `seconds`."""
    with SlowWay(str(path), server.socket) as way:
        threading.Thread(target=way.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield way
        finally:
            way.shutdown()
            way.cut()


class SlowWay(ThreadingUnixStreamServer):
    """A proxy that delays what each side sends."""

    daemon_threads = True

    def __init__(self, path: str, to: Path) -> None:
        super().__init__(path, _PassOn)
        self.to, self.url, self.seconds = to, f"unix://{path}", 0.0
        self.open: list[socket] = []

    def cut(self) -> None:
        for one in self.open:
            with suppress(OSError):
                one.shutdown(SHUT_RDWR)


class _PassOn(BaseRequestHandler):
    server: SlowWay

    def handle(self) -> None:
        with socket(AF_UNIX, SOCK_STREAM) as answering:
            answering.connect(str(self.server.to))
            self.server.open += [self.request, answering]
            asked = threading.Thread(target=_pass_on, args=(self.request, answering, lambda: 0.0))
            asked.start()
            _pass_on(answering, self.request, lambda: self.server.seconds)
            asked.join()


def _pass_on(one: socket, other: socket, seconds: Callable[[], float]) -> None:
    with suppress(OSError):
        while piece := one.recv(65_536):
            time.sleep(seconds())
            other.sendall(piece)
    for each in (one, other):
        with suppress(OSError):
            each.shutdown(SHUT_RDWR)
