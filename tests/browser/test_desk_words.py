"""A director's tasks at the desk in a real browser: greeting, snow day, topic, report."""

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from redis import Redis

from hotline.config.settings import Settings
from hotline.conversation.book.book import Book
from hotline.publishing.lint.graph_places import Walk
from hotline.publishing.lint.walk_facts import WalkFacts, structure
from hotline.store.keys import counts_key
from hotline.store.months import Month
from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role
from hotline.store.words_versions import WordsVersions
from hotline.web.app import create_app
from tests.browser.signing_in import sign_in
from tests.browser.test_desk import looked_at
from tests.running import serving
from tests.web.twilio_forms import Caller, messages

GREETING = "hotline.greeting.text"
PATIENCE = 290
"""Seconds for a whole check beside other work on the same machine: a new topic is walked."""

SOON, FIVE_MINUTES = 20, 300
"""Seconds after a publication within which parents get the words, beside other work on the same machine and after the page
said so (test_words_pages holds the line to 5), and those that nothing may take.
"""

MARCH = Month(datetime.now(UTC).year - (datetime.now(UTC).month < 4), 3)
"""The last March that is over."""


@pytest.fixture
def served(settings: Settings, redis: Redis, book: Book, walk: Walk) -> Iterator[tuple[str, Flask]]:
    """Yield the address of a desk whose flows were walked before."""
    WordsVersions(redis).store_walked(structure(book), WalkFacts.of(book, walk).written())
    with serving(lambda address: create_app(replace(settings, public_base_url=address))) as served:
        yield served


def signed_in(context: BrowserContext, address: str, app: Flask) -> Page:
    context.set_default_timeout(60_000)
    page = context.new_page()
    sign_in(page, address, Accounts(app.extensions["hotline"].redis), "dora", Role.EDITOR)
    return page


def publish(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^(Publish|Publicar)$")).click()
    done = page.get_by_text(re.compile("Published as version|Publicado como versión"))
    done.wait_for(timeout=PATIENCE * 1000)


def parent_gets(app: Flask, said: str, wanted: str, number: str) -> float:
    """Text until the reply has these words; return the seconds since they were published."""
    since = time.monotonic()
    published = WordsVersions(app.extensions["hotline"].redis).all()[0].at
    while time.monotonic() - since < PATIENCE:
        parent = Caller(app.test_client(), app.extensions["hotline"].settings, number)
        if any(wanted in each for each in messages(parent.text(said))):
            return time.time() - published
        time.sleep(0.1)
    pytest.fail(f"nobody got {wanted!r}")


class Watch:
    """Measures how long each task takes."""

    def __init__(self) -> None:
        self.took: dict[str, float] = {}
        self.began = time.monotonic()

    def done(self, what: str) -> None:
        """End one task and begin the next."""
        now = time.monotonic()
        self.took[what], self.began = round(now - self.began, 1), now
        assert self.took[what] < FIVE_MINUTES, f"{what} took {self.took[what]} s"


@pytest.mark.parametrize(
    ("width", "script"), [(1280, True), (390, False)], ids=["screen", "phone without script"]
)
def test_a_director_finishes_each_task_in_five_minutes(
    width: int, script: bool, browser: Browser, served: tuple[str, Flask]
) -> None:
    address, app = served
    redis = app.extensions["hotline"].redis
    redis.hset(
        counts_key(3, date(MARCH.year, 3, 10)), mapping={"text_opened": 40, "language.en": 40, "state.CA": 12}
    )
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale="en-US", java_script_enabled=script
    )
    page, watch = signed_in(context, address, app), Watch()

    page.get_by_role("link", name="Words", exact=True).click()
    page.fill("#q", "by computer")
    page.locator(".filter button").click()
    page.locator(f'a[href$="/words/text/{GREETING}"]').first.click()
    page.fill(
        "#written_en", "Hello from {hotline}: school help for parents. PERSON for a person, STOP to end."
    )
    page.fill(
        "#written_es",
        "Saludos de {hotline}: ayuda con la escuela. PERSONA si quiere hablar, ALTO para terminar.",
    )
    page.get_by_role("button", name="Check and preview").click()
    assert page.get_by_text("No problems found").is_visible()
    publish(page)
    assert parent_gets(app, "hi", "Hello from", "+12025550180") < SOON
    watch.done("greeting")

    page.get_by_role("link", name="Open and closed").click()
    page.fill("#words_en", "We are closed today because of snow.")
    page.fill("#words_es", "Hoy cerramos por la nieve.")
    page.get_by_role("button", name="Close today").click()
    assert page.get_by_text("Closed today.").is_visible()
    parent = Caller(app.test_client(), app.extensions["hotline"].settings, "+12025550183")
    parent.text("hola")
    since = time.monotonic()
    while "Hoy cerramos por la nieve." not in parent.text("PERSONA").text:
        assert time.monotonic() - since < SOON
        time.sleep(0.5)
    watch.done("snow day")

    page.get_by_role("link", name="Figures", exact=True).click()
    page.select_option("#first", str(MARCH))
    page.select_option("#last", str(MARCH))
    page.get_by_role("button", name="Create the report").click()
    assert page.get_by_role("heading", name=f"March {MARCH.year}").is_visible()
    assert page.get_by_role("row", name="By text 40").is_visible()
    watch.done("report")

    page.get_by_role("link", name="Words", exact=True).click()
    page.get_by_role("link", name="Own topics").click()
    page.get_by_role("link", name="Add a topic").click()
    page.fill("#label_en", "Our workshop")
    page.fill("#text_en", "Our free workshop is on the first Tuesday. To come, call {person}.")
    page.fill("#examples_en", "when is the workshop\nis there a workshop\ni want to come to the workshop")
    page.fill("#label_es", "Nuestro taller")
    page.fill("#text_es", "Nuestro taller gratis es el primer martes. Para venir, llame a {person}.")
    page.fill("#examples_es", "cuándo es el taller\nhay un taller\nquiero saber del taller")
    page.select_option("#menu", "questions_meetings")
    if width < 1280:
        page.get_by_role("button", name="Check and preview").click()
        assert page.get_by_text("No problems found").is_visible()
        context.close()
        return
    publish(page)
    assert parent_gets(app, "wen is the workshop", "first Tuesday", "+12025550181") < SOON
    assert (
        parent_gets(app, "cuando es el taller", "primer martes", "+12025550182") < SOON + 1
    )  # after the other
    watch.done("topic")
    page.get_by_role("link", name="Versions of the words").click()
    page.get_by_role("button", name=re.compile("Go back to .*")).first.click()
    page.get_by_text("Published as version 3").wait_for(timeout=PATIENCE * 1000)
    watch.done("back")
    context.close()


def judged_here(job: object, walk: Walk) -> None:
    """Run the check in this process, with the stored walk."""
    from unittest.mock import patch

    from hotline.store.connection import connect
    from hotline.web.desk.words_judge import Job, judge

    assert isinstance(job, Job)
    if job.waiting:
        with connect(job.redis_url) as redis, patch("hotline.web.desk.words_judge.walked", lambda _: walk):
            judge(job, redis)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_words_page_is_accessible(
    language: str,
    width: int,
    dark: bool,
    browser: Browser,
    served: tuple[str, Flask],
    monkeypatch: pytest.MonkeyPatch,
    walk: Walk,
) -> None:
    address, app = served
    monkeypatch.setattr(
        "hotline.web.desk.words_publish.start",
        lambda job: threading.Thread(target=judged_here, args=(job, walk), daemon=True).start(),
    )
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        locale="es-US" if language == "es" else "en-US",
    )
    page, complaints = signed_in(context, address, app), []
    page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
    shade = f"{language}-{width}-{'dark' if dark else 'light'}"
    for path, name in (
        ("words", "words"),
        ("words?which=due", "words-due"),
        (f"words/text/{GREETING}", "words-text"),
        ("words/text/faq.faq_cost.text", "words-law"),
        ("words/topic/new", "words-topic"),
        ("words/reminders", "words-reminders"),
        ("words/centers?state=CA", "words-centers"),
    ):
        page.goto(f"{address}/desk/{path}")
        looked_at(page, f"{name}-{shade}")
    page.goto(f"{address}/desk/words/text/{GREETING}")
    page.fill("#written_en", "Your child qualifies. " * 20)
    page.locator('main button[value="publish"]').click()
    looked_at(page, f"words-wrong-{shade}")
    page.fill("#written_en", "Hello from {hotline}. PERSON for a person, STOP to end.")
    page.fill("#written_es", "Saludos de {hotline}. PERSONA si quiere hablar, ALTO para terminar.")
    page.locator('main button[value="look"]').click()
    looked_at(page, f"words-preview-{shade}")
    publish(page)
    looked_at(page, f"words-published-{shade}")
    page.goto(f"{address}/desk/words/versions")
    looked_at(page, f"words-versions-{shade}")
    page.goto(f"{address}/desk/words/conflicts")
    looked_at(page, f"words-conflicts-{shade}")
    assert [] == complaints
    context.close()
