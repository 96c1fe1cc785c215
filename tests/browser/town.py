"""What it takes to look at the phone page: a whole service, and a real browser without a window."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from hotline.local.run import is_up

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60
STOP_SECONDS = 30


def find_browser() -> str | None:
    """The machine's own browser; None when it has none that we can drive."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@contextmanager
def running_browser(program: str) -> Iterator[Browser]:
    """This browser, without a window and without a network but this machine's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def running_service(folder: Path) -> Iterator[str]:
    """All that `make run` starts, with its data in `folder`; the address of its phone page."""
    port, phone_port = _free_ports(2)
    code = f"import os, sys; from pathlib import Path; from hotline.local.run import run\nsys.exit(run(os.environ, Path({str(folder)!r})))"
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    environ |= {"PORT": str(port), "SIMULATOR_PORT": str(phone_port), "WEB_PROCESSES": "1"}
    process = subprocess.Popen([sys.executable, "-c", code], env=environ, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + START_SECONDS
        while not is_up(port):
            assert process.poll() is None, "the service ended at its start"
            assert time.monotonic() < end, "the service did not start"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{phone_port}/phone"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def _free_ports(count: int) -> list[int]:
    """Ports nobody listens on. They are held together, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
