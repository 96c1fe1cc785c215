"""Several phones and pages, faults, and saving a conversation as a test."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page

from hotline.config.settings import OWN_FLOWS
from hotline.publishing.lint.check import SAMPLE_NAMES
from hotline.publishing.lint.transcript import play
from hotline.publishing.loader import load_book
from tests.browser.conftest import Open
from tests.browser.screen import OnPage
from tests.waiting import wait_until
from tests.wishes import TEACHING

CONSENT = r"may we text you the steps"
SOON = 15.0


def reminders(page: Page) -> str:
    return page.locator("#where-records").inner_text()


def inject_fault(phone: OnPage, fault: str) -> None:
    """Choose a fault on the page."""
    details = phone.find("details.trouble")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    phone.find("details.trouble select").select_option(fault)
    phone.find("details.trouble button").click()


def consenting(phone: OnPage) -> None:
    """Return a phone at the question whether we may text."""
    phone.text("hi")
    phone.walk_by_text(TEACHING, CONSENT)


def test_two_browsers_do_not_disturb_each_other(opened: Open) -> None:
    one, two = opened(), opened(lang="es")
    numbers = [tab.phone().find("input.number").input_value() for tab in (one, two)]
    assert numbers[0] != numbers[1]
    one.phone().text("hi")
    two.phone().text("hola")
    one.phone().walk_by_text(TEACHING, r"suspended")
    assert not any("suspended" in words for words in two.phone().bubbles())
    wait_until(lambda: "sent home" in (one.page.locator("#where-facts").text_content() or ""))
    assert "sent home" not in (two.page.locator("#where-facts").text_content() or "")


def test_a_page_that_is_opened_again_is_as_it_was(opened: Open) -> None:
    tab = opened()
    tab.phone().text("hi")
    tab.phone(2).call()
    said, captions = tab.phone().bubbles(), tab.phone(2).captions()
    tab.page.reload()
    wait_until(lambda: tab.phone().bubbles() == said)
    wait_until(lambda: tab.phone(2).captions() == captions)
    assert tab.phone(2).find(".in-call").is_visible()


def test_phones_are_added_renumbered_and_removed(opened: Open) -> None:
    tab = opened()
    tab.page.locator("#add").click()
    assert 3 == tab.page.locator(".phone").count()
    phone, box = tab.phone(3), tab.phone(3).find("input.number")
    box.fill("(617) 234-0166")
    box.press("Tab")
    wait_until(lambda: box.input_value() == "+16172340166")
    for wrong, why in (
        ("+1555", "not a valid phone number"),
        (tab.phone(1).find("input.number").input_value(), "Another"),
    ):
        box.fill(wrong)
        box.press("Tab")
        wait_until(lambda why=why: why in (phone.find(".wrong").text_content() or ""))  # type: ignore[misc]  # a default binds it
        assert "+16172340166" == box.input_value()
    tab.phone(1).find(".remove").click()
    assert 2 == tab.page.locator(".phone").count()
    kept = parse_qs(urlsplit(tab.page.url).query)["phone"]
    assert "+16172340166,mobile,text" == kept[-1]
    tab.complaints[:] = [said for said in tab.complaints if "400" not in said]  # the carrier said no to +1555


def test_an_undelivered_text_is_shown(opened: Open) -> None:
    tab = opened()
    phone = tab.phone()
    consenting(phone)
    before = len(phone.bubbles())
    calling = opened(f"{phone.find('input.number').input_value()},mobile,call").phone()
    wait_until(lambda: len(calling.bubbles()) == before)
    inject_fault(phone, "30005")
    waiting = phone.find(".pending li")
    wait_until(lambda: waiting.all_text_contents() == ["30005: not delivered, no such number"])
    phone.walk_by_text(TEACHING, r"thank you")
    wait_until(lambda: "30005" in (phone.find(".not-arrived .lost").last.text_content() or ""), SOON)
    wait_until(lambda: "failed" in reminders(tab.page), SOON)
    assert phone.find(".pending").is_hidden(), "it has happened"
    assert "" == phone.find(".not-arrived .ticks").last.text_content()
    new = calling.find("[role=tab][data-mode=text] .count")
    arrived = len(phone.bubbles()) - before - 1
    wait_until(lambda: (new.text_content() or "").startswith(f"{arrived} new"))


def test_a_carrier_that_is_too_busy_is_asked_again(opened: Open) -> None:
    tab = opened()
    phone = tab.phone()
    consenting(phone)
    inject_fault(phone, "429")
    phone.walk_by_text(TEACHING, r"thank you")
    wait_until(lambda: "20429" in reminders(tab.page), SOON)
    before = len(phone.bubbles())
    tab.page.locator("#clock-next").click()
    wait_until(lambda: len(phone.bubbles()) > before, SOON)


def test_a_webhook_that_comes_twice_is_answered_once(opened: Open) -> None:
    tab = opened()
    phone = tab.phone()
    phone.text("hi")
    inject_fault(phone, "duplicate")
    phone.walk_by_text(TEACHING, r"suspended")
    tab.page.locator("#where-wire-count").click()
    again = tab.page.locator("#where-wire li", has_text="duplicate delivery (same id)")
    wait_until(lambda: again.count() == 1)
    answers = [
        (turn.locator("pre").text_content(), turn.locator("dd").all_text_contents())
        for turn in (again, again.locator("xpath=following-sibling::li[1]"))
    ]
    assert answers[0] == answers[1]
    assert "<Response>" in (answers[0][0] or "")


def test_a_conversation_is_saved_as_a_test(opened: Open, tmp_path: Path) -> None:
    tab = opened()
    phone = tab.phone()
    consenting(phone)
    phone.walk_by_text(TEACHING, r"thank you")
    wait_until(lambda: "Next step" in phone.bubbles()[-1], SOON)
    tab.page.locator("#clock-next").click()
    wait_until(lambda: "now shows" in (tab.page.locator("#clock-said").text_content() or ""), SOON)
    phone.find("details.save summary").click()
    phone.find("details.save input").fill("A parent who wants reminders")
    with tab.page.expect_download() as downloading:
        phone.find("details.save button").click()
    assert "a_parent_who_wants_reminders.txt" == downloading.value.suggested_filename
    file = tmp_path / "saved.txt"
    downloading.value.save_as(file)
    saved = file.read_text(encoding="utf-8")
    assert saved == play(load_book(OWN_FLOWS, SAMPLE_NAMES), saved)
    assert re.search(r"\n\(\d+ (?:day|hour|minute)s? later\)\nHotline: ", saved)


def test_a_stopped_simulator_is_reported(opened: Open, address: str) -> None:
    tab = opened()
    tab.page.route("**/phone/live*", lambda route: route.abort())
    tab.page.locator("#add").click()
    wait_until(lambda: "No connection" in (tab.page.locator("#trouble").text_content() or ""))
    assert address
    tab.complaints[:] = [said for said in tab.complaints if "ERR_FAILED" not in said]
