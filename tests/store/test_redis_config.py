"""A Redis that evicts data is rejected, with what to set."""

from pathlib import Path

import pytest

from hotline.store.connection import StoreBusy, connect
from hotline.store.redis_config import CLUSTER, what_is_wrong, without_password
from tests.own_redis import OwnRedis, own_redis

WRONG = "evicts data when its memory is full (maxmemory-policy allkeys-lru); set noeviction "


def told(server: OwnRedis) -> str | None:
    with connect(server.url) as redis:
        return what_is_wrong(redis)


def test_one_that_keeps_everything_is_right(server: OwnRedis) -> None:
    assert "" == told(server)


def test_an_evicting_redis_is_reported_with_the_fix(server: OwnRedis) -> None:
    server.client.config_set("maxmemory-policy", "allkeys-lru")
    assert f"{WRONG}with `redis-cli CONFIG SET maxmemory-policy noeviction`, and in redis.conf" == told(
        server
    )
    server.client.config_set("maxmemory-policy", "noeviction")
    assert "" == told(server)


def test_a_managed_redis_reports_it_by_info(server: OwnRedis) -> None:
    server.client.config_set("maxmemory-policy", "allkeys-lru")
    server.client.acl_setuser("default", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-config"])
    assert f"{WRONG}in your provider's console" == told(server)


def test_an_unreported_policy_is_unknown(server: OwnRedis) -> None:
    server.client.acl_setuser(
        "default", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-config", "-info"]
    )
    assert told(server) is None


def test_an_unreachable_redis_is_busy(server: OwnRedis) -> None:
    server.kill()
    with pytest.raises(StoreBusy):
        told(server)


def test_a_cluster_node_is_refused(tmp_path: Path) -> None:
    """It would answer for its own slots alone."""
    with own_redis(tmp_path, "--cluster-enabled", "yes", "--port", "0") as node:
        assert CLUSTER == told(node)


@pytest.mark.parametrize(
    ("url", "is_wrong"),
    [
        ("redis://redis.example.org:6379/0", True),
        ("rediss://redis.example.org:6379/0", True),
        ("redis://user@127.0.0.1/0", True),
        ("redis://:secret@redis.example.org/0", False),
        ("rediss://redis.example.org/0?password=secret", False),
        ("unix:///var/run/redis.sock", False),
    ],
)
def test_a_network_without_a_password_is_reported(url: str, is_wrong: bool) -> None:
    assert is_wrong == bool(without_password(url))
