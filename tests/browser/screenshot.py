"""`make screenshot`: plays on the phone page and takes the README's picture of it, docs/phone.png."""

import sys
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser

from tests.browser.screen import OnPage
from tests.browser.town import needed_browser, running_service
from tests.waiting import wait_until
from tests.wishes import TEACHING

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "phone.png"
SIZE = {"width": 1280, "height": 920}
PHONES = ("+12025550123,mobile,text", "+15125550147,mobile,call")
"""Numbers that no telephone has: the picture is for everybody to see."""


def main() -> int:
    """Takes the picture; the exit code."""
    with (
        needed_browser() as browser,
        tempfile.TemporaryDirectory() as folder,
        running_service(Path(folder)) as address,
    ):
        take(browser, address)
    print(f"{PICTURE} is taken")
    return 0


def take(browser: Browser, address: str) -> None:
    """A text conversation on one phone, a call on the other, and where the first one is."""
    page = browser.new_page(viewport=SIZE, reduced_motion="reduce")  # type: ignore[arg-type]  # a TypedDict of these
    page.goto(f"{address}?{urlencode([('lang', 'en'), *(('phone', phone) for phone in PHONES)])}")
    texter, caller = (OnPage(page, page.locator(".phone").nth(n)) for n in range(2))
    caller.call()
    caller.walk_by_call(TEACHING, r"suspended")
    texter.text("does my kid need a 504 or an iep??")
    texter.walk_by_text(TEACHING, r"kind of school")
    page.locator("#whose button").first.click()
    wait_until(lambda: "kind of school" in (page.locator("#where-facts").text_content() or ""))
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=PICTURE)


if __name__ == "__main__":
    sys.exit(main())
