"""The service in processes of its own, for tests that use it from outside."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO

from flask import Flask
from redis import Redis
from werkzeug.serving import make_server

from devtools.local.embedded import redis_server
from devtools.local.run import is_up

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
"""Far more than a start takes."""
STOP_SECONDS = 30

IN_FOLDER = """
import os, sys
from pathlib import Path
from devtools.local.run import run

sys.exit(run(os.environ, Path(sys.argv[1])))
"""
"""`hotline run` with a data folder of the test's own in place of var/."""


def free_ports(number: int) -> list[int]:
    """Return different ports that are free at the moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def running(
    environ: dict[str, str], folder: Path | None = None, said: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `hotline run` with these settings. Without a folder for its data, the settings must name a Redis."""
    command = ("-m", "hotline", "run") if folder is None else ("-c", IN_FOLDER, str(folder))
    with _started(command, environ, said) as process:
        yield process


@contextmanager
def program(
    name: str, environ: dict[str, str], said: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one process of the service, such as "worker", with these settings; its output goes to a file."""
    with ExitStack() as stack:
        lines = stack.enter_context(said.open("wb")) if said else subprocess.DEVNULL
        yield stack.enter_context(_started(("-m", "hotline", name), environ, lines))


@contextmanager
def _started(
    command: tuple[str, ...], environ: dict[str, str], said: IO[bytes] | int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run Python with only what a program needs of this environment. At the end, stop it; kill it if it does not stop, or
    if the test failed.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    with subprocess.Popen(
        [sys.executable, *command],
        env={**kept, **environ},
        cwd=PROJECT,
        stdout=said,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)
        finally:
            process.kill()


SECRET = "s" * 40
"""HOTLINE_SECRET of a line, so that a test can find a parent's keys."""


@dataclass(frozen=True)
class Line:
    """A whole service: its address and its carrier's, its Redis, and the file that moves its clock."""

    address: str
    carrier: str
    redis: Redis
    redis_url: str
    clock: Path


@contextmanager
def running_line(
    folder: Path, settings: Mapping[str, str], said: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[Line]:
    """Run `hotline run` with its data in `folder`, on a Redis that the test can look into, and with these settings."""
    with redis_server(folder / "redis") as url, Redis.from_url(url, decode_responses=True) as redis:
        port, carrier_port = free_ports(2)
        environ = {
            "PORT": str(port),
            "SIMULATOR_PORT": str(carrier_port),
            "REDIS_URL": url,
            "HOTLINE_SECRET": SECRET,
            "CLOCK_FILE": str(folder / "clock"),
            **settings,
        }
        with running(environ, said=said) as process:
            wait_until_up(process, port)
            address, carrier = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{carrier_port}"
            yield Line(address, carrier, redis, url, folder / "clock")


@contextmanager
def serving(make: Callable[[str], Flask]) -> Iterator[tuple[str, Flask]]:
    """Serve an app that is made for its address, in a thread of this process. Yield the address and the app."""
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    app = make(address)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield address, app
    finally:
        server.shutdown()
        thread.join()


def wait_until_up(process: subprocess.Popen[bytes], port: int) -> None:
    """Return when the service answers on this port; fail if it ended, or did not answer in time."""
    end = time.monotonic() + START_SECONDS
    while not is_up(port):
        assert process.poll() is None, "the service ended at its start"
        assert time.monotonic() < end, "the service did not start"
        time.sleep(0.05)
