"""The health of the hotline's dependencies is reported to hosting platforms and to staff."""

import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from redis import Redis

from hotline.config.settings import Settings
from hotline.conversation.model.events import Channel, Consent, Event, EventKind, FollowUp, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.store.connection import connect
from hotline.store.due_set import LATE_AFTER
from hotline.store.followups import FollowUps
from hotline.store.heartbeat import beat, store_problems
from hotline.store.keys import Keys, Secrets, bucket_key, counts_key
from hotline.store.purge import Purge
from hotline.store.send_rate import Sending
from hotline.store.turns import Turns
from hotline.store.webhook_counts import TAKEN, WebhookCounts, WebhookKind
from hotline.web import health
from hotline.web.app import create_app
from hotline.web.checks import AWAY, NOT_REPORTED, UNSEEN_AFTER, is_well
from hotline.web.desk.view import problems_in
from tests.own_redis import OwnRedis, own_redis
from tests.web.desk.visiting import Desk
from tests.web.twilio_forms import PARENT, Caller

pytestmark = pytest.mark.usefixtures("uncached_status")

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def status(client: FlaskClient) -> dict[str, str]:
    """Return the checks in /status."""
    answer = client.get("/status")
    assert 200 == answer.status_code
    return answer.json or {}


def carrier_check(client: FlaskClient) -> str:
    return status(client)["carrier"]


def test_a_refused_account_is_reported_with_its_code_and_time(client: FlaskClient, redis: Redis) -> None:
    assert "ok" == carrier_check(client)
    Sending(redis).refuse(20003, NOON)
    told = carrier_check(client)
    assert told.startswith(
        "the carrier refuses our account: 20003 since 2026-11-23 12:00: credentials are refused"
    )
    assert ("The carrier accepts our texts", told) in problems_in({"carrier": told})
    Sending(redis).accepted()
    assert "ok" == carrier_check(client)


def test_a_refused_account_does_not_affect_readiness(client: FlaskClient, redis: Redis) -> None:
    assert 200 == client.get("/readyz").status_code, "else nothing could be taken away"
    Sending(redis).refuse(30034, NOON)
    assert 200 == client.get("/readyz").status_code


def test_a_missing_inbox_check_is_reported(client: FlaskClient, redis: Redis) -> None:
    beat(redis, "inbox", datetime.now(UTC) - UNSEEN_AFTER - timedelta(seconds=1))
    assert "a worker checks as soon as one runs" in status(client)["inbox"]
    beat(redis, "worker", datetime.now(UTC))
    client.application.extensions.pop("hotline.status")
    told = status(client)["inbox"]
    assert 200 == client.get("/readyz").status_code
    assert "allow TWILIO_API_KEY to list messages, recordings and calls" in told
    assert ("No message from a parent was missed", told) in problems_in({"inbox": told})
    beat(redis, "inbox", datetime.now(UTC))
    assert "ok" == status(client)["inbox"]


def test_late_follow_ups_are_reported(client: FlaskClient, redis: Redis, settings: Settings) -> None:
    secrets = Secrets(settings.hotline_secret)
    at, who = datetime.now(UTC) - LATE_AFTER - timedelta(minutes=1), secrets.who(PARENT)
    turns, event = Turns(redis, secrets), Event("SM1", at, Channel.SMS, EventKind.SAID)
    turn = Turn(Session(texting=Texting.YES), (), (Consent("w"), FollowUp("sent_yet", timedelta())))
    assert turns.commit(who, event, turns.load(who, event.id, at), turn, "", PARENT) is not None
    FollowUps(redis).due.take(datetime.now(UTC))
    told = status(client)["followups"]
    assert 200 == client.get("/readyz").status_code
    assert told.startswith("1 follow-ups are over 10 minutes late")
    assert ("Reminders are sent on time", told) in problems_in({"followups": told})


def checks(settings: Settings, server: OwnRedis) -> tuple[int, dict[str, str]]:
    client = create_app(replace(settings, redis_url=server.url)).test_client()
    for process in ("clock", "worker", "inbox"):
        beat(server.client, process, datetime.now(UTC))
    store_problems(server.client, [])
    WebhookCounts(server.client).add(Counter({(WebhookKind.TEXTS, TAKEN): 1}), datetime.now(UTC))
    return client.get("/readyz").status_code, status(client)


def test_a_correctly_configured_redis_is_ready(settings: Settings, server: OwnRedis) -> None:
    status, found = checks(settings, server)
    del found["review"]  # depends on the date
    assert (200, {"ok"}) == (status, set(found.values()))


UNFIT = {
    "maxmemory-policy allkeys-lfu": ("memory", "Redis evicts data when its memory is full"),
    "maxmemory 1": ("memory", "of Redis's maxmemory is used: at 100% no turn can be stored"),
    "replicaof 127.0.0.1 1": ("redis", "it is a replica"),
    "min-replicas-to-write 1": ("redis", "too few of its replicas"),
}


@pytest.mark.parametrize("setting", UNFIT)
def test_a_redis_that_evicts_data_is_full_or_accepts_no_writes_is_not_ready(
    settings: Settings, server: OwnRedis, setting: str
) -> None:
    """It still responds to PING."""
    (name, *values), (check, told) = setting.split(), UNFIT[setting]
    if name == "replicaof":
        server.client.replicaof(*values)
    else:
        server.client.config_set(name, *values)
    client = create_app(replace(settings, redis_url=server.url)).test_client()
    answer = client.get("/readyz")
    assert 503 == answer.status_code
    assert told in (answer.json or {})[check]
    assert told in status(client)[check]


def test_a_missing_append_only_file_is_reported(settings: Settings, server: OwnRedis) -> None:
    server.client.config_set("appendonly", "no")
    own = replace(settings, redis_url=server.url)
    ready, found = checks(own, server)
    assert 200 == ready
    assert "the append-only file is off: a crash loses turns" in found["persistence"]
    assert "REDIS_IS_DURABLE=yes" in found["persistence"]
    assert "ok" == checks(replace(own, redis_is_durable=True), server)[1]["persistence"]


def test_readiness_does_not_depend_on_follow_ups(client: FlaskClient, redis: Redis) -> None:
    redis.zadd(bucket_key(3, "due"), {"0" * 32 + "-" + "0" * 12: 1.0})
    redis.hset(Keys("0" * 32).followups, "0" * 32 + "-" + "0" * 12, "{")
    assert {"redis": "ok", "memory": "ok"} == client.get("/readyz").json
    found = status(client)
    assert "no worker has sent a heartbeat" in found["worker"]
    assert "no clock has sent a heartbeat" in found["clock"]


UNREADABLE = {
    "no JSON": ("0" * 32 + "-" + "0" * 12, b"{"),
    "no record": ("0" * 32 + "-" + "0" * 12, b"[1]"),
    "bytes that are no text": ("0" * 32 + "-" + "0" * 12, b"\xff\xfe"),
    "no id": ("zz", b""),
    "an id that is no text": (b"\xff" * 45, b""),
}


@pytest.mark.parametrize(("id", "line"), UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize("kind", ["due", "requested"])
def test_unreadable_records_are_skipped_and_counted(
    settings: Settings, redis: Redis, kind: str, id: str | bytes, line: bytes
) -> None:
    key = {"due": "followups", "requested": "requests"}[kind]
    redis.execute_command("ZADD", bucket_key(0, kind), "1", id)  # type: ignore[no-untyped-call]
    redis.hset(bucket_key(0, f"{key}:{'0' * 32}"), id, line)
    desk = Desk(create_app(replace(settings, desk_password="four words and more"))).signed_in(
        "four words and more"
    )
    assert status(desk.client)["records"].startswith("1 records cannot be read")
    assert "ok" == status(desk.client)["followups"]
    page = desk.get()
    assert (200, True) == (page.status_code, "1 records cannot be read" in page.text)
    with connect(settings.redis_url) as own:
        assert isinstance(FollowUps(own).due.take(datetime.now(UTC)), list)
        done = Purge(own, Secrets(settings.hotline_secret)).run_all(datetime.now(UTC))
    assert (1 if line else 0) == done.unreadable


@pytest.mark.parametrize("code", [30002, 30007, 30032, 30034])
def test_replies_dropped_by_carriers_are_reported(caller: Caller, client: FlaskClient, code: int) -> None:
    assert 204 == caller.status("/status/reply", "delivered").status_code
    assert "ok" == status(client)["replies"]
    assert 204 == caller.status("/status/reply", "undelivered", code).status_code
    told = status(client)["replies"]
    assert told.startswith("carriers drop our replies: 1 today, 1 arrived")
    assert str(code) in told
    assert ("Our replies reach parents", told) in problems_in({"replies": told})
    for _ in range(20):
        caller.status("/status/reply", "delivered")
    assert "ok" == status(client)["replies"], "one in many is a phone's, or a filter's"


def test_a_reply_that_a_phone_does_not_accept_is_not_our_fault(caller: Caller, client: FlaskClient) -> None:
    for code in ("30003", "", PARENT):
        assert 204 == caller.status("/status/reply", "undelivered", code).status_code
    assert "ok" == status(client)["replies"]


def test_status_is_cached(settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "STATUS_TTL", timedelta(seconds=30))
    client = create_app(settings).test_client()
    status(client)
    redis.config_resetstat()
    for _ in range(8):
        status(client)
    asked = {
        name
        for name in redis.info("commandstats")
        if name not in ("cmdstat_info", "cmdstat_config|resetstat")
    }
    assert set() == asked


def test_a_redis_that_forbids_info_is_ready(settings: Settings, server: OwnRedis) -> None:
    server.client.acl_setuser(
        "default", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-config", "-info"]
    )
    status, found = checks(settings, server)
    assert (200, NOT_REPORTED, NOT_REPORTED) == (status, found["persistence"], found["memory"])
    assert [True, True, False] == [is_well(state) for state in ("ok", NOT_REPORTED, AWAY)]


def test_an_unresponsive_redis_is_reported_in_time(settings: Settings, server: OwnRedis) -> None:
    client = create_app(replace(settings, redis_url=server.url)).test_client()
    server.pause()
    try:
        began = time.monotonic()
        answer = client.get("/readyz")
        assert time.monotonic() - began < 3
    finally:
        server.go_on()
    assert 503 == answer.status_code
    found = answer.json or {}
    assert "Redis does not answer in time; check host and port in REDIS_URL" in found["redis"]
    assert "Redis does not answer; see `redis`" == found["memory"]


@pytest.mark.parametrize(
    ("spent", "told"),
    [
        (79, "ok"),
        (80, "80 of 100 segments used today; at the limit parents get one last answer each"),
        (100, "100 of 100 segments used today: parents get one last answer each until midnight"),
    ],
)
def test_a_nearly_used_budget_is_reported(settings: Settings, redis: Redis, spent: int, told: str) -> None:
    redis.hincrby(counts_key(3, datetime.now(settings.time_zone).date()), "segments", spent)
    client = create_app(replace(settings, segments_per_day=100)).test_client()
    all_found = status(client)
    found = all_found["spending"]
    assert (200, True) == (client.get("/readyz").status_code, found.startswith(told))
    assert ("Texts are within the daily budget", "" if found == "ok" else found) in problems_in(all_found)


def test_a_cluster_node_is_reported(settings: Settings, tmp_path: Path) -> None:
    with own_redis(tmp_path, "--cluster-enabled", "yes", "--port", "0") as node:
        of_store = create_app(replace(settings, redis_url=node.url)).test_client()
        assert "Give the cluster as redis+cluster://" in status(of_store)["memory"]
        of_queue = create_app(replace(settings, queue_redis_url=node.url)).test_client()
        assert status(of_queue)["queue"] == (
            "the queue's Redis is a node of a Redis Cluster, on which it cannot run; set QUEUE_REDIS_URL to a single Redis"
        )
