"""Settings made at the desk apply in every process within seconds."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis

from hotline.config.office_hours import read_spans
from hotline.config.opening import Opening
from hotline.config.settings import Settings
from hotline.store.connection import connect
from hotline.store.desk_versions import MOST_VERSIONS, REFRESHED_EVERY
from hotline.store.in_force import VERSIONS, Live, Versions
from hotline.store.nodes import primaries
from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role
from tests.one_slot import commands_of
from tests.own_redis import OwnRedis, slow_way_to

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
SATURDAYS = Opening(read_spans("Sat 10:00-12:00"), "")


class Watch:
    """A manual clock."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_the_settings_apply_until_something_is_set(settings: Settings, redis: Redis) -> None:
    assert [] == list(redis.scan_iter())
    assert Opening.of(settings) == Live(settings, redis).now().opening


def test_a_change_reaches_every_process_within_five_seconds(settings: Settings, redis: Redis) -> None:
    watch = Watch()
    processes = [Live(settings, redis, watch) for _ in range(3)]
    assert {Opening.of(settings)} == {each.now().opening for each in processes}
    assert Versions(redis).add(0, SATURDAYS, "anna", NOW)
    watch.seconds = REFRESHED_EVERY.total_seconds()
    assert watch.seconds < 5
    assert {SATURDAYS} == {each.now().opening for each in processes}


def test_redis_is_not_asked_for_each_turn(settings: Settings, redis: Redis) -> None:
    live = Live(settings, redis, Watch())
    live.now()
    asked = commands_of(redis)
    for _ in range(100):
        live.now()
    assert commands_of(redis) - asked < 5 * len(primaries(redis))  # each counts our look as well


def test_concurrent_changes_do_not_overwrite_each_other(redis: Redis) -> None:
    versions = Versions(redis)
    with ThreadPoolExecutor(8) as changing:
        added = list(changing.map(lambda n: versions.add(0, SATURDAYS, str(n), NOW), range(8)))
    assert 1 == sum(added)
    (version,) = versions.all()
    assert (1, NOW, SATURDAYS) == (version.number, version.at, version.opening)


def test_earlier_versions_can_be_restored(redis: Redis) -> None:
    versions = Versions(redis)
    for number in range(MOST_VERSIONS + 2):
        assert versions.add(number, SATURDAYS, "anna", NOW)
    found = [version.number for version in versions.all()]
    assert list(range(MOST_VERSIONS + 2, 2, -1)) == found


def test_requests_are_seen_with_an_account_or_a_password(settings: Settings, redis: Redis) -> None:
    none = replace(settings, desk_password="")
    assert not Live(none, redis).now().requests_are_seen
    assert Live(settings, redis).now().requests_are_seen
    Accounts(redis).add("anna", Role.STAFF)
    assert Live(none, redis).now().requests_are_seen


def test_while_redis_is_away_what_was_read_counts(settings: Settings, server: OwnRedis) -> None:
    watch, client = Watch(), connect(server.url)
    assert Versions(client).add(0, SATURDAYS, "anna", NOW)
    live = Live(settings, client, watch)
    assert SATURDAYS == live.now().opening
    server.kill()
    watch.seconds = 10
    assert SATURDAYS == live.now().opening
    assert Opening.of(settings) == Live(settings, client).now().opening


def test_a_slow_redis_delays_no_parent(settings: Settings, server: OwnRedis, tmp_path: Path) -> None:
    with slow_way_to(server, tmp_path / "slow", 5) as url:
        live = Live(settings, connect(url))
        began = datetime.now(UTC)
        for _ in range(10):
            assert Opening.of(settings) == live.now().opening
        assert (datetime.now(UTC) - began).total_seconds() < 0.3
    assert Versions(connect(server.url)).add(0, SATURDAYS, "anna", NOW)
    with slow_way_to(server, tmp_path / "slower", 0.3) as url:
        live = Live(settings, connect(url))
        assert Opening.of(settings) == live.now().opening
        time.sleep(1)
        assert SATURDAYS == live.now().opening


@pytest.mark.parametrize(
    "line", ["", "x", "{}", "[]", '{"number": 1, "at": 1, "by": "", "opening": "{}"}', "\udcff"]
)
def test_an_unreadable_version_counts_as_none(line: str, settings: Settings, redis: Redis) -> None:
    redis.execute_command("RPUSH", VERSIONS, line.encode(errors="surrogateescape"))  # type: ignore[no-untyped-call]
    assert Opening.of(settings) == Live(settings, connect(settings.redis_url)).now().opening
