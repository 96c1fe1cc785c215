"""A whole service and a headless browser for the phone page."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.running import free_ports, running, wait_until_up

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox | --disable-gpu | --disable-quic | --no-first-run | "
    "--disable-background-networking | --disable-component-update | --disable-sync"
).split(" | ")


def find_browser() -> str | None:
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@contextmanager
def running_browser(program: str) -> Iterator[Browser]:
    """Run this browser headless, with access to this machine only."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def needed_browser() -> Iterator[Browser]:
    """Return the machine's browser, or exit with 1 and say what to install."""
    program = find_browser()
    if program is None:
        sys.exit(f"This needs a browser: install one of {', '.join(BROWSERS)}")
    with running_browser(program) as browser:
        yield browser


@contextmanager
def running_service(folder: Path) -> Iterator[str]:
    """Run all of `make run` with its data in `folder`; yield the address of the phone page."""
    port, phone_port = free_ports(2)
    environ = {"PORT": str(port), "SIMULATOR_PORT": str(phone_port), "WEB_PROCESSES": "1"}
    with running(environ, folder) as process:
        wait_until_up(process, port)
        yield f"http://127.0.0.1:{phone_port}/phone"
