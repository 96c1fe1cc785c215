"""`make picture`: takes the README's picture of the staff desk, docs/desk.png."""

import sys
import tempfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser

from devtools.twilio_sim import Phone
from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role
from tests.browser.signing_in import sign_in
from tests.browser.town import needed_browser
from tests.running import running_line

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "desk.png"
SIZE = {"width": 1120, "height": 830}
PARENTS = (
    ("+12025550131", ("hola", "1", "3", "2", "1", "1", "PERSONA", "1", "1")),
    ("+12025550132", ("hi", "PERSON", "1", "3")),
    ("+15125550133", ("hello", "PERSON", "1", "4")),
)
"""Numbers that no telephone has, and what these parents text."""


def main() -> int:
    """Take the picture; return the exit code."""
    with (
        needed_browser() as browser,
        tempfile.TemporaryDirectory() as folder,
        running_line(Path(folder), {"NOTIFY_NUMBERS": "+15105550188"}) as line,
    ):
        line.clock.write_text(str(seconds_to_ten()), encoding="ascii")
        for number, texts in PARENTS:
            phone = Phone(line.carrier, number)
            for words in texts:
                phone.text(words)
        take(browser, line.address, Accounts(line.redis))
    print(f"{PICTURE} is taken")
    return 0


def seconds_to_ten() -> float:
    """Return how far to move the service's clock, so that it shows a quarter past ten at the center."""
    now = datetime.now(ZoneInfo("America/New_York"))
    return (now.replace(hour=10, minute=15, second=0, microsecond=0) - now).total_seconds()


def take(browser: Browser, address: str, accounts: Accounts) -> None:
    """Let three parents wait, one of them claimed."""
    page = browser.new_page(viewport=SIZE, reduced_motion="reduce", locale="en-US")  # type: ignore[arg-type]  # a TypedDict of these
    sign_in(page, address, accounts, "maria", Role.ADMIN)
    page.locator('form[action$="/claim"] button').nth(1).click()
    page.wait_for_url("**/desk/request/*")
    page.goto(f"{address}/desk")
    page.screenshot(path=PICTURE)


if __name__ == "__main__":
    sys.exit(main())
