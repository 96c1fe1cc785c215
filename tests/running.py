"""The service in processes of its own, for the tests that drive it from the outside."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from devtools.local.run import is_up

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
"""Far more than a start takes; a run that hangs fails here."""
STOP_SECONDS = 30

IN_FOLDER = """
import os, sys
from pathlib import Path
from devtools.local.run import run

sys.exit(run(os.environ, Path(sys.argv[1])))
"""
"""`hotline run` with a data folder of the test's own in place of var/."""


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on just now. They are held together, so that they differ."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def running(
    environ: dict[str, str], folder: Path | None = None, said: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """`hotline run` with these settings. Without a folder for its data the settings must name a Redis."""
    command = ("-m", "hotline", "run") if folder is None else ("-c", IN_FOLDER, str(folder))
    with _started(command, environ, said) as process:
        yield process


@contextmanager
def program(
    name: str, environ: dict[str, str], said: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """One process of the service, such as "worker", with these settings; what it says goes to a file."""
    with ExitStack() as stack:
        lines = stack.enter_context(said.open("wb")) if said else subprocess.DEVNULL
        yield stack.enter_context(_started(("-m", "hotline", name), environ, lines))


@contextmanager
def _started(
    command: tuple[str, ...], environ: dict[str, str], said: IO[bytes] | int
) -> Iterator[subprocess.Popen[bytes]]:
    """A Python, with nothing of this environment but what a program needs. At the end it is told to stop, and killed when
    it does not, or when the test has failed.
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


def wait_until_up(process: subprocess.Popen[bytes], port: int) -> None:
    """Returns when the service answers on this port; fails when it ended, or the time is over."""
    end = time.monotonic() + START_SECONDS
    while not is_up(port):
        assert process.poll() is None, "the service ended at its start"
        assert time.monotonic() < end, "the service did not start"
        time.sleep(0.05)
