"""/status reports refused webhooks and what to check; quiet hours and forged requests are no fault."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from hotline.config.settings import Settings
from hotline.store.connection import connect
from hotline.store.webhook_counts import COUNTED_FOR, TAKEN, Recent, Refusal, WebhookCounts, WebhookKind
from hotline.web.app import create_app
from hotline.web.desk.view import problems_in
from hotline.web.webhook_health import NONE_YET, WebhookHealth, summary
from tests.own_redis import OwnRedis
from tests.web.twilio_forms import Caller

pytestmark = pytest.mark.usefixtures("uncached_status")

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
TEXTS, CALLS = WebhookKind.TEXTS, WebhookKind.CALLS
MISMATCH = "the signature does not match; check PUBLIC_BASE_URL, TWILIO_AUTH_TOKEN"
FOURTEEN = f"texts: never a valid one; 14 refused in the last hour: {MISMATCH}"
TWO = f"texts: the last valid one was at 2026-11-23 14:00 UTC; 2 refused in the last hour: {MISMATCH}"

Counts = dict[tuple[WebhookKind, str], int]

TOLD: dict[str, tuple[Counts, bool, str]] = {
    "nothing ever came": ({}, False, NONE_YET),
    "a quiet hour": ({}, True, "ok"),
    "all is well": ({(TEXTS, TAKEN): 4}, True, "ok"),
    "a wrong token": ({(TEXTS, Refusal.SIGNATURE): 14}, False, FOURTEEN),
    "a token that was changed": ({(TEXTS, Refusal.SIGNATURE): 2}, True, TWO),
    "a stranger forges": ({(TEXTS, TAKEN): 1, (TEXTS, Refusal.SIGNATURE): 900}, True, "ok"),
    "a stranger knocks": ({(TEXTS, Refusal.NO_SIGNATURE): 900}, True, "ok"),
    "a proxy takes the header": ({(TEXTS, Refusal.NO_SIGNATURE): 3}, False, "X-Twilio-Signature through"),
    "another number": (
        {(TEXTS, TAKEN): 9, (TEXTS, Refusal.NUMBER): 1},
        True,
        "texts: 1 refused in the last hour: they are for another number",
    ),
    "another account": ({(CALLS, Refusal.ACCOUNT): 1}, True, "check TWILIO_ACCOUNT_SID"),
    "calls alone are wrong": (
        {(TEXTS, TAKEN): 9, (CALLS, Refusal.SIGNATURE): 2},
        True,
        "calls: never a valid one; 2 refused",
    ),
    "asked by GET": ({(CALLS, Refusal.METHOD): 1}, True, "set HTTP POST"),
    "no such address": ({(WebhookKind.ELSEWHERE, Refusal.NOWHERE): 1}, True, "there is no such URL here"),
}
"""The counts of an hour, whether texts came three hours before it, and what is told."""


@pytest.mark.parametrize(("counted", "came", "right"), TOLD.values(), ids=TOLD.keys())
def test_the_counts_are_summarized(counted: Counts, came: bool, right: str) -> None:
    before = {TEXTS: NOW - timedelta(hours=3)} if came else {}
    found = summary(Recent(Counter(counted), before))
    assert right in found
    assert (found == "ok") is (right == "ok")


Break = Callable[[Caller], object]
FORGED = {"X-Twilio-Signature": "x"}
PLANTED: dict[str, tuple[Break, str]] = {
    "another token": (lambda caller: caller.post("/sms", caller.sms_form("hi"), "A" * 28), "does not match"),
    "no header": (lambda caller: caller.post("/sms", caller.sms_form("hi"), ""), "they have no signature"),
    "another account": (lambda caller: caller.text("hi", AccountSid="AC" + "9" * 32), "TWILIO_ACCOUNT_SID"),
    "another number": (lambda caller: caller.text("hi", To="+15105550177"), "add it to HOTLINE_NUMBER"),
    "GET": (lambda caller: caller.client.get("/sms", headers=FORGED), "HTTP POST"),
    "no such path": (lambda caller: caller.post("/twilio/sms", {}), "there is no such URL"),
    "no path": (lambda caller: caller.post("/", {}), "there is no such URL"),
    "GET of no path": (lambda caller: caller.client.get("/", headers=FORGED), "there is no such URL"),
    "not a form": (lambda caller: caller.client.post("/sms", json={}, headers=FORGED), "they are not forms"),
}


@pytest.mark.parametrize(("plant", "right"), PLANTED.values(), ids=PLANTED.keys())
def test_refused_webhooks_are_reported(plant: Break, right: str, settings: Settings, redis: Redis) -> None:
    redis.ping()
    client = create_app(settings).test_client()
    caller = Caller(client, settings)
    plant(caller)
    found = (client.get("/status").json or {})["webhooks"]
    assert right in found
    assert ("Texts and calls reach the hotline", found) in problems_in({"webhooks": found})


def test_an_accepted_text_makes_the_check_ok(settings: Settings, redis: Redis) -> None:
    client = create_app(settings).test_client()
    assert NONE_YET == (client.get("/status").json or {})["webhooks"]
    Caller(client, settings).text("hi")
    assert "ok" == (client.get("/status").json or {})["webhooks"]
    counts = WebhookCounts(redis)
    assert 1 == counts.recent(datetime.now(UTC)).taken(WebhookKind.TEXTS)
    later = counts.recent(datetime.now(UTC) + COUNTED_FOR)
    assert (0, {WebhookKind.TEXTS}) == (later.taken(WebhookKind.TEXTS), set(later.last))


def test_a_flood_costs_one_write(redis: Redis) -> None:
    seconds = [0.0]
    webhook_health = WebhookHealth(WebhookCounts(redis), lambda: seconds[0])
    redis.config_resetstat()
    for _ in range(500):
        webhook_health.note("/sms", Refusal.SIGNATURE)
        webhook_health.write_if_due()
    assert 1 == redis.info("commandstats")["cmdstat_hincrby"]["calls"]
    assert "500 refused" in webhook_health.summary()


def test_counts_survive_an_outage_of_redis(settings: Settings, server: OwnRedis) -> None:
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
