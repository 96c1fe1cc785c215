"""A line that is deaf says so, with what to look at; a quiet one and a stranger's knocking are told apart from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from hotline.config.settings import Settings
from hotline.store.connection import connect
from hotline.store.webhook_counts import COUNTED_FOR, TAKEN, Kind, Recent, Refusal, WebhookCounts
from hotline.web import health
from hotline.web.app import create_app
from hotline.web.desk.view import problems_in
from hotline.web.webhook_health import NONE_YET, WebhookHealth, summary
from tests.own_redis import OwnRedis
from tests.web.twilio_forms import Caller

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
NO_COUNTS: dict[tuple[Kind, str], int] = {}


@pytest.fixture(autouse=True)
def each_time_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """/status looks again whenever it is asked."""
    monkeypatch.setattr(health, "STATUS_TTL", timedelta(seconds=-1))


def status_of(counted: dict[tuple[Kind, str], int], *before: Kind) -> str:
    """What is told of these counts of an hour, when these kinds came before it."""
    return summary(Recent(Counter(counted), dict.fromkeys(before, NOW - timedelta(hours=3))))


TOLD = {
    "nothing ever came": (status_of(NO_COUNTS), NONE_YET),
    "a quiet hour": (status_of(NO_COUNTS, Kind.TEXTS), "ok"),
    "all is well": (status_of({(Kind.TEXTS, TAKEN): 4}, Kind.TEXTS), "ok"),
    "a wrong token": (
        status_of({(Kind.TEXTS, Refusal.SIGNATURE): 14}),
        (
            "texts: never a valid one; 14 refused in the last hour: the signature does not match; check PUBLIC_BASE_URL, "
            "TWILIO_AUTH_TOKEN"
        ),
    ),
    "a token that was changed": (
        status_of({(Kind.TEXTS, Refusal.SIGNATURE): 2}, Kind.TEXTS),
        (
            "texts: the last valid one was at 2026-11-23 14:00 UTC; 2 refused in the last hour: the signature does not match; "
            "check PUBLIC_BASE_URL, TWILIO_AUTH_TOKEN"
        ),
    ),
    "a stranger forges": (
        status_of({(Kind.TEXTS, TAKEN): 1, (Kind.TEXTS, Refusal.SIGNATURE): 900}, Kind.TEXTS),
        "ok",
    ),
    "a stranger knocks": (status_of({(Kind.TEXTS, Refusal.NO_SIGNATURE): 900}, Kind.TEXTS), "ok"),
    "a proxy takes the header": (
        status_of({(Kind.TEXTS, Refusal.NO_SIGNATURE): 3}),
        "X-Twilio-Signature through",
    ),
    "another number": (
        status_of({(Kind.TEXTS, TAKEN): 9, (Kind.TEXTS, Refusal.NUMBER): 1}, Kind.TEXTS),
        "texts: 1 refused in the last hour: they are for another number",
    ),
    "another account": (
        status_of({(Kind.CALLS, Refusal.ACCOUNT): 1}, Kind.TEXTS),
        "check TWILIO_ACCOUNT_SID",
    ),
    "calls alone are wrong": (
        status_of({(Kind.TEXTS, TAKEN): 9, (Kind.CALLS, Refusal.SIGNATURE): 2}, Kind.TEXTS),
        "calls: never a valid one; 2 refused",
    ),
    "asked by GET": (status_of({(Kind.CALLS, Refusal.METHOD): 1}, Kind.TEXTS), "set HTTP POST"),
    "an address that is not there": (
        status_of({(Kind.ELSEWHERE, Refusal.NOWHERE): 1}, Kind.TEXTS),
        "there is no such URL here",
    ),
}


@pytest.mark.parametrize(("found", "right"), TOLD.values(), ids=TOLD.keys())
def test_what_came_is_told(found: str, right: str) -> None:
    """Each by what it means and what mends it."""
    assert right in found
    assert (found == "ok") is (right == "ok")


Break = Callable[[Caller], object]
PLANTED: dict[str, tuple[Break, str]] = {
    "another token": (
        lambda caller: caller.post("/sms", caller.sms_form("hi"), "A" * 27 + "="),
        "does not match",
    ),
    "no header": (lambda caller: caller.post("/sms", caller.sms_form("hi"), ""), "they have no signature"),
    "another account": (lambda caller: caller.text("hi", AccountSid="AC" + "9" * 32), "TWILIO_ACCOUNT_SID"),
    "another number": (lambda caller: caller.text("hi", To="+15105550177"), "add it to HOTLINE_NUMBER"),
    "GET": (lambda caller: caller.client.get("/sms", headers={"X-Twilio-Signature": "x"}), "HTTP POST"),
    "no such path": (lambda caller: caller.post("/twilio/sms", {}), "there is no such URL"),
    "not a form": (
        lambda caller: caller.client.post("/sms", json={}, headers={"X-Twilio-Signature": "x"}),
        "they are not forms",
    ),
}


@pytest.mark.parametrize(("plant", "right"), PLANTED.values(), ids=PLANTED.keys())
def test_a_deaf_line_says_so_at_once(plant: Break, right: str, settings: Settings, redis: Redis) -> None:
    """In /status, and at the desk in the same words; a good text ends it."""
    redis.ping()
    client = create_app(settings).test_client()
    caller = Caller(client, settings)
    plant(caller)
    found = (client.get("/status").json or {})["webhooks"]
    assert right in found
    assert ("Texts and calls reach the hotline", found) in problems_in({"webhooks": found})


def test_a_text_that_is_taken_makes_it_well(settings: Settings, redis: Redis) -> None:
    """And it stays so through a quiet day; nothing of the request is kept but counts."""
    client = create_app(settings).test_client()
    assert NONE_YET == (client.get("/status").json or {})["webhooks"]
    Caller(client, settings).text("hi")
    assert "ok" == (client.get("/status").json or {})["webhooks"]
    counts = WebhookCounts(redis)
    assert 1 == counts.recent(datetime.now(UTC)).taken(Kind.TEXTS)
    later = counts.recent(datetime.now(UTC) + COUNTED_FOR)
    assert (0, {Kind.TEXTS}) == (later.taken(Kind.TEXTS), set(later.last))


def test_a_flood_costs_a_write_a_second(redis: Redis) -> None:
    """Whoever forges makes no work for Redis, and all of it is counted."""
    seconds = [0.0]
    webhook_health = WebhookHealth(WebhookCounts(redis), lambda: seconds[0])
    redis.config_resetstat()
    for _ in range(500):
        webhook_health.note("/sms", Refusal.SIGNATURE)
        webhook_health.settle()
    assert 1 == redis.info("commandstats")["cmdstat_hincrby"]["calls"]
    assert "500 refused" in webhook_health.summary()


def test_counts_survive_a_redis_that_is_away(settings: Settings, server: OwnRedis) -> None:
    """They are written when it is back."""
    own = replace(settings, redis_url=server.url)
    with connect(own.redis_url) as client:
        webhook_health = WebhookHealth(WebhookCounts(client))
        server.kill()
        webhook_health.note("/voice")
        webhook_health.write()
    server.start()
    with connect(own.redis_url) as client:
        webhook_health._counts = WebhookCounts(client)
        assert "ok" == webhook_health.summary()
