"""Redis Cluster: each person's keys on one node, and the cost of a failing or resharding node."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from redis import Redis
from redis.connection import Connection
from redis.crc import key_slot

from hotline.config.settings import Settings
from hotline.conversation.model.events import Channel, Event, EventKind, StopAll, Texting
from hotline.conversation.model.session import Session
from hotline.store.backup import back_up, restore
from hotline.store.cluster import NotOfOneSlot, keys_of, slot_of
from hotline.store.connection import StoreBusy, connect, patient
from hotline.store.followups import FollowUps
from hotline.store.keys import BUCKETS, Keys, Secrets, bucket_key
from hotline.store.lua import Script
from hotline.store.nodes import primaries
from hotline.store.purge import CURSOR, Purge
from hotline.store.redis_config import NO_CLUSTER, what_is_missing, what_is_wrong
from hotline.store.restarts import Restarts
from hotline.store.turns import Turns
from hotline.web.app import create_app
from tests.many_redis import Nodes, eventually, redis_cluster, sentinel_trio
from tests.own_redis import OwnRedis
from tests.store.conftest import NOW
from tests.store.failing_over import PATIENCE_SECONDS, answers_through, commit
from tests.turns_taken import take_turn
from tests.web.twilio_forms import Caller

COMMANDS: list[tuple[Any, ...]] = [
    ("GET", "a"),
    ("SET", "a", 1, "PX", 5),
    ("HSET", "a", "f", 1),
    ("HMGET", "a", "f", "g"),
    ("ZADD", "a", 1, "m"),
    ("ZRANGE", "a", "-inf", "+inf", "BYSCORE", "LIMIT", 0, 1),
    ("DEL", "{x}a", "{x}b"),
    ("EXISTS", "{x}a", "{x}b"),
    ("EVALSHA", "0" * 40, 2, "{x}a", "{x}b", "{}"),
    ("EVAL", "return 1", 1, "a", "b"),
    ("RESTORE", "a", 0, "x"),
    ("DUMP", "a"),
    ("PTTL", "a"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_the_keys_of_a_command_are_those_the_server_sees(command: tuple[Any, ...], server: OwnRedis) -> None:
    assert tuple(server.client.command_getkeys(*command)) == keys_of(command)


def test_keys_of_several_slots_are_refused() -> None:
    assert key_slot(b"x") == slot_of(("DEL", "{x}a", "{x}b"))
    assert slot_of(("INFO", "memory")) is None
    with pytest.raises(NotOfOneSlot):
        slot_of(("DEL", "a", "b"))
    with pytest.raises(NotOfOneSlot):
        slot_of(("EVALSHA", "0" * 40, 2, "a", "b"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with redis_cluster(tmp_path_factory.mktemp("cluster"), replicas=False) as nodes:
        yield nodes


@pytest.fixture
def client(shared: Nodes) -> Iterator[Redis]:
    shared.flush()
    with connect(shared.url) as client:
        yield client


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    """Yield a cluster of the test's own, to kill."""
    with redis_cluster(tmp_path / "cluster") as nodes:
        yield nodes


def people(count: int, secrets: Secrets) -> list[str]:
    """Return this many people, in many buckets."""
    return [secrets.who(f"+1202555{n:04d}") for n in range(count)]


@pytest.mark.whole
def test_a_pipeline_keeps_its_order(client: Redis) -> None:
    """A command without a key follows the one before it."""
    with client.pipeline(transaction=False) as pipe:
        for n in range(100):
            pipe.set(f"k{n}", n)
            if n % 10 == 0:
                pipe.wait(0, 1)
            pipe.get(f"k{n}")
        found = pipe.execute()
    assert [str(n) for n in range(100)] == [each for each in found if isinstance(each, str)]
    assert sorted(f"k{n}" for n in range(100)) == sorted(client.scan_iter())


@pytest.mark.whole
def test_scripts_run_in_pipelines_everywhere(client: Redis) -> None:
    for server in primaries(client):
        server.redis.script_flush()
    take = Script(client, "take_due")
    for bucket in range(BUCKETS):
        client.zadd(bucket_key(bucket, "due"), {f"id{bucket}": 1})
    with client.pipeline(transaction=False) as pipe:
        for bucket in range(BUCKETS):
            take([bucket_key(bucket, "due")], client=pipe, first=0, last=5, lease=9, most=1)
        assert [[f"id{bucket}"] for bucket in range(BUCKETS)] == pipe.execute()


@pytest.mark.whole
def test_a_transaction_has_one_slot(client: Redis) -> None:
    with client.pipeline(transaction=True) as pipe:
        pipe.set("{x}a", 1)
        pipe.get("{x}a")
        assert [True, "1"] == pipe.execute()
        pipe.set("a", 1)
        pipe.set("b", 1)
        with pytest.raises(NotOfOneSlot):
            pipe.execute()


@pytest.mark.whole
def test_a_command_without_a_key_is_sent_to_a_node(client: Redis) -> None:
    with pytest.raises(NotOfOneSlot):
        client.info("memory")
    assert 3 == len([server.redis.info("memory") for server in primaries(client)])


@pytest.mark.whole
def test_a_turn_on_a_cluster_is_two_round_trips(
    client: Redis, secrets: Secrets, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, sent = Turns(client, secrets), [0]
    commit(turns, who, f"SM{who}1", 1)
    send = Connection.send_packed_command

    def counted(self: Connection, command: Any, check_health: bool = True) -> None:
        sent[0] += 1
        send(self, command, check_health)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(Connection, "send_packed_command", counted)
    commit(turns, who, f"SM{who}2", 2)
    assert [2] == sent


@pytest.mark.whole
def test_a_moving_slot_is_followed(shared: Nodes, client: Redis) -> None:
    """ASK while it moves and MOVED afterward: alone, in a pipeline, and in a script."""
    slot = key_slot(b"{x}")
    old = shared.primary(slot)
    new = next(each for each in shared.primaries() if each is not old)
    ids = {each.port: str(each.say("CLUSTER", "MYID")) for each in shared.servers}
    client.hset("{x}h", "f", "before")
    new.say("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[old.port])
    old.say("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[new.port])
    password = str(client.connection_pool.connection_kwargs["password"])
    old.say("MIGRATE", "127.0.0.1", new.port, "{x}h", 0, 5000, "AUTH", password)

    def asked(before: str, after: str) -> None:
        assert before == client.hget("{x}h", "f")
        with client.pipeline(transaction=False) as pipe:
            pipe.set("elsewhere", 1)
            pipe.hget("{x}h", "f")
            assert [True, before] == pipe.execute()
        assert Script(client, "replace_field")(["{x}h"], field="f", before=before, after=after)
        with client.pipeline(transaction=False) as pipe:
            Script(client, "replace_field")(["{x}h"], client=pipe, field="f", before=after, after=after)
            assert [1] == pipe.execute()

    asked("before", "meanwhile")
    for each in (new, old, *shared.servers):
        each.say("CLUSTER", "SETSLOT", slot, "NODE", ids[new.port])
    asked("meanwhile", "after")
    assert "after" == new.client.hget("{x}h", "f")


@pytest.mark.whole
def test_a_scan_goes_node_by_node_and_resumes(client: Redis, secrets: Secrets) -> None:
    for each in people(60, secrets):
        client.hset(Keys(each).person, mapping={"line": "mobile", "line_at": 0, "language": "en"})
    purge, parts = Purge(client, secrets), 0
    gone = purge.run(NOW, seconds=-1).gone
    while purge.unfinished():
        parts += 1
        assert any(server.name in str(client.get(CURSOR)) for server in primaries(client))
        gone += purge.run(NOW, seconds=-1).gone
    assert (120, True) == (gone, parts >= 2), "two fields of each person"


@pytest.mark.whole
def test_a_backup_moves_from_one_server_to_a_cluster_and_back(
    shared: Nodes, client: Redis, server: OwnRedis, secrets: Secrets, tmp_path: Path
) -> None:
    with connect(server.url) as redis:
        for who in people(20, secrets):
            commit(Turns(redis, secrets), who, f"SM{who}1", 1)
    taken = back_up(server.url, tmp_path / "backup", NOW)
    assert taken == restore(shared.url, tmp_path / "backup", NOW)
    assert all(Turns(client, secrets).load(who, "SM", NOW).session.misses == 1 for who in people(20, secrets))
    assert Restarts(client).doubtful_since(people(1, secrets)[0], NOW, NOW) is not None, "also there"
    assert taken.keys == back_up(shared.url, tmp_path / "again", NOW).keys
    server.client.flushall()
    assert taken.keys == restore(server.url, tmp_path / "again", NOW).keys
    with connect(server.url) as redis:
        assert all(
            Turns(redis, secrets).load(who, "SM", NOW).session.misses == 1 for who in people(20, secrets)
        )


@pytest.mark.whole
def test_a_cluster_without_replicas_is_reported(client: Redis) -> None:
    assert "" == what_is_wrong(client)
    assert "no replica could take over from 127.0.0.1:" in what_is_missing(client)


@pytest.mark.whole
def test_a_single_server_given_as_a_cluster_is_reported(tmp_path: Path) -> None:
    with sentinel_trio(tmp_path, replicas=1) as trio:
        url = Nodes(trio.servers).url
        with connect(url) as redis:
            assert NO_CLUSTER == what_is_wrong(redis)


@pytest.mark.whole
def test_no_accepted_turn_is_lost_with_a_primary(nodes: Nodes, secrets: Secrets) -> None:
    with connect(nodes.url) as redis:
        turns, followups, everybody = Turns(redis, secrets), FollowUps(redis), people(30, secrets)
        for n in range(10):
            for who in everybody:
                commit(turns, who, f"SM{who}{n}", n)
        nodes.fail_over(key_slot(Keys(everybody[0]).session.encode()))
        eventually("all are served", lambda: all(_loads(turns, who) for who in everybody))
        at = datetime.now(UTC)
        for who in everybody:
            assert "answer 9" == turns.load(who, f"SM{who}9", at).answer
            assert 10 == len(followups.records(who))
            commit(turns, who, f"SM{who}10", 10)
        due = followups.due.take(datetime.now(UTC))
        assert (330, 330) == (len(due), len(set(due)))
        assert [] == followups.due.take(datetime.now(UTC)), "leased"


def _loads(turns: Turns, who: str) -> bool:
    with suppress(StoreBusy):
        turns.load(who, "SM", datetime.now(UTC))
        return True
    return False


@pytest.mark.whole
def test_a_failed_node_affects_only_its_people(nodes: Nodes, secrets: Secrets, settings: Settings) -> None:
    with connect(nodes.url) as redis:
        turns, followups, everybody = Turns(redis, secrets), FollowUps(redis), people(30, secrets)
        web = create_app(replace(settings, redis_url=nodes.url)).test_client()
        for who in everybody:
            commit(turns, who, f"SM{who}1", 1)
        assert "" == what_is_missing(redis)
        slot = key_slot(Keys(everybody[0]).session.encode())
        dead = nodes.primary(slot)
        replicas = [each for each in nodes.servers if each not in nodes.primaries()]
        for each in replicas:
            each.kill()
        dead.pause()
        try:
            served, refused = [], 0
            for who in everybody:
                began = time.monotonic()
                try:
                    commit(turns, who, f"SM{who}2", 2)
                    served.append(who)
                except StoreBusy:
                    refused += 1
                    assert nodes.primary(key_slot(Keys(who).session.encode())) is dead
                assert time.monotonic() - began < PATIENCE_SECONDS
            assert refused > 0
            assert len(served) > 0
            due = followups.due.take(datetime.now(UTC))
            assert {id.split("-")[0] for id in due} == set(served)
            assert 200 == web.get("/readyz").status_code
            assert (
                f"1 of 3 primaries of the cluster do not answer (127.0.0.1:{dead.port})"
                in what_is_missing(redis)
            )
        finally:
            dead.go_on()


@pytest.mark.whole
def test_parents_continue_after_a_failover(nodes: Nodes, settings: Settings) -> None:
    """Every webhook gets a 200 and the safe words while the node dies."""
    own = replace(settings, redis_url=nodes.url)
    parent = Caller(create_app(own).test_client(), own)
    who = Secrets(own.hotline_secret).who(parent.number)
    answers_through(parent, lambda: nodes.primary(key_slot(Keys(who).session.encode())).kill())


@pytest.mark.whole
def test_an_opt_out_and_a_failover_at_night_are_handled(nodes: Nodes, secrets: Secrets, who: str) -> None:
    with connect(nodes.url) as redis:
        turns, restarts = Turns(redis, secrets), Restarts(redis)
        other = next(
            each
            for each in people(60, secrets)
            if nodes.primary(key_slot(Keys(each).session.encode()))
            is not nodes.primary(key_slot(Keys(who).session.encode()))
        )
        event = Event("SM1", datetime.now(UTC), Channel.SMS, EventKind.SAID)
        take_turn(turns, "+12025550123", event, StopAll(), session=Session(texting=Texting.STOPPED))
        restarts.note(event.at)
        nodes.fail_over(key_slot(Keys(who).session.encode()))
        eventually("they are served", lambda: _loads(turns, who))
        after = datetime.now(UTC)
        assert Texting.STOPPED is turns.load(who, "SM2", after).session.texting
        due = after - timedelta(milliseconds=1)
        assert restarts.doubtful_since(who, due, after) is not None
        assert restarts.doubtful_since(other, due, after) is None
        with patient(redis, connections=1) as another:
            assert another.hexists(Keys(who).session, "version")


@pytest.mark.whole
def test_the_whole_store_works_on_a_cluster() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not whole", "-p", "no:cacheprovider"]
    with TemporaryDirectory(prefix="hotline-") as place:  # short, as sockets in it have a longest path
        done = subprocess.run(
            [*command, f"--basetemp={place}/tests", Path(__file__).parent],
            env={**os.environ, "TESTED_STORE": "cluster"},
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout
