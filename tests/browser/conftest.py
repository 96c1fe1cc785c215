"""A whole service with its phone page, and a real browser to open it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.screen import OnPage
from tests.browser.town import BROWSERS, find_browser, running_browser, running_service


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = find_browser()
    if program is None:
        pytest.skip(f"there is no browser here: install one of {', '.join(BROWSERS)}")
    with running_browser(program) as browser:
        yield browser


@pytest.fixture(scope="session")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a whole service's phone page. Without a browser nothing is started."""
    assert browser.is_connected()
    with running_service(tmp_path_factory.mktemp("town")) as address:
        yield address


@dataclass
class Tab:
    """An open page and the messages of its console."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def phone(self, n: int = 1) -> OnPage:
        """Return the phone at this position, from 1."""
        return OnPage(self.page, self.page.locator(".phone").nth(n - 1))


Open = Callable[..., Tab]


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Open]:
    """Open the phone page in a browser of its own; `script` runs first. Fail at the end if the console has errors."""
    tabs: list[Tab] = []

    def open_tab(
        *phones: str, lang: str = "en", width: int = 1280, dark: bool = False, script: str = ""
    ) -> Tab:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        tab = Tab(context.new_page())
        tabs.append(tab)
        tab.page.on("console", lambda said: _complaint(tab, said))
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.page.on("requestfailed", lambda asked: _failed(tab, asked.url))
        if script:
            tab.page.add_init_script(script)
        query = urlencode([("lang", lang), *(("phone", phone) for phone in phones)])
        tab.page.goto(f"{address}?{query}")
        tab.page.locator("#clock").wait_for()
        return tab

    yield open_tab
    for tab in tabs:
        tab.page.context.close()
    assert [] == [complaint for tab in tabs for complaint in tab.complaints]


def _complaint(tab: Tab, said: ConsoleMessage) -> None:
    if said.type in ("error", "warning"):
        tab.complaints.append(said.text)


def _failed(tab: Tab, url: str) -> None:
    if "/phone/live" not in url:  # a page that goes stops listening
        tab.complaints.append(f"{url} could not be fetched")
