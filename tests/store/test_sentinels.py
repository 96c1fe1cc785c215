"""A primary monitored by Sentinel, and its failover."""

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from redis import Redis

from devtools.local import made_up
from hotline.config.settings import Settings
from hotline.conversation.model.events import Channel, Event, EventKind
from hotline.conversation.model.session import Session, Turn
from hotline.store.away import why_away
from hotline.store.connection import StoreBusy, connect, patient
from hotline.store.followups import FollowUps, Intended
from hotline.store.heartbeat import last_beat
from hotline.store.keys import Secrets
from hotline.store.redis_config import loses_writes, what_is_missing, what_is_wrong, without_password
from hotline.store.replicas import Replicas
from hotline.store.restarts import Restarts
from hotline.store.turns import Turns
from hotline.web.app import create_app
from tests.many_redis import SERVICE, Running, Trio, eventually, sentinel_trio
from tests.running import program
from tests.store.failing_over import PARENT, PATIENCE_SECONDS, answers_through, commit
from tests.turns_taken import claim
from tests.web.twilio_forms import Caller

pytestmark = pytest.mark.whole


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[Trio]:
    with sentinel_trio(tmp_path / "trio") as trio:
        yield trio


@pytest.fixture
def redis(trio: Trio) -> Iterator[Redis]:
    with connect(trio.url) as client:
        yield client


def test_the_next_primary_has_answered_turns(trio: Trio, redis: Redis, secrets: Secrets, who: str) -> None:
    turns, followups = Turns(redis, secrets), FollowUps(redis)
    for n in range(30):
        commit(turns, who, f"SM{n}", n)
    trio.fail_over()  # at once: only the wait for the replica is why nothing is lost
    eventually("redis-py finds the primary that the sentinels made", lambda: bool(redis.ping()))
    at = datetime.now(UTC)
    assert ("answer 29", 30) == (turns.load(who, "SM29", at).answer, len(followups.records(who)))
    commit(turns, who, "SM30", 30)
    assert 31 == len(followups.records(who))
    assert "2" == patient(redis).execute_command("ECHO", "2")  # type: ignore[no-untyped-call]


def test_no_answer_is_given_before_a_replica_has_the_turn(
    trio: Trio, redis: Redis, secrets: Secrets, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    had: list[int] = []
    monkeypatch.setattr(Replicas, "reached", lambda _self, _key, replicas: had.append(replicas))
    turns, at = Turns(redis, secrets), datetime.now(UTC)
    trio.primary().client.script_flush()
    commit(turns, who, "SM1", 1)
    assert [1] == had
    with connect(trio.url) as other:
        assert "answer 1" == Turns(other, secrets).load(who, "SM1", at).answer
    assert [1, 1] == had
    loaded = turns.load(who, "SM2", at)._replace(version="0")
    event = Event("SM1", at, Channel.SMS, EventKind.SAID)
    assert "answer 1" == turns.commit(who, event, loaded, Turn(Session()), "another", PARENT)
    assert [1, 1, 1, 1] == had, "the script waits for its own writes, of which it made none"


def test_a_dead_primary_is_known_in_time(trio: Trio, redis: Redis, secrets: Secrets, who: str) -> None:
    turns = Turns(redis, secrets)
    commit(turns, who, "SM1", 1)
    old = trio.primary()
    old.pause()
    try:
        began = time.monotonic()
        with pytest.raises(StoreBusy):
            turns.load(who, "SM2", datetime.now(UTC))
        assert time.monotonic() - began < PATIENCE_SECONDS
    finally:
        old.go_on()


def test_a_resumed_old_primary_is_not_used(trio: Trio, redis: Redis, secrets: Secrets, who: str) -> None:
    turns = Turns(redis, secrets)
    commit(turns, who, "SM1", 1)
    old = trio.fail_over(Running.pause)
    eventually("it is served again", lambda: _is_taken(turns, who, 2))
    old.go_on()
    for n in range(3, 20):
        commit(turns, who, f"SM{n}", n)
        time.sleep(0.05)
    eventually("it is a replica", lambda: old.say("ROLE")[0] in ("slave", b"slave"))
    assert "answer 19" == turns.load(who, "SM19", datetime.now(UTC)).answer


def test_a_restarted_old_primary_is_not_used(
    trio: Trio, redis: Redis, secrets: Secrets, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, pool = Turns(redis, secrets), redis.connection_pool
    commit(turns, who, "SM1", 1)
    old = trio.fail_over()
    eventually("it is served again", lambda: _is_taken(turns, who, 2))
    old.start()
    eventually("it is back", old.answers)
    sentinels, stale = pool.sentinel_manager, [("127.0.0.1", old.port)]  # type: ignore[attr-defined]
    ask = sentinels.discover_master
    monkeypatch.setattr(sentinels, "discover_master", lambda name: stale.pop() if stale else ask(name))
    pool.disconnect()
    commit(turns, who, "SM3", 3)
    assert not stale
    with connect(trio.url) as other:
        assert "answer 3" == Turns(other, secrets).load(who, "SM3", datetime.now(UTC)).answer


def _is_taken(turns: Turns, who: str, n: int) -> bool:
    with suppress(StoreBusy):
        commit(turns, who, f"SM{n}", n)
        return True
    return False


def test_texts_due_at_the_failover_are_looked_up_first(trio: Trio, redis: Redis, who: str) -> None:
    restarts, before = Restarts(redis), datetime.now(UTC)
    time.sleep(1.1)
    restarts.note(before)
    trio.fail_over()
    after = datetime.now(UTC)
    eventually("a primary answers", lambda: bool(redis.ping()))
    since = restarts.doubtful_since(who, after - timedelta(milliseconds=1), after)
    assert since is not None, "due just before it took over, and perhaps sent without a mark"
    assert restarts.doubtful_since(who, after + timedelta(hours=1), after + timedelta(hours=1)) is None


def test_a_mark_before_a_text_survives(trio: Trio, redis: Redis, secrets: Secrets, who: str) -> None:
    turns, followups = Turns(redis, secrets), FollowUps(redis)
    commit(turns, who, "SM1", 1)
    now = datetime.now(UTC)
    (id,) = followups.due.take(now)
    claimed = claim(followups, id, now)
    assert Intended.GO is followups.intend(claimed, "mark")
    trio.fail_over()
    eventually("a primary answers", lambda: bool(redis.ping()))
    assert ("mark",) == tuple(claim(followups, id, now + timedelta(minutes=5)).marks)


def test_parents_continue_after_a_failover(trio: Trio, settings: Settings) -> None:
    own = replace(settings, redis_url=trio.url)
    parent = Caller(create_app(own).test_client(), own)
    answers_through(parent, lambda: trio.primary().kill())


def test_status_and_doctor_report_it(trio: Trio, redis: Redis, settings: Settings) -> None:
    client = create_app(replace(settings, redis_url=trio.url)).test_client()
    assert ("", "") == (what_is_wrong(redis), what_is_missing(redis))
    assert 200 == client.get("/readyz").status_code
    assert loses_writes(redis), "as servers are without min-replicas-to-write"
    trio.servers[0].client.config_set("min-replicas-to-write", 1)
    assert not loses_writes(redis)
    assert "" == without_password(trio.url)
    for sentinel in trio.sentinels[1:]:
        sentinel.kill()
    assert "only 1 of 3 sentinels in REDIS_URL answer and monitor hotline" in what_is_missing(redis)
    assert 200 == client.get("/readyz").status_code, "parents are answered"


def test_a_primary_without_a_replica_is_reported_and_not_awaited(
    trio: Trio, redis: Redis, secrets: Secrets, who: str
) -> None:
    trio.servers[1].kill()
    eventually("it is gone", lambda: trio.servers[0].client.info("replication")["connected_slaves"] == 0)
    assert "the primary has no replica" in what_is_missing(redis)
    turns = Turns(redis, secrets)
    commit(turns, who, "SM1", 1)
    began = time.monotonic()
    for n in range(2, 7):
        commit(turns, who, f"SM{n}", n)
    assert time.monotonic() - began < 0.4, "five waits would take longer"


def test_an_unread_reply_is_not_given_to_the_next_command(redis: Redis) -> None:
    """A worker's job may be ended by a signal in the middle of a command."""
    redis.set("a", "of a")
    redis.set("b", "of b")

    def over(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, over)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            redis.blpop(["nothing"], timeout=1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert ("of a", "of b") == (redis.get("a"), redis.get("b"))


def test_a_worker_on_sentinel_stops_on_a_signal(trio: Trio, tmp_path: Path) -> None:
    environ = made_up.complete({"REDIS_URL": trio.url, "TWILIO_API_BASE_URL": "http://127.0.0.1:9"}, tmp_path)
    with connect(trio.url) as redis, program("worker", environ, tmp_path / "said") as process:
        eventually("it beats", lambda: last_beat(redis, "worker") is not None)
        trio.fail_over()
        beaten = datetime.now(UTC)
        eventually("it beats again", lambda: (last_beat(redis, "worker") or beaten) > beaten, seconds=90)
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(15), (tmp_path / "said").read_text()


def test_an_unknown_primary_is_busy_and_reported(trio: Trio, secrets: Secrets, who: str) -> None:
    another = trio.url.replace(f"/{SERVICE}", "/another")
    with connect(another) as redis, pytest.raises(StoreBusy):
        Turns(redis, secrets).load(who, "SM1", datetime.now(UTC))
    assert "its sentinels do, and name no primary" in why_away(another)
    assert "refuses the password in REDIS_URL" in why_away(
        another.replace("sentinel_password=", "sentinel_password=x")
    )
