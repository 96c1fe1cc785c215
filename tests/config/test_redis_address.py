"""A Redis address in one line: a server, sentinels or cluster nodes, with usernames, passwords and TLS."""

import pytest

from hotline.config.given import SettingsError
from hotline.config.redis_address import RIGHT, RedisAddress, Topology
from hotline.config.settings import Settings
from tests.config.test_settings import GOOD

CLUSTER = "redis+cluster://:secret@one:7000,two,[::1]:7002"
SENTINEL = "redis+sentinel://:secret@one,two:26380/mymaster"


@pytest.mark.parametrize("url", ["redis://:secret@host:6379/0", "rediss://host", "unix:///run/redis.sock"])
def test_the_address_of_one_server_is_unchanged(url: str) -> None:
    address = RedisAddress.read(url)
    assert (Topology.ONE, url) == (address.kind, address.url)


def test_cluster_nodes_have_their_own_ports() -> None:
    address = RedisAddress.read(CLUSTER)
    assert (Topology.CLUSTER, (("one", 7000), ("two", 6379), ("::1", 7002))) == (address.kind, address.hosts)
    assert "redis://:secret@other:7005/0" == address.of_node("other", 7005)
    assert "redis://:secret@[::1]:7002/0" == address.of_node("::1", 7002)


def test_sentinels_have_their_own_username_and_password() -> None:
    address = RedisAddress.read(f"{SENTINEL}/1?sentinel_password=theirs%20&sentinel_username=us")
    assert (Topology.SENTINEL, "mymaster", 1) == (address.kind, address.service, address.database)
    assert (("one", 26379), ("two", 26380)) == address.hosts
    assert {"sentinel_password": "theirs ", "sentinel_username": "us"} == dict(address.of_sentinels)
    assert "redis://:secret@server:6379/1" == address.of_node("server", 6379)
    assert "secret" not in address.of_sentinel("one", 26379)


@pytest.mark.parametrize("scheme", ["rediss+cluster", "rediss+sentinel"])
def test_tls_applies_to_all_connections(scheme: str) -> None:
    address = RedisAddress.read(
        f"{scheme}://user:p%40ss@one/{'m' * scheme.endswith('l')}?ssl_ca_certs=/etc/ca.pem"
    )
    for url in (address.of_node("a", 1), address.of_sentinel("a", 1)):
        assert url.startswith("rediss://")
        assert url.endswith("?ssl_ca_certs=%2Fetc%2Fca.pem")
    assert "user:p%40ss@a:1" in address.of_node("a", 1)
    assert address.has_password


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("redis+other://one", RIGHT),
        ("http+cluster://one", RIGHT),
        ("redis+cluster://", RIGHT),
        ("redis+cluster://one:7000,", RIGHT),
        ("redis+cluster://one:seventy", RIGHT),
        ("redis+cluster://one:0", RIGHT),
        ("redis+cluster://one:70000", RIGHT),
        ("redis+cluster://one/1", "a Redis Cluster has only database 0"),
        ("redis+cluster://one?sentinel_password=a", "no options but ssl_"),
        ("redis+sentinel://one:26379", "must end in the name of the primary"),
        ("redis+sentinel://one/name/x", "must end in the name of the primary"),
        ("redis+sentinel://one/name?socket_timeout=9", "no options but ssl_"),
        ("redis://", RIGHT),
        ("redis://:secret@db..example:6379/0", RIGHT),
        ("redis+cluster://db..example:6379", RIGHT),
        ("redis://:secret@db.example:99999/0", RIGHT),
        ("redis://:secret@db.example:6379/0?timeout=1", RIGHT),
        ("redis://:secret@db.example:6379/0?socket_timeout=soon", RIGHT),
        ("rediss://:secret@db.example:6379/0?ssl_cert_reqs=maybe", RIGHT),
    ],
)
def test_an_invalid_address_is_refused_and_not_repeated(url: str, right: str) -> None:
    with pytest.raises(ValueError, match="must") as refused:
        RedisAddress.read(url)
    assert right in str(refused.value)
    assert url in RIGHT or url not in str(refused.value)


def problems(**given: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as found:
        Settings.read(GOOD | given)
    return found.value.problems


def test_a_cluster_needs_a_separate_redis_for_the_queue() -> None:
    (problem,) = problems(REDIS_URL=CLUSTER, QUEUE_REDIS_URL="")
    assert problem.startswith(
        "QUEUE_REDIS_URL is not set; with a cluster in REDIS_URL it must be one Redis (redis://host:port/0), or one with "
        "Sentinel (redis+sentinel://...): the queue (RQ) cannot run on a cluster"
    )
    (problem,) = problems(REDIS_URL=CLUSTER, QUEUE_REDIS_URL=CLUSTER)
    assert problem.startswith("QUEUE_REDIS_URL is wrong; it must be one Redis")
    assert "secret" not in problem
    for queue in ("redis://:secret@host:6379/0", SENTINEL):
        assert queue == Settings.read(GOOD | {"REDIS_URL": CLUSTER, "QUEUE_REDIS_URL": queue}).queue_redis_url


def test_sentinel_can_be_used_for_both() -> None:
    assert SENTINEL == Settings.read(GOOD | {"REDIS_URL": SENTINEL, "QUEUE_REDIS_URL": ""}).queue_redis_url
