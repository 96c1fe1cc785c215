"""A Redis that is down is detected quickly, and always reported as StoreBusy."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.connection import SSLConnection

from hotline.store.cluster import ClusterRedis
from hotline.store.connection import StoreBusy, connect, connect_queue, patient, raise_store_busy
from hotline.store.followups import FollowUps
from hotline.store.heartbeat import beat, last_beat
from hotline.store.keys import Secrets
from hotline.store.login_throttle import LoginThrottle
from hotline.store.metrics import figures
from hotline.store.rate_limits import NewNumbers
from hotline.store.requests import Requests
from hotline.store.send_rate import Sending
from hotline.store.turns import Turns

PATIENCE_SECONDS = 2.0
"""How long a parent waits for the safe words."""


@pytest.fixture
def nothing_there(tmp_path: Path) -> str:
    """Return a socket that does not exist."""
    return f"unix://{tmp_path}/gone.sock"


@pytest.fixture
def nobody_listens(nobody: str) -> str:
    return f"redis://{nobody}/0"


@pytest.fixture
def silent_cluster(silent: str) -> str:
    """Return a cluster with no node that responds."""
    return silent.replace("redis://", "redis+cluster://")


@pytest.fixture
def silent_sentinels(silent: str) -> str:
    """Return three sentinels that do not respond."""
    place = silent.removeprefix("redis://").partition("/")[0]
    return f"redis+sentinel://{place},{place},{place}/name"


@pytest.fixture
def silent() -> Iterator[str]:
    """Yield a server that accepts connections and never responds."""
    with closing(socket.create_server(("127.0.0.1", 0))) as frozen:
        yield f"redis://127.0.0.1:{frozen.getsockname()[1]}/0"


@pytest.mark.parametrize(
    "address", ["nothing_there", "nobody_listens", "silent", "silent_cluster", "silent_sentinels"]
)
def test_a_dead_redis_is_known_within_two_seconds(
    address: str, who: str, secrets: Secrets, request: pytest.FixtureRequest
) -> None:
    with connect(request.getfixturevalue(address)) as client:
        began = time.monotonic()
        with pytest.raises(StoreBusy):
            Turns(client, secrets).load(who, "SM1", datetime.now(UTC))
        assert time.monotonic() - began < PATIENCE_SECONDS


@pytest.mark.parametrize(
    "use",
    [
        lambda redis, _id, now: FollowUps(redis).due.take(now),
        lambda redis, id, now: FollowUps(redis).claim(id, now),
        lambda redis, id, _now: FollowUps(redis).sent(id, "SM1"),
        lambda redis, id, _now: FollowUps(redis).records(id),
        lambda redis, _id, now: FollowUps(redis).due.late(now),
        lambda redis, _id, now: beat(redis, "clock", now),
        lambda redis, _id, _now: last_beat(redis, "clock"),
        lambda redis, _id, now: figures(redis, now.date()),
        lambda redis, _id, now: NewNumbers(redis, 1).allows("who", now),
        lambda redis, _id, _now: LoginThrottle(redis).locked_for("mark"),
        lambda redis, _id, _now: LoginThrottle(redis).wrong("mark"),
        lambda redis, _id, _now: Requests(redis).waiting(),
        lambda redis, _id, now: Requests(redis).old(now),
        lambda redis, _id, _now: Requests(redis).finished(),
        lambda redis, id, _now: Requests(redis).get(id),
        lambda redis, id, _now: Requests(redis).drop(id),
        lambda redis, _id, now: Sending(redis).ask(1, 1, now),
        lambda redis, _id, _now: Sending(redis).pause(),
        lambda redis, _id, now: Sending(redis).refuse(20003, now),
        lambda redis, _id, _now: Sending(redis).accepted(),
        lambda redis, _id, _now: Sending(redis).refusal(),
    ],
)
def test_only_store_busy_is_raised(
    nothing_there: str, who: str, now: object, use: Callable[..., object]
) -> None:
    with connect(nothing_there) as client, pytest.raises(StoreBusy):
        use(client, f"{who}-{'0' * 12}", now)


def test_store_busy_does_not_repeat_redis_errors(redis: Redis) -> None:
    """Redis quotes what it was sent."""
    redis.set("name", "Maria")
    with pytest.raises(StoreBusy) as busy, raise_store_busy():
        redis.hget("name", "Maria")  # of a value that is no hash
    assert str(busy.value) == "ResponseError"


def test_bugs_are_not_reported_as_store_busy() -> None:
    with pytest.raises(KeyError), raise_store_busy():
        raise KeyError("a mistake")


@pytest.mark.parametrize(
    "url",
    [
        "rediss+cluster://:word@one,two?ssl_ca_certs=/ca.pem",
        "rediss+sentinel://:word@one,two/m?ssl_ca_certs=/ca.pem",
    ],
)
@pytest.mark.parametrize("made", [connect, connect_queue, lambda url: patient(connect(url), 9, 1)])
def test_tls_applies_to_every_connection(url: str, made: Callable[[str], Redis]) -> None:
    with made(url) as client:
        pools: list[Any] = [client.connection_pool]
        if isinstance(client, ClusterRedis):
            pools = [client.slots.client(node).connection_pool for node in (("one", 1), ("other", 2))]
        else:
            pools += [each.connection_pool for each in pools[0].sentinel_manager.sentinels]
        for pool in pools:
            assert issubclass(pool.connection_class, SSLConnection)
            assert "/ca.pem" == pool.connection_kwargs["ssl_ca_certs"]
