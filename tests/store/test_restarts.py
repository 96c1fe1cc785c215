"""After Redis restarts, texts due before are checked with the carrier for a day."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.store.connection import connect
from hotline.store.restarts import DOUBTED_FOR, LOOK_BACK, Restarts
from tests.own_redis import OwnRedis, own_redis

HOUR = timedelta(hours=1)
WHO = "0" * 32


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnRedis]:
    with own_redis(tmp_path) as server:
        yield server


def test_a_redis_that_has_always_answered_forgot_nothing(server: OwnRedis) -> None:
    with connect(server.url) as redis:
        now = datetime.now(UTC)
        assert Restarts(redis).doubtful_since(WHO, now - HOUR, now) is None


def test_a_user_without_info_can_send(server: OwnRedis) -> None:
    server.client.acl_setuser("default", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-info"])
    with connect(server.url) as redis:
        restarts, now = Restarts(redis), datetime.now(UTC)
        restarts.note(now)
        assert restarts.doubtful_since(WHO, now - HOUR, now) is None


def test_texts_due_before_a_restart_are_checked_for_a_day(server: OwnRedis) -> None:
    with connect(server.url) as redis:
        restarts, before = Restarts(redis), datetime.now(UTC)
        restarts.doubtful_since(WHO, before, before)
        server.kill()
        server.start()
        now = datetime.now(UTC)
        since = restarts.doubtful_since(WHO, before, now)
        assert since is not None
        assert before - LOOK_BACK - timedelta(seconds=2) <= since <= now - LOOK_BACK
        assert since == restarts.doubtful_since(WHO, before, now), "not only the first who asks is told"
        assert restarts.doubtful_since(WHO, now + HOUR, now + HOUR) is None
        assert restarts.doubtful_since(WHO, before, now + DOUBTED_FOR) is None
