"""Traces and error reports: off by default, and anonymous."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from redis import Redis

from hotline import log
from hotline.config.oddities import oddities
from hotline.config.settings import Settings
from hotline.telemetry import reports, traces
from hotline.web import turn
from hotline.web.app import create_app
from tests.loopback_sink import Sink, sink
from tests.web.twilio_forms import PARENT, Caller

WORDS = "my son Zebulon has dyslexia"
MOST_KEYS = {"type", "value", "stacktrace"}


@pytest.fixture
def sentry() -> Iterator[Sink]:
    """Yield a test Sentry, and reset logging at the end."""
    hook = sys.excepthook
    with sink() as listening:
        yield listening
    sys.excepthook = hook
    reports._Open.client = None
    structlog.reset_defaults()


def reporting(sentry: Sink, form: str = "json") -> None:
    dsn = sentry.url.replace("://", "://0123456789abcdef@") + "/1"
    log.configure("debug", "web", form, reports.open_reporter(dsn))


def events(sentry: Sink) -> list[dict[str, Any]]:
    reports.flush()
    found = []
    for body in sentry.bodies("/api/1/envelope/"):
        for line in body.splitlines():
            item = json.loads(line)
            if "exception" in item:
                found.append(item)
    return found


def test_an_error_is_reported_without_the_parents_data(
    sentry: Sink, settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        words, number = WORDS, PARENT
        try:
            raise KeyError(number)
        except KeyError as error:
            raise ValueError(f"{number} wrote {words}") from error

    reporting(sentry)
    redis.ping()
    monkeypatch.setattr(turn, "step", broken)
    answer = Caller(create_app(settings).test_client(), settings).text(WORDS)
    assert 200 == answer.status_code
    (event,) = [each for each in events(sentry) if each["tags"]["event"] == "request_failed"]
    cause, own = event["exception"]["values"]
    assert ("KeyError", "ValueError", "request_failed") == (cause["type"], own["type"], own["value"])
    frames = own["stacktrace"]["frames"]
    assert {"filename", "module", "lineno"} == set().union(*(frame.keys() for frame in frames))
    assert "hotline/web/turn.py" in {frame["filename"] for frame in frames}
    everything = sentry.everything()
    for secret in (PARENT, PARENT[2:], "Zebulon", "dyslexia", settings.hotline_secret, "AccountSid"):
        assert secret.encode() not in everything, secret
    assert event.keys() <= {*reports.REPORTED, "sdk", "_meta"}
    assert [] == [key for each in event["exception"]["values"] for key in each.keys() - MOST_KEYS]


def test_extra_data_of_the_library_is_removed() -> None:
    line = {
        "event": "uncaught",
        "level": "error",
        "process": "web",
        "error": "OSError",
        "frames": ["a/b.py:3"],
    }
    added = reports.as_event(line) | {
        "server_name": "host",
        "user": {"ip": "1"},
        "request": {"url": PARENT},
        "breadcrumbs": [WORDS],
        "contexts": {},
        "modules": {},
        "extra": {"words": WORDS},
    }
    assert reports.strip(added, {}) == reports.as_event(line)


def test_an_event_without_an_exception_is_reported_by_name_once_a_minute(sentry: Sink) -> None:
    reporting(sentry)
    for _ in range(3):
        log.log.error("carrier_refuses", code=20003)
    log.log.error("followups_late", count=3)
    log.log.warning("store_busy")
    told = [each["tags"] for each in events(sentry)]
    assert ["carrier_refuses", "followups_late"] == [tags["event"] for tags in told]
    assert "20003" == told[0]["code"]


def test_an_unreachable_sentry_delays_nothing(sentry: Sink) -> None:
    log.configure("info", "web", "json", reports.open_reporter("http://key@127.0.0.1:1/1"))
    log.log.error("carrier_refuses", code=20003)
    reports._Open.client = None
    assert [] == sentry.posted


def test_without_settings_nothing_is_loaded() -> None:
    assert reports.open_reporter("") is None
    traces.configure("", "web")
    assert traces.span("load") is traces.span("step", channel="sms")


def test_an_attribute_that_may_identify_someone_is_dropped() -> None:
    given: dict[str, str | int] = {
        "channel": "sms",
        "reminder": WORDS,
        "kind": PARENT,
        "number": "1",
        "tries": 2,
        "route": "/voice/turn",
    }
    kept = {"hotline.channel": "sms", "hotline.tries": 2, "hotline.route": "/voice/turn"}
    assert kept == traces._safe(given)


def test_missing_packages_are_reported(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = replace(
        settings, public_base_url="https://line.parents.edu", sentry_dsn="https://k@sentry.parents.edu/1"
    )
    assert not any("not installed" in each for each in oddities(ours, {}))
    monkeypatch.setattr("hotline.config.oddities.is_installed", lambda: False)
    assert any(traces.EXTRA in each for each in oddities(ours, {}))
