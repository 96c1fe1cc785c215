"""The mark before a text, an opt-out and an erasure wait for the disk; other turns do not, and every wait is
bounded.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from hotline.conversation.model.events import Count, Effect, Erase, StopAll
from hotline.conversation.model.session import Session
from hotline.store.connection import StoreBusy, connect
from hotline.store.durable import Durable
from hotline.store.followups import FollowUps
from hotline.store.nodes import primaries
from tests.own_redis import OwnRedis, own_redis
from tests.store.conftest import NOW
from tests.turns_taken import claim

LONG = timedelta(seconds=3)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnRedis]:
    with own_redis(tmp_path) as server:
        try:
            server.client.waitaof(1, 0, 1)
        except ResponseError:
            pytest.skip("this server is older than WAITAOF")
        yield server


def waits(redis: Redis) -> int:
    """Return how often the disk was waited for."""
    found = [server.redis.info("commandstats") for server in primaries(redis)]
    return sum(int(each.get("cmdstat_waitaof", {}).get("calls", 0)) for each in found)


@pytest.mark.parametrize(
    ("effect", "more"),
    [(StopAll(), 1), (Erase(), 1), (Count("menu"), 0)],
    ids=["an opt-out", "an erasure", "a usual turn"],
)
def test_what_must_not_be_forgotten_waits_for_the_disk(
    effect: Effect, more: int, redis: Redis, take: Callable[..., str | None]
) -> None:
    before = waits(redis)
    take(effect, session=Session())
    assert bool(more) == (waits(redis) > before)


def test_the_mark_before_a_text_waits_for_the_disk(
    redis: Redis, followups: FollowUps, plan: Callable[..., str]
) -> None:
    claimed = claim(followups, plan(), NOW)
    before = waits(redis)
    assert followups.intend(claimed, "mark")
    assert waits(redis) > before


def test_what_is_on_the_disk_is_safe(server: OwnRedis) -> None:
    with connect(server.url) as redis:
        redis.set("a", 1)
        assert Durable(redis).wait(LONG)


def test_the_wait_for_a_slow_disk_is_bounded(server: OwnRedis) -> None:
    server.client.config_set("appendfsync", "no")
    with connect(server.url) as redis:
        redis.set("a", 1)
        began = time.monotonic()
        assert not Durable(redis).wait(timedelta(seconds=0.5))
        assert 0.4 < time.monotonic() - began < 1


def test_a_server_that_keeps_no_file_is_not_waited_for(server: OwnRedis) -> None:
    server.client.config_set("appendonly", "no")
    with connect(server.url) as redis:
        began = time.monotonic()
        assert not Durable(redis).wait(LONG)
        assert time.monotonic() - began < 1


def test_an_unreachable_server_confirms_nothing(server: OwnRedis) -> None:
    """A worker that is about to send must not."""
    with connect(server.url) as redis:
        durable = Durable(redis)
        assert durable.wait(LONG)
        server.kill()
        with pytest.raises(StoreBusy):
            durable.wait(LONG)
        durable.after_commit()
