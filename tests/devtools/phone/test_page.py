"""The page at /phone."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from devtools.phone.sandbox import Sandbox
from devtools.twilio_sim.faults import CHOICES
from devtools.twilio_sim.lines import LineKind
from tests.devtools.twilio_sim.application import Application

PARENT = "%2B12022340123"
NUMBER = "+12022340123"


def error(answer: TestResponse) -> str:
    assert answer.json is not None
    return str(answer.json["error"])


def test_the_page_runs_only_its_own_scripts(page: FlaskClient) -> None:
    answer = page.get("/phone")
    assert 200 == answer.status_code
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert [] == re.findall(r"<[^>]+\s(?:style|on\w+)=", answer.text)
    assert [] == re.findall(r"<style", answer.text)
    assert [] == re.findall(r"(?:src|href)=\"(?:https?:)?//", answer.text)


@pytest.mark.parametrize("name", ["phone.js", "phone.css", "icon.svg", "sound.svg", "mute.svg"])
def test_assets_are_served_with_their_types(page: FlaskClient, name: str) -> None:
    kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
    with page.get(f"/phone/static/{name}") as answer:
        assert (200, kinds[name.rsplit(".", 1)[1]]) == (answer.status_code, answer.mimetype)


@pytest.mark.parametrize(
    ("address", "accepts", "language"),
    [
        ("/phone", "", "en"),
        ("/phone?lang=es", "en", "es"),
        ("/phone?lang=xx", "es-MX,es;q=0.9", "es"),
        ("/phone/?lang=en", "es", "en"),
        ("/phone", "fr", "en"),
    ],
)
def test_the_page_is_in_the_requested_language(
    page: FlaskClient, address: str, accepts: str, language: str
) -> None:
    answer = page.get(address, headers={"Accept-Language": accepts})
    assert f'<html lang="{language}">' in answer.text


def test_every_fault_can_be_chosen(page: FlaskClient) -> None:
    chosen = re.findall(r'<option value="([^"]+)">([^<]+)</option>', page.get("/phone").text)
    faults = {name: words for name, words in chosen if name not in set(LineKind)}
    assert set(CHOICES) == set(faults)
    assert all(len(words) > 10 for words in faults.values())


def test_strangers_are_refused_everywhere(page: FlaskClient, sandbox: Sandbox) -> None:
    for path in ("/phone", "/phone/live", "/simulator/ledger"):
        assert 403 == page.get(path, headers={"Host": "evil.example"}).status_code
    for path in ("/phone/clock", f"/phone/phones/{PARENT}/texts", "/simulator/texts"):
        answer = page.post(path, json={"seconds": 60}, headers={"Origin": "http://evil.example"})
        assert 403 == answer.status_code
    assert timedelta() == sandbox.clock.moved


def test_a_phone_calls_and_hangs_up(application: Application, page: FlaskClient) -> None:
    application.says("/voice", "<Gather><Say>A question.</Say></Gather>")
    call = page.post(f"/phone/phones/{PARENT}/calls", json={}).json
    assert call is not None
    assert ["said", "listening"] == [mark["kind"] for mark in call["marks"]]
    over = page.post(f"/phone/calls/{call['sid']}/hang-up", json={}).json
    assert over is not None
    assert over["over"]


def test_a_phone_can_be_a_landline(page: FlaskClient, sandbox: Sandbox) -> None:
    assert 200 == page.put(f"/phone/phones/{PARENT}", json={"kind": "landline"}).status_code
    assert LineKind.LANDLINE is sandbox.carrier.kind(NUMBER)


@pytest.mark.parametrize(
    ("path", "given", "status", "words"),
    [
        ("/phone/calls/CA0/press", {"words": "1"}, 404, "call again"),
        (f"/phone/phones/{PARENT}/rings/CA0/answer", {}, 404, "is not ringing"),
        (f"/phone/phones/{PARENT}/faults", {"fault": "31337"}, 400, "there is no fault"),
        (f"/phone/phones/{PARENT}/faults", {}, 400, "fault"),
        ("/phone/clock", {"seconds": -60}, 400, "forward"),
        ("/phone/clock", {"seconds": "soon"}, 400, "float"),
        ("/phone/phones/anonymous/texts", {"body": "hi"}, 400, "cannot text"),
    ],
)
def test_a_mistake_is_reported(
    page: FlaskClient, path: str, given: dict[str, object], status: int, words: str
) -> None:
    answer = page.post(path, json=given)
    assert status == answer.status_code
    assert words in error(answer)


def test_an_impossible_number_is_refused(page: FlaskClient) -> None:
    answer = page.put("/phone/phones/%2B1555", json={"kind": "mobile"})
    assert 400 == answer.status_code
    assert "is not a phone number" in error(answer)


def test_the_clock_moves(page: FlaskClient, sandbox: Sandbox) -> None:
    assert 200 == page.post("/phone/clock", json={"seconds": 3600}).status_code
    assert timedelta(hours=1) == sandbox.clock.moved


def test_without_a_reminder_there_is_no_next_text(page: FlaskClient, sandbox: Sandbox) -> None:
    answer = page.post("/phone/clock/next", json={"numbers": [NUMBER]})
    assert {"moved": False} == answer.json
    assert timedelta() == sandbox.clock.moved


def test_a_fault_affects_only_this_phone(page: FlaskClient, sandbox: Sandbox) -> None:
    page.post(f"/phone/phones/{PARENT}/faults", json={"fault": "30003"})
    assert ["30003"] == sandbox.carrier.faults.waiting_for(NUMBER)
    assert [] == sandbox.carrier.faults.waiting_for("+12022340999")


def test_a_conversation_is_saved_as_a_transcript(application: Application, page: FlaskClient) -> None:
    application.says("/sms", "")
    page.post(f"/phone/phones/{PARENT}/texts", json={"body": "hi"})
    answer = page.get(f"/phone/transcript?number={PARENT}&title=A+first+text")
    assert 'attachment; filename="a_first_text.txt"' == answer.headers["Content-Disposition"]
    assert answer.text.startswith("A first text\n\nParent: hi\nHotline: ")
