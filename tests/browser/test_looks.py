"""Accessibility: small screens, keyboard, screen readers, both languages."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.screen import OnPage
from tests.waiting import wait_until
from tests.wishes import TEACHING

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SMALLEST = 24
"""CSS pixels of the smallest target. WCAG 2.2, 2.5.8."""

TOO_SMALL = """smallest => [...document.querySelectorAll("button, select, input, summary, textarea")]
  .filter(control => control.checkVisibility())
  .map(control => [control.textContent.trim(), control.getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < smallest)
  .map(([words, box]) => `${words}: ${box.width} x ${box.height}`)"""

WIDTHS = [390, 1280]


def accessible(page: Page) -> None:
    """Fail with axe-core's findings."""
    page.evaluate("scrollTo(0, 0)")  # a button that has scrolled under the bar of links is no fault
    found = Axe().run(page, options=RULES)
    assert 0 == found.violations_count, found.generate_report()


def unfold(page: Page) -> None:
    """Open everything that can be opened."""
    closed = page.locator("details:not([open]) > summary:visible")
    while closed.count():
        closed.first.click()


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(
    ("lang", "width", "dark"),
    [("en", 1280, False), ("en", 390, True), ("es", 1280, True), ("es", 390, False)],
    ids=["en-1280-light", "en-390-dark", "es-1280-dark", "es-390-light"],
)
def test_the_page_has_no_fault_that_axe_finds(opened: Open, lang: str, width: int, dark: bool) -> None:
    tab = opened(lang=lang, width=width, dark=dark)
    page, name = tab.page, f"{lang}-{width}-{'dark' if dark else 'light'}"
    accessible(page)
    keep(page, f"{name}-opened")
    phone = tab.phone()
    phone.text("hi")
    phone.text("1")
    tab.phone(2).find(".dial").click()
    tab.phone(2).find(".in-call").wait_for()
    wait_until(lambda: len(tab.phone(2).captions()) > 2)
    page.locator("#whose button").first.click()
    page.locator("#where-list li").first.wait_for()
    keep(page, f"{name}-used")
    unfold(page)
    accessible(page)
    keep(page, f"{name}-unfolded")


@pytest.mark.parametrize("width", [320, *WIDTHS])
def test_everything_fits_the_screen(opened: Open, width: int) -> None:
    """WCAG 1.4.10 (reflow at 1280 pixels enlarged four times) and 2.5.8 (target size)."""
    tab = opened(width=width)
    tab.phone().text("hi")
    tab.phone(2).call()
    unfold(tab.page)
    assert tab.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert [] == tab.page.evaluate(TOO_SMALL, SMALLEST)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent.trim()"))


def test_a_screening_goes_by_keyboard_alone(opened: Open) -> None:
    tab = opened()
    page, keyboard = tab.page, tab.page.keyboard
    keyboard.press("Tab")
    assert "Skip to the phones" == focused(page)
    keyboard.press("Enter")
    for _ in range(14):
        keyboard.press("Tab")
        if focused(page) == "Message":
            break
    assert "Message" == focused(page)
    keyboard.type("hi")
    keyboard.press("Enter")
    phone = tab.phone()
    wait_until(lambda: len(phone.bubbles()) > 0)
    assert "Message" == focused(page), "the next text can be typed at once"
    phone.find("[role=tab][aria-selected=true]").focus()
    keyboard.press("ArrowRight")
    assert "Call" == focused(page)
    assert phone.find(".dial").is_visible()
    keyboard.press("Tab")
    assert "Call the hotline" == focused(page)
    keyboard.press("Enter")
    phone.find(".in-call").wait_for()
    phone.said()
    before = len(phone.captions())
    keyboard.press("1")
    wait_until(lambda: len(phone.captions()) > before)
    assert "pressed 1" in " ".join(phone.captions())
    assert "Live captions" == focused(page)


def test_the_focus_can_be_seen(opened: Open) -> None:
    tab = opened()
    for selector in ("textarea.message", "select.kind", ".dial", "[role=tab]", "summary", "#sound"):
        control = tab.page.locator(selector).first if selector != ".dial" else tab.phone(2).find(selector)
        control.focus()
        tab.page.keyboard.press("Shift")  # the browser shows the focus to those who use a keyboard
        width = control.evaluate("control => getComputedStyle(control).outlineWidth")
        assert "3px" == width, selector


def test_a_screen_reader_hears_who_said_what(opened: Open) -> None:
    phone = opened().phone()
    phone.text("hi")
    assert "log" == phone.find(".thread").get_attribute("role")
    assert "Hotline: " == phone.find(".bubble.theirs .unseen").first.text_content()
    phone.call()
    captions = phone.find(".captions")
    assert ("log", "polite") == (captions.get_attribute("role"), captions.get_attribute("aria-live"))
    assert "status" == phone.find(".in-call .state").get_attribute("role")
    assert ["star", "0", "pound"] == [
        key.get_attribute("aria-label") for key in phone.find(".keypad button").all()[-3:]
    ]


def test_the_path_is_a_list(opened: Open) -> None:
    tab = opened()
    phone = tab.phone()
    phone.text("hi")
    phone.walk_by_text(TEACHING, r"suspended")
    page = tab.page
    wait_until(lambda: "sent home" in (page.locator("#where-facts").text_content() or ""))
    rows = page.locator("#where-list li").all_text_contents()
    assert "child age (answered): In K-12 (up to 21)" in rows
    assert "sent home (current)" == page.locator("#where-list [aria-current=step]").text_content()
    assert "No → offer nudge" in rows


def test_choosing_another_phone_moves_nothing(opened: Open) -> None:
    tab = opened()
    phone = tab.phone()
    phone.text("hi")
    phone.walk_by_text(TEACHING, r"may we text you")
    page, chosen = tab.page, tab.page.locator("#whose button")
    chosen.first.click()
    wait_until(lambda: page.locator("#where-answers > div").count() > 5)
    height = page.evaluate("document.documentElement.scrollHeight")
    chosen.nth(1).click()
    wait_until(lambda: page.locator("#where-answers > div").count() == 0)
    assert height == page.evaluate("document.documentElement.scrollHeight")


def test_the_page_speaks_spanish(opened: Open) -> None:
    tab = opened(lang="es")
    page = tab.page
    assert "es" == page.locator("html").get_attribute("lang")
    tab.phone().text("hola")
    wait_until(lambda: "En español." in (page.locator("#where-facts").text_content() or ""))
    assert "Enviar" == tab.phone().find(".screen.text [type=submit]").text_content()
    shown = page.locator("body").inner_text()
    for english in ("Send", "Number", "Place in the flows", "Reminders", "segment so far", "about"):
        assert english not in shown.replace("segmento", "").split("\n"), english


def test_the_other_language_keeps_the_phones(opened: Open) -> None:
    tab = opened()
    phone = tab.phone()
    phone.text("hi")
    said, number = phone.bubbles(), phone.find("input.number").input_value()
    tab.page.get_by_role("link", name="Español").click()
    wait_until(lambda: tab.page.locator("html").get_attribute("lang") == "es")
    assert number == phone.find("input.number").input_value()
    wait_until(lambda: phone.bubbles() == said)


def test_a_long_text_is_one_bubble_with_its_segments(opened: Open) -> None:
    phone = opened().phone()
    phone.text("hi")
    size = phone.find(".bubble.theirs button.parts").first
    assert "2 segments" in (size.text_content() or "")
    mark = phone.find(".bubble.theirs .cut-mark").first
    assert mark.is_hidden()
    size.click()
    assert mark.is_visible()
    assert "true" == size.get_attribute("aria-expanded")
    assert "part 2 of 2" in (mark.text_content() or "")


def test_links_open_beside_the_page(opened: Open) -> None:
    phone = opened().phone()
    phone.text("see https://example.org/a?b=c. and parentcenterhub.org/find-your-center", answers=False)
    links = phone.find(".bubble.mine a").all()
    assert ["https://example.org/a?b=c", "https://parentcenterhub.org/find-your-center"] == [
        link.get_attribute("href") for link in links
    ]
    assert {("_blank", "noopener noreferrer")} == {
        (link.get_attribute("target"), link.get_attribute("rel")) for link in links
    }


def test_words_are_never_read_as_html(opened: Open) -> None:
    phone: OnPage = opened().phone()
    hostile = '<img src=x onerror="document.title=1"><b>hi</b>'
    phone.text(hostile, answers=False)
    assert hostile == phone.find(".bubble.mine .words").last.text_content()
    assert 0 == phone.find(".bubble img, .bubble b").count()
