"""The desk in a real browser: without script, on a phone and a screen, in both languages, light and dark."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, Page
from redis import Redis

from hotline import clock
from hotline.config.settings import Settings
from hotline.conversation.model.events import AskPerson, Channel, Event, EventKind
from hotline.conversation.model.session import Session
from hotline.publishing.overlay import Overlay, OwnText, Wording
from hotline.store.keys import counts_key
from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role
from hotline.store.words_versions import WordsVersion
from hotline.web.app import create_app
from tests.browser.signing_in import PASSPHRASE, choose_passphrase
from tests.browser.test_looks import accessible, keep
from tests.running import serving
from tests.turns_taken import take_turn

COUNTED = dict(
    each.split("=")
    for each in """
text_opened=120 call_opened=31 outcome.OUT-IEP=60 outcome.OUT-504=20 language.es=70 language.en=81
state.CA=60 word.what_504=40 person_asked=12 gave_up.sms.en.child_age=30 gave_up.sms.es.child_age=9
gave_up.sms.es.hardest=12 gave_up.voice.en.plan_now=7 gave_up.voice.es.hear_letter=5
gave_up.voice.en.more=6 misunderstood.new.es=30 misunderstood.child_age.en=12
answer.menu.screening=90 answer.child_age.school_age=70 answer.asked_before.no=40
answer.asked_before.said_no=8 answer.sent_home.no=60 answer.sent_home.yes=6 followup.due=50
send.sent=45 status.delivered=40 status.failed.30003=9 drop.no_consent=6 segments=900
turn.sms.answered=800 call_minutes=140
""".split()
)


@pytest.fixture
def served(settings: Settings, redis: Redis) -> Iterator[tuple[str, Flask]]:
    """Yield the address of a desk with three waiting parents and a month of figures."""
    with (
        time_machine.travel(datetime.now(UTC).replace(hour=19), tick=True),  # at night nobody may be called
        serving(lambda address: create_app(replace(settings, public_base_url=address))) as (address, app),
    ):
        for n, language in enumerate(("es", "en", "es")):
            wait(app, n, language)
        today = clock.now().date()
        for day in range(70):
            redis.hset(counts_key(day % 64, today - timedelta(days=day)), mapping=COUNTED)  # type: ignore[arg-type]  # of words
        yield address, app


def wait(app: Flask, n: int, language: str) -> None:
    """Request a callback, or leave a message."""
    service, number = app.extensions["hotline"], f"+1202555013{n}"
    at = datetime.now(UTC) - timedelta(hours=3 - n)
    event = Event("CA" + sha256(number.encode()).hexdigest()[:32], at, Channel.VOICE, EventKind.SAID)
    asked = AskPerson("morning") if n else AskPerson(recording="RE" + "1" * 32)
    session = Session(language=language, known=(("which_state", "CA"),))
    take_turn(service.turns, number, event, asked, session=session)


def publish_goodbye(app: Flask) -> None:
    service, id = app.extensions["hotline"], "hotline.goodbye.text"
    said = {"en": "Bye. Reply MENU.", "es": "Gracias. Escriba MENU."}
    own = {(code, id): OwnText(Wording(text), Wording(f"before: {text}")) for code, text in said.items()}
    version = WordsVersion(1, clock.now().timestamp(), "anna", id, Overlay(own).written())
    assert service.words_versions.add(0, version)


def fits(page: Page) -> None:
    """Check that nothing is wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels wider than the window"


def looked_at(page: Page, name: str) -> None:
    accessible(page)
    fits(page)
    keep(page, f"desk-{name}")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_is_accessible(
    language: str, width: int, dark: bool, browser: Browser, served: tuple[str, Flask]
) -> None:
    """Every page of the desk, from the passphrase link to the accounts: no axe finding, no horizontal scrolling
    on a phone, no policy violation.
    """
    address, app = served
    accounts = Accounts(app.extensions["hotline"].redis)
    accounts.add("anna", Role.ADMIN)
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        locale="es-US" if language == "es" else "en-US",
    )
    context.set_default_timeout(60_000)  # other programs use the cores too
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
    shade = f"{language}-{width}-{'dark' if dark else 'light'}"

    page.goto(f"{address}/desk/passphrase/{accounts.link('anna')}")
    looked_at(page, f"passphrase-{shade}")
    choose_passphrase(page)
    assert language == page.locator("html").get_attribute("lang")
    looked_at(page, f"waiting-{shade}")
    page.locator('form[action$="/claim"] button').first.click()
    page.fill("#note", "Speaks slowly; call after noon.")
    page.locator('main button[formaction$="/note"]').click()
    looked_at(page, f"request-{shade}")
    page.locator('input[name="result"]').first.check()
    page.locator('main button[formaction$="/done"]').click()
    page.goto(f"{address}/desk/history")
    looked_at(page, f"history-{shade}")
    page.goto(f"{address}/desk/opening")
    page.fill("#hours", "9 to 5")
    page.locator("#usual ~ .sheet button").click()
    looked_at(page, f"opening-wrong-{shade}")
    page.goto(f"{address}/desk/opening")
    page.fill("#words_en", "We are closed today because of snow.")
    page.fill("#words_es", "Hoy estamos cerrados por la nieve.")
    page.locator('main button[formaction$="/today"]').click()
    looked_at(page, f"opening-{shade}")
    page.goto(f"{address}/desk/figures")
    looked_at(page, f"months-{shade}")
    page.locator("tbody a").first.click()
    looked_at(page, f"month-{shade}")
    page.goto(f"{address}/desk/figures/report")
    looked_at(page, f"report-{shade}")
    publish_goodbye(app)
    page.goto(f"{address}/desk/words/versions")
    assert page.get_by_text("Bye. Reply MENU.", exact=True).last.is_visible()
    looked_at(page, f"versions-{shade}")
    page.goto(f"{address}/desk/team")
    page.fill("#name", "benjamin.rodriguez")
    page.select_option("#role", "editor")
    page.locator('form[action$="/desk/team"] button').click()
    assert "/desk/passphrase/" in page.locator("#link").input_value()
    looked_at(page, f"team-{shade}")
    page.locator("summary").click()
    page.locator('form[action$="/remove"] button').click()
    assert 1 == page.locator("#accounts ~ ul > li").count()
    looked_at(page, f"team-removed-{shade}")
    page.locator('form[action$="/desk/sign-out"] button').click()
    page.goto(f"{address}/desk/sign-in")
    looked_at(page, f"sign-in-{shade}")
    assert [] == complaints
    context.close()


def test_it_works_without_script_and_by_keyboard_alone(browser: Browser, served: tuple[str, Flask]) -> None:
    """A director signs in, takes a request and closes the office by keyboard; the other language keeps what she typed."""
    address, app = served
    accounts = Accounts(app.extensions["hotline"].redis)
    accounts.add("anna", Role.EDITOR)
    context = browser.new_context(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/desk/passphrase/{accounts.link('anna')}")
    page.locator("#passphrase").focus()
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Enter")
    attention = page.get_by_role("link", name="The hotline needs attention").bounding_box()
    assert attention is not None
    assert attention["y"] < 800, "a phone shows it without scrolling"
    page.locator('form[action$="/claim"] button').first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/request/*")
    page.goto(f"{address}/desk/opening")
    page.locator("#words_en").focus()
    page.keyboard.type("Snow.")
    page.get_by_role("button", name="Español").click()
    assert ("es", "Snow.") == (page.locator("html").get_attribute("lang"), page.input_value("#words_en"))
    page.locator("#hours").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/opening?said=same")
    page.get_by_role("button", name="English").click()
    page.locator("#words_en").focus()
    page.keyboard.type("Snow.")
    page.keyboard.press("Tab")
    page.keyboard.type("Nieve.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/opening?said=closed")
    assert page.get_by_text("Closed today.").is_visible()
    context.close()
