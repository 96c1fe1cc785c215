"""Live updates of the page."""

import json
import time
from collections.abc import Callable, Generator
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from devtools.phone import live as live_events
from devtools.phone.inspector import Found, Whereabouts
from devtools.phone.live import live
from devtools.phone.sandbox import Sandbox
from devtools.twilio_sim.lines import LineKind
from tests.devtools.twilio_sim.application import Application

PARENT, OTHER = "+12022340123", "+12022340999"
SECONDS = 30.0
"""How long a test waits for what it needs; it comes within a few hundredths, or seconds while many tests run."""
MOST_PINGS = 120
"""How often a page may be pinged before all kinds came: a minute."""


class Heard:
    """A page that listens to these phones and keeps the last update of each kind."""

    def __init__(self, sandbox: Sandbox, *numbers: str) -> None:
        self.events = cast("Generator[str]", live(sandbox, numbers, "en"))
        self.last: dict[tuple[str, str], dict[str, Any]] = {}

    def until(
        self, kind: str, number: str = "", true: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> dict[str, Any]:
        """Return what is shown of this kind about this phone, once the condition holds."""
        end = time.monotonic() + SECONDS
        while (kind, number) not in self.last or not true(self.last[kind, number]):
            assert time.monotonic() < end, f"no such {kind}; {self.last.get((kind, number))}"
            event = next(self.events)
            if not event.startswith(":"):
                name, _, rest = event.removeprefix("event: ").partition("\n")
                shown = json.loads(rest.removeprefix("data: "))
                self.last[name, shown["number"]] = shown
        return self.last[kind, number]


def test_a_new_page_gets_everything(sandbox: Sandbox) -> None:
    heard = Heard(sandbox, PARENT, OTHER)
    assert "America/New_York" == heard.until("clock")["zone"]
    for number in (PARENT, OTHER):
        assert [] == heard.until("phone", number)["thread"]
        assert [] == heard.until("wire", number)["turns"]
        assert heard.until("where", number)["away"] is False
    heard.events.close()


def test_a_text_is_sent_to_its_phones_page(application: Application, sandbox: Sandbox) -> None:
    application.says("/sms", "<Message>Hello</Message>")
    heard = Heard(sandbox, PARENT)
    heard.until("phone", PARENT)
    sandbox.phones.text(OTHER, "not mine")
    sandbox.phones.text(PARENT, "hi")
    shown = heard.until("phone", PARENT, lambda told: len(told["thread"]) > 1)
    assert [["hi"], ["Hello"]] == [text["parts"] for text in shown["thread"]]
    wire = heard.until("wire", PARENT, lambda told: bool(told["turns"]))
    assert ["/sms"] == [turn["path"] for turn in wire["turns"]]
    heard.events.close()


def test_nothing_is_sent_twice(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_events, "PING_EVERY_SECONDS", 0.5)
    told: list[str] = []
    pings = 0
    for event in live(sandbox, [PARENT], "en"):
        pings += event.startswith(":")
        if not event.startswith(":"):
            told.append(event.split("\n")[0].removeprefix("event: "))
        elif "where" in told or pings > MOST_PINGS:
            break
    assert ["clock", "phone", "where", "wire"] == sorted(told)


def test_a_call_is_shown_step_by_step(application: Application, sandbox: Sandbox) -> None:
    application.says("/voice", "<Gather><Say>A question.</Say></Gather>")
    heard = Heard(sandbox, PARENT)
    assert heard.until("phone", PARENT)["call"] is None
    line = sandbox.phones.call(PARENT)
    call = heard.until("phone", PARENT, lambda told: bool(told["call"]))["call"]
    assert (line.sid, False) == (call["sid"], call["over"])
    assert ["said", "listening"] == [mark["kind"] for mark in call["marks"]]
    heard.events.close()


def test_a_hidden_number_is_found_by_its_call(application: Application, sandbox: Sandbox) -> None:
    application.says("/voice", "<Gather><Say>A question.</Say></Gather>")
    sandbox.carrier.set_kind(PARENT, LineKind.ANONYMOUS)
    assert "" == sandbox.caller(PARENT)
    heard = Heard(sandbox, PARENT)
    assert "here" not in heard.until("where", PARENT)
    line = sandbox.phones.call(PARENT)
    assert line.sid == sandbox.caller(PARENT)
    assert heard.until("where", PARENT, lambda told: "here" in told)["here"] is None
    heard.events.close()


def test_an_error_is_shown_and_updates_continue(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    find = Whereabouts.find

    def fails(*_: object) -> Found:
        raise KeyError("due")

    monkeypatch.setattr(Whereabouts, "find", fails)
    heard = Heard(sandbox, PARENT)
    assert "KeyError: 'due'" == heard.until("where", PARENT)["error"]
    monkeypatch.setattr(Whereabouts, "find", find)
    assert heard.until("where", PARENT, lambda told: "error" not in told)["here"] is None
    heard.events.close()


def test_the_events_end_with_the_carrier(sandbox: Sandbox) -> None:
    heard = Heard(sandbox, PARENT)
    heard.until("phone", PARENT)
    sandbox.carrier.closing.set()
    began = time.monotonic()
    list(heard.events)
    assert SECONDS > time.monotonic() - began


def test_events_are_served_as_browsers_read_them(page: FlaskClient, sandbox: Sandbox) -> None:
    answer = page.get("/phone/live?number=%2B12022340123&lang=es")
    assert ("text/event-stream", "no-store") == (answer.mimetype, answer.headers["Cache-Control"])
    sandbox.carrier.closing.set()
    assert answer.data.startswith(b"event: wire\ndata: {")
