"""What the line stands on is told, to hosts and to the staff."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from redis import Redis

from hotline.config.settings import Settings
from hotline.conversation.model.events import Channel, Consent, Event, FollowUp, Kind, Texting
from hotline.conversation.model.session import Session, Turn
from hotline.store.followups import LATE_AFTER, FollowUps
from hotline.store.heartbeat import beat
from hotline.store.keys import Secrets, counts_key
from hotline.store.send_rate import Sending
from hotline.store.turns import Turns
from hotline.web.app import create_app
from hotline.web.desk_view import CHECKED, problems_in
from hotline.web.health import CHECKS, NOT_TOLD, UNSEEN_AFTER
from tests.own_redis import OwnRedis
from tests.web.twilio_forms import PARENT

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def carrier_check(client: FlaskClient) -> str:
    """What /readyz says of the carrier."""
    return str((client.get("/readyz").json or {})["carrier"])


def test_every_check_is_told_at_the_desk_in_words() -> None:
    """A name alone says nothing to the staff."""
    assert CHECKS.keys() == CHECKED.keys()


def test_a_refused_account_is_told_with_its_code_and_since_when(client: FlaskClient, redis: Redis) -> None:
    """In the center's time, with what to mend; and it is over with the first text that gets through."""
    assert "ok" == carrier_check(client)
    Sending(redis).refuse(20003, NOON)
    told = carrier_check(client)
    assert told.startswith(
        "the carrier refuses our account: 20003 since 2026-11-23 12:00: credentials are refused"
    )
    assert ("The carrier takes our texts", told) in problems_in({"carrier": told})
    Sending(redis).went()
    assert "ok" == carrier_check(client)


def test_a_refused_account_takes_no_parent_away(client: FlaskClient, redis: Redis) -> None:
    """Their own texts and calls are answered all the same: a host must not send them elsewhere."""
    for process in ("clock", "worker"):
        beat(redis, process, datetime.now(UTC))
    assert 200 == client.get("/readyz").status_code, "else nothing could be taken away"
    Sending(redis).refuse(30034, NOON)
    assert 200 == client.get("/readyz").status_code


def test_nobody_looking_for_what_was_missed_is_told(client: FlaskClient, redis: Redis) -> None:
    """With what a key of the carrier's must be let do; it takes no parent away."""
    for process in ("clock", "worker"):
        beat(redis, process, datetime.now(UTC))
    beat(redis, "inbox", datetime.now(UTC) - UNSEEN_AFTER - timedelta(seconds=1))
    answer = client.get("/readyz")
    told = str((answer.json or {})["inbox"])
    assert 200 == answer.status_code
    assert "let TWILIO_API_KEY list messages, recordings and calls" in told
    assert ("Nothing that parents sent was missed", told) in problems_in({"inbox": told})
    beat(redis, "inbox", datetime.now(UTC))
    assert "ok" == (client.get("/readyz").json or {})["inbox"]


def test_late_follow_ups_are_told(client: FlaskClient, redis: Redis, settings: Settings) -> None:
    """Also those that were handed out and came back undone; the desk says it in the same words."""
    secrets = Secrets(settings.hotline_secret)
    at, who = datetime.now(UTC) - LATE_AFTER - timedelta(minutes=1), secrets.who(PARENT)
    turns, event = Turns(redis, secrets), Event("SM1", at, Channel.SMS, Kind.SAID)
    turn = Turn(Session(texting=Texting.YES), (), (Consent("w"), FollowUp("sent_yet", timedelta())))
    assert turns.commit(who, event, turns.load(who, event.id, at), turn, "", PARENT) is not None
    FollowUps(redis).take_due(datetime.now(UTC))
    told = (client.get("/readyz").json or {})["followups"]
    assert told.startswith("1 follow-ups are over 10 minutes late")
    assert ("Reminders leave on time", told) in problems_in({"followups": told})


def checks(settings: Settings, server: OwnRedis) -> tuple[int, dict[str, str]]:
    """What /readyz says of a service on this Redis, with a clock and a worker."""
    client = create_app(replace(settings, redis_url=server.url)).test_client()
    for process in ("clock", "worker", "inbox"):
        beat(server.client, process, datetime.now(UTC))
    answer = client.get("/readyz")
    return answer.status_code, answer.json or {}


def test_a_redis_set_up_as_it_should_be_is_ready(settings: Settings, server: OwnRedis) -> None:
    """As the embedded one is."""
    status, found = checks(settings, server)
    assert (200, {"ok"}) == (status, set(found.values()))


@pytest.mark.parametrize(
    ("name", "value", "check", "told"),
    [
        ("appendonly", "no", "persistence", "the append-only file is off: a crash loses turns"),
        ("maxmemory-policy", "allkeys-lfu", "memory", "Redis drops what it keeps when its memory is full"),
        ("maxmemory", "1", "memory", "of Redis's maxmemory is used: at 100% no turn can be kept"),
    ],
)
def test_a_redis_that_may_lose_something_is_not_ready(
    settings: Settings, server: OwnRedis, name: str, value: str, check: str, told: str
) -> None:
    """With what is wrong."""
    for process in ("clock", "worker"):
        beat(server.client, process, datetime.now(UTC))
    server.client.config_set(name, value)
    client = create_app(replace(settings, redis_url=server.url)).test_client()
    answer = client.get("/readyz")
    assert 503 == answer.status_code
    assert told in (answer.json or {})[check]


def test_a_redis_that_may_not_tell_takes_no_parent_away(settings: Settings, server: OwnRedis) -> None:
    """A managed one may forbid INFO: that is said, and counts for nothing."""
    server.client.acl_setuser(
        "default", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-config", "-info"]
    )
    status, found = checks(settings, server)
    assert (200, NOT_TOLD, NOT_TOLD) == (status, found["persistence"], found["memory"])


def test_a_dead_redis_is_told_in_time(settings: Settings, server: OwnRedis) -> None:
    """By every check that asks it; a host does not wait for each."""
    client = create_app(replace(settings, redis_url=server.url)).test_client()
    server.pause()
    try:
        began = time.monotonic()
        answer = client.get("/readyz")
        assert time.monotonic() - began < 3
    finally:
        server.go_on()
    assert 503 == answer.status_code
    assert "Redis does not answer; check REDIS_URL and that it runs" == (answer.json or {})["redis"]


@pytest.mark.parametrize(
    ("spent", "told"),
    [
        (79, "ok"),
        (80, "80 of 100 segments are used today; at the end parents get one last answer each"),
        (100, "100 of 100 segments are used today: parents get one last answer each until midnight"),
    ],
)
def test_the_days_budget_is_told_when_it_comes_to_its_end(
    settings: Settings, redis: Redis, spent: int, told: str
) -> None:
    """At the desk too; and it takes no parent away, for danger is answered all the same."""
    for process in ("clock", "worker"):
        beat(redis, process, datetime.now(UTC))
    redis.hincrby(counts_key(3, datetime.now(settings.time_zone).date()), "segments", spent)
    answer = create_app(replace(settings, segments_per_day=100)).test_client().get("/readyz")
    found = (answer.json or {})["spending"]
    assert (200, True) == (answer.status_code, found.startswith(told))
    assert ("Texts are within the day's budget", "" if found == "ok" else found) in problems_in(
        answer.json or {}
    )
