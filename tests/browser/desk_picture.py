"""`make picture`: takes the README's picture of the staff desk, docs/desk.png."""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser
from redis import Redis

from devtools.local.embedded import redis_server
from devtools.twilio_sim import Phone
from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role
from tests.browser.town import needed_browser
from tests.running import free_ports, running, wait_until_up

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "desk.png"
SIZE = {"width": 1120, "height": 830}
PARENTS = (
    ("+12025550131", ("hola", "1", "3", "2", "1", "1", "PERSONA", "1", "1")),
    ("+12025550132", ("hi", "PERSON", "1", "3")),
    ("+15125550133", ("hello", "PERSON", "1", "4")),
)
"""Numbers that no telephone has, and what these parents text."""

PASSPHRASE = "four words of my own"


def main() -> int:
    """Take the picture; return the exit code."""
    with (
        needed_browser() as browser,
        tempfile.TemporaryDirectory() as folder,
        redis_server(Path(folder) / "redis") as url,
        Redis.from_url(url, decode_responses=True) as redis,
    ):
        port, carrier_port = free_ports(2)
        environ = {
            "PORT": str(port),
            "SIMULATOR_PORT": str(carrier_port),
            "REDIS_URL": url,
            "HOTLINE_SECRET": "s" * 40,
            "CLOCK_FILE": str(Path(folder) / "clock"),
        }
        Accounts(redis).add("maria", Role.ADMIN)
        Path(environ["CLOCK_FILE"]).write_text(str(seconds_to_ten()), encoding="ascii")
        with running(environ) as process:
            wait_until_up(process, port)
            for number, texts in PARENTS:
                phone = Phone(f"http://127.0.0.1:{carrier_port}", number)
                for words in texts:
                    phone.text(words)
            take(browser, f"http://127.0.0.1:{port}", Accounts(redis).link("maria") or "")
    print(f"{PICTURE} is taken")
    return 0


def seconds_to_ten() -> float:
    """Return how far to move the service's clock, so that it shows a quarter past ten at the center."""
    now = datetime.now(ZoneInfo("America/New_York"))
    return (now.replace(hour=10, minute=15, second=0, microsecond=0) - now).total_seconds()


def take(browser: Browser, address: str, link: str) -> None:
    """Three parents wait; the desk has taken one of them."""
    page = browser.new_page(viewport=SIZE, reduced_motion="reduce", locale="en-US")  # type: ignore[arg-type]  # a TypedDict of these
    page.goto(f"{address}/desk/passphrase/{link}")
    page.fill("#passphrase", PASSPHRASE)
    page.fill("#again", PASSPHRASE)
    page.locator("main button").click()
    page.locator('form[action$="/claim"] button').nth(1).click()
    page.wait_for_url("**/desk/request/*")
    page.goto(f"{address}/desk")
    page.screenshot(path=PICTURE)


if __name__ == "__main__":
    sys.exit(main())
