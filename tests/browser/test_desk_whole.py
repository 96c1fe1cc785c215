"""A whole day at the desk, with the running service, a carrier and two browsers of the staff: requests at night,
notices at opening, two people claiming one request, a callback, and nothing left at the end.
"""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from redis import Redis

from devtools.twilio_sim import Phone
from devtools.twilio_sim.phone import Control
from hotline.store.keys import Secrets
from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role
from tests.browser.signing_in import sign_in
from tests.end_to_end.town import Town, take
from tests.running import SECRET, running_line
from tests.stored import texts
from tests.waiting import wait_until
from tests.workers.test_notify import MailServer

STAFF, NOTIFIED = "+15105550123", "+15105550144"
SOON = 60.0
"""Seconds, on a machine that does other things as well."""

SEALED = re.compile(r"gAAAA[\w=-]{40,}")


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        yield server
        server.shutdown()
        serving.join()


@pytest.fixture
def town(browser: Browser, mail: MailServer, tmp_path: Path) -> Iterator[tuple[Town, str, str]]:
    """Yield the service of a center that is open from nine to five, its address, and that of its Redis."""
    assert browser.is_connected()
    settings = {
        "WEB_PROCESSES": "2",
        "STAFF_NUMBER": STAFF,
        "OFFICE_HOURS": "Mon-Sun 9:00-17:00",
        "NOTIFY_NUMBERS": NOTIFIED,
        "NOTIFY_EMAIL": "desk@center.example",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mail.server_address[1]),
        "SMTP_STARTTLS": "no",
    }
    with running_line(tmp_path, settings) as line:
        yield Town(line.carrier, line.redis, line.clock, SECRET), line.address, line.redis_url


def desk_of(browser: Browser, address: str, redis: Redis, name: str) -> Page:
    """Return a browser in which this person has set a passphrase and signed in."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US").new_page()
    sign_in(page, address, Accounts(redis), name, Role.STAFF)
    page.get_by_role("heading", name="Waiting for a callback").wait_for()
    return page


def came(town: Town) -> list[str]:
    """Return the texts that notified the center."""
    return [bubble.body for bubble in Phone(town.carrier, NOTIFIED).bubbles()]


def asked_at_night(town: Town) -> tuple[Phone, Phone]:
    """Request a call by text and leave a message in Spanish, at night."""
    mother, father = town.phone(), town.phone()
    for words in ("hello", "PERSON", "1", "1"):
        mother.text(words)
    call = father.call()
    for key in ("8", "0"):  # Spanish; a person
        call.press(key)
    take(call, "dejar un mensaje")
    assert "Deje su mensaje" in call.words(), call.words()
    call.record("Llámeme por favor, es sobre mi hijo")
    call.hang_up()
    return mother, father


def left_of(redis_url: str, number: str) -> list[str]:
    """Return each key whose name or content has this number, plain or sealed."""
    secrets = Secrets(SECRET)
    with Redis.from_url(redis_url) as client:
        return [
            key
            for key, held in texts(client).items()
            if number[2:] in f"{key} {held}" or number in map(secrets.unseal, SEALED.findall(held))
        ]


def test_a_day_at_the_desk(browser: Browser, town: tuple[Town, str, str], mail: MailServer) -> None:
    line, address, store = town
    line.at(22)
    mother, father = asked_at_night(line)
    assert left_of(store, mother.number), "else the search at the end would find nothing either"
    assert left_of(store, father.number)
    assert ([], []) == (came(line), mail.mails), "nobody is told at night"

    line.at(9, days=1)
    wait_until(lambda: bool(came(line) and mail.mails), SOON)
    told = f"{came(line)} {mail.mails}"
    assert "2 parents wait" in told
    assert f"{address}/desk" in told
    assert not re.search(r"202\W?555|Llámeme|hijo", told), "nothing of a parent is in it"

    anna, ben = (desk_of(browser, address, line.redis, name) for name in ("anna", "ben"))
    assert "2025550" not in re.sub(r"\D", "", anna.content())
    take = 'section[aria-labelledby="call-backs"] form[action$="/claim"] button'
    anna.locator(take).click()
    anna.wait_for_url("**/desk/request/*")
    ben.locator(take).click()
    assert ben.get_by_text("Someone else has taken that one.").is_visible()
    request = anna.url.split("?")[0]
    assert ben.request.get(request).status == 409, "nor does the address show him the number"

    anna.get_by_role("button", name="Call the parent back").click()
    assert anna.get_by_text("Your phone rings now.").first.is_visible()
    call = Phone(line.carrier, STAFF).answer()
    assert "You can call a parent back now." in call.words()
    call.press("1")
    call.dialed("answered")
    call.hang_up()
    anna.get_by_role("link", name="Refresh").click()
    assert anna.get_by_text("The call was answered.").is_visible()
    assert anna.locator('input[name="result"]:checked').count() == 0, "an answering machine answers, too"
    anna.fill("#note", "Wants a letter; call again in May.")
    anna.get_by_role("button", name="Save the note").click()
    assert anna.get_by_text("Wants a letter; call again in May.").is_visible()
    anna.locator('input[name="result"][value="talked"]').check()
    anna.get_by_role("button", name="Done", exact=True).click()
    anna.wait_for_url("**/desk?said=done")

    ben.goto(f"{address}/desk")
    ben.locator('section[aria-labelledby="messages"] form[action$="/claim"] button').click()
    ben.wait_for_url("**/desk/request/*")
    assert ben.locator("audio").is_visible()
    ben.locator('input[name="result"][value="referred"]').check()
    ben.get_by_role("button", name="Done", exact=True).click()
    ben.wait_for_url("**/desk?said=done")

    line.later(hours=26)
    for number in (mother.number, father.number):
        wait_until(lambda each=number: not left_of(store, each), SOON)  # type: ignore[misc]
    recordings = Control(line.carrier).get("recordings")
    assert recordings
    assert all(each["status"] == "deleted" for each in recordings), (
        "the message is deleted at the carrier too"
    )
