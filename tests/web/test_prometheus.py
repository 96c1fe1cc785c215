"""/metrics reports what happened, only with the token, and nothing about a parent."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from redis import Redis

from hotline import clock
from hotline.carrier.errors import Verdict
from hotline.config.settings import Settings
from hotline.conversation.model.events import Channel, Consent, Event, EventKind, FollowUp
from hotline.conversation.model.session import Session, Turn
from hotline.store import metrics
from hotline.store.heartbeat import beat
from hotline.store.keys import Secrets
from hotline.store.send_rate import Sending
from hotline.store.turns import Turns
from hotline.telemetry import measures
from hotline.web import prometheus
from hotline.web.app import create_app
from hotline.web.turn import TRIES
from tests.web.twilio_forms import PARENT, Caller

TOKEN = "a token of the tests"
SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="[^"\\\n]*",?)+)\})? (-?[0-9.e+]+)')

Page = Callable[[], dict[str, float]]


@pytest.fixture
def measured(settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Return a client of a web process with METRICS_TOKEN that does not cache the page."""
    assert redis.ping()
    monkeypatch.setattr(prometheus, "PAGE_TTL", timedelta(seconds=-1))
    return create_app(replace(settings, metrics_token=TOKEN)).test_client()


@pytest.fixture
def page(measured: FlaskClient) -> Page:
    """Return a function that reads the page's samples by name and labels."""

    def page() -> dict[str, float]:
        answer = measured.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert 200 == answer.status_code
        return read(answer.text)

    return page


def read(text: str) -> dict[str, float]:
    """Parse the samples of a page. Every line must be a sample or a comment."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, line
        name = f"{sample[1]}{{{sample[2]}}}" if sample[2] else sample[1]
        assert name not in found, "given twice"
        found[name] = float(sample[3])
    return found


def test_without_a_configured_token_the_page_does_not_exist(client: FlaskClient) -> None:
    assert 404 == client.get("/metrics", headers={"Authorization": "Bearer "}).status_code


@pytest.mark.parametrize(
    "header", ["", "Bearer another", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \udcff"], ids=repr
)
def test_a_wrong_token_is_refused(measured: FlaskClient, header: str) -> None:
    headers = [("Authorization", header.encode("latin-1", "replace").decode("latin-1"))] if header else []
    answer = measured.get("/metrics", headers=headers)
    assert 401 == answer.status_code
    assert "hotline_" not in answer.text


def test_turns_are_counted_by_channel(measured: FlaskClient, settings: Settings, page: Page) -> None:
    parent = Caller(measured, settings)
    form = parent.sms_form("hi")
    parent.post("/sms", form)
    parent.post("/sms", form)
    parent.dial()
    found = page()
    assert 1 == found['hotline_turns_total{channel="sms",outcome="answered"}']
    assert 1 == found['hotline_turns_total{channel="sms",outcome="repeated"}']
    assert 1 == found['hotline_turns_total{channel="voice",outcome="answered"}']
    assert 2 == found['hotline_turn_seconds_count{channel="sms"}']
    assert 2 == found['hotline_turn_seconds_bucket{channel="sms",le="+Inf"}']
    assert 0 < found['hotline_turn_seconds_sum{channel="sms"}'] < 4
    assert 3 == found["hotline_turn_redis_seconds_count"]
    assert found["hotline_turn_redis_seconds_sum"] < found['hotline_turn_seconds_sum{channel="sms"}'] + 4
    assert 2 == found['hotline_webhooks_last_hour{kind="texts",outcome="taken"}']


def test_buckets_are_cumulative() -> None:
    counts = (
        Counter(measures.timed(measures.Timed.SMS, timedelta(milliseconds=3)))
        + Counter(measures.timed(measures.Timed.SMS, timedelta(milliseconds=30)))
        + Counter(measures.timed(measures.Timed.SMS, timedelta(seconds=9)))
    )
    found = read("".join(prometheus.of_day(counts, 100)))
    ends = ("0.005", "0.025", "0.05", "2.0", "+Inf")
    assert [1, 1, 2, 2, 3] == [
        found[f'hotline_turn_seconds_bucket{{channel="sms",le="{end}"}}'] for end in ends
    ]
    assert pytest.approx(9.033) == found['hotline_turn_seconds_sum{channel="sms"}']


@pytest.mark.parametrize(
    ("time", "end"), [(0, "0.005"), (0.005, "0.005"), (0.00501, "0.01"), (2, "2.0"), (2.1, measures.OVER)]
)
def test_a_time_is_counted_in_the_smallest_bucket_that_fits(time: float, end: str) -> None:
    counts = measures.timed(measures.Timed.REDIS, timedelta(seconds=time))
    assert {f"redis_us.{end}": 1, "redis_us.sum": round(time * 1_000_000)} == counts


def test_an_abandoned_turn_counts_its_conflicts(
    measured: FlaskClient, settings: Settings, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Turns, "commit", lambda *_, **__: None)
    Caller(measured, settings).text("hi")
    found = page()
    assert 1 == found['hotline_turns_total{channel="sms",outcome="safe_words"}']
    assert TRIES == found["hotline_turn_conflicts_total"]


def test_danger_is_counted_by_kind(measured: FlaskClient, settings: Settings, page: Page) -> None:
    Caller(measured, settings).text("my son wants to kill himself")
    assert 1 == page()['hotline_danger_total{kind="self"}']


def test_refused_webhooks_are_counted_by_their_reason(measured: FlaskClient, page: Page) -> None:
    measured.post("/sms", data={"Body": "hi"})
    measured.post("/sms", data={"Body": "hi"}, headers={"X-Twilio-Signature": "no"})
    found = page()
    assert 1 == found['hotline_webhooks_last_hour{kind="texts",outcome="no_signature"}']
    assert 1 == found['hotline_webhooks_last_hour{kind="texts",outcome="signature"}']


def test_waiting_followups_are_counted_with_their_lag(redis: Redis, settings: Settings, page: Page) -> None:
    now, secrets = clock.now(), Secrets(settings.hotline_secret)
    for n, due in enumerate((timedelta(days=1), timedelta(days=2), -timedelta(minutes=20))):
        who = secrets.who(f"+1202555010{n}")
        event = Event(f"SM{n}", now, Channel.SMS, EventKind.SAID)
        effects = (Consent("agreed"), FollowUp("signed", due))
        turns = Turns(redis, secrets)
        turns.commit(who, event, turns.load(who, event.id, now), Turn(Session(), effects=effects), "", PARENT)
    found = page()
    assert [2, 1, 1] == [found[f'hotline_followups{{state="{state}"}}'] for state in ("ahead", "due", "late")]
    assert pytest.approx(1200, abs=5) == found["hotline_followup_lag_seconds"]


def test_only_known_carrier_codes_are_labels(redis: Redis, settings: Settings, page: Page) -> None:
    """A label has a closed set of values, because anyone who can sign a webhook can invent codes."""
    day = clock.now().astimezone(settings.time_zone).date()
    for name in (
        measures.not_sent(Verdict.PERMANENT, 21614),
        measures.not_sent(Verdict.WAIT, 99999),
        measures.undelivered(30007),
        "reply.lost.30034",
        "reply.lost.12345",
        measures.dropped(measures.Dropped.NO_CONSENT),
    ):
        metrics.count(redis, name, day)
    found = page()
    assert 1 == found['hotline_sends_total{result="permanent",code="21614"}']
    assert 1 == found['hotline_sends_total{result="wait",code="other"}']
    assert 1 == found['hotline_deliveries_total{result="failed",code="30007"}']
    assert 1 == found['hotline_replies_total{result="failed",code="30034"}']
    assert 1 == found['hotline_replies_total{result="failed",code="other"}']
    assert 1 == found['hotline_drops_total{reason="no_consent"}']


def test_checks_and_heartbeat_ages_are_reported(redis: Redis, page: Page) -> None:
    beat(redis, "clock", clock.now() - timedelta(minutes=1))
    Sending(redis).refuse(20003, datetime.now(UTC))
    found = page()
    assert 1 == found['hotline_check_ok{check="redis"}']
    assert 0 == found['hotline_check_ok{check="carrier"}']
    assert 0 == found['hotline_check_ok{check="clock"}']
    assert pytest.approx(60, abs=5) == found['hotline_process_age_seconds{process="clock"}']
    assert 'hotline_process_age_seconds{process="worker"}' not in found


def test_an_unreachable_redis_is_reported(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus, "PAGE_TTL", timedelta(seconds=-1))
    away = create_app(replace(settings, metrics_token=TOKEN, redis_url="redis://127.0.0.1:9/0")).test_client()
    answer = away.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert 200 == answer.status_code
    found = read(answer.text)
    assert 0 == found['hotline_check_ok{check="redis"}']
    assert not [name for name in found if name.startswith("hotline_turns")]


def test_no_label_contains_anything_about_a_parent(measured: FlaskClient, settings: Settings) -> None:
    parent = Caller(measured, settings)
    for words in ("hi", "3", "Maria Lopez 5105550123", "STOP", "my number is +15105550123"):
        parent.text(words)
    text = measured.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    values = set(re.findall(r'="([^"]*)"', text))
    assert not [each for each in values if re.search(r"[0-9]{6}|Maria|Lopez|\s", each)], values
