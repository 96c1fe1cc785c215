"""`hotline run` in a process of its own, for the tests that drive the whole service from the outside."""

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

from hotline.local.run import is_up

START_SECONDS = 60
"""Far more than a start takes; a run that hangs fails here."""
STOP_SECONDS = 30

IN_FOLDER = """
import os, sys
from pathlib import Path
from hotline.local.run import run

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
    """`hotline run` with these settings and nothing else of this environment but what a program needs; what it says goes
    to `said`. Without a folder it is the command itself, and the settings must name a Redis. Stopped at the end.
    """
    command = ["-m", "hotline", "run"] if folder is None else ["-c", IN_FOLDER, str(folder)]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    with subprocess.Popen(
        [sys.executable, *command], env={**kept, **environ}, stdout=said, stderr=subprocess.STDOUT
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
