"""A Redis that is too old, too slow or has a wrong clock is reported."""

import time
from dataclasses import replace

import pytest
from redis import Redis

from hotline.config.settings import Settings
from hotline.doctor.lines import Grade
from hotline.doctor.store import clock_line, lines, reported_version, speed_line
from tests.own_redis import OwnRedis


def test_the_tests_own_redis_is_ok(settings: Settings) -> None:
    assert {Grade.WELL} == {line.grade for line in lines(settings) if line.name != "redis speed"}


@pytest.mark.parametrize(
    ("version", "well"), [("7.2.4", True), ("6.2", True), ("6.0.16", False), ("", False)]
)
def test_an_old_redis_is_reported(version: str, *, well: bool) -> None:
    told = reported_version(version)
    assert well is (told == "ok")
    assert well or "6.2 or newer: upgrade it" in told


@pytest.mark.parametrize(
    ("seconds", "grade"), [(0.001, Grade.WELL), (0.05, Grade.ADVICE), (0.4, Grade.WRONG)]
)
def test_a_slow_redis_is_reported(seconds: float, grade: Grade) -> None:
    assert grade is speed_line(seconds).grade


@pytest.mark.parametrize(("moved", "told"), [(0, "ok"), (60, "60 s behind"), (-60, "60 s ahead of")])
def test_a_clock_difference_is_reported(moved: int, told: str, redis: Redis) -> None:
    assert told in clock_line(redis, lambda: time.time() + moved).message


def test_a_redis_that_forbids_the_checks_is_not_a_failure(settings: Settings, server: OwnRedis) -> None:
    server.client.acl_setuser(
        "default", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-info", "-time"]
    )
    found = lines(replace(settings, redis_url=server.url))
    assert [Grade.ADVICE, Grade.ADVICE] == [line.grade for line in found if line.name != "redis speed"]


def test_an_unreachable_redis_is_left_to_status(settings: Settings) -> None:
    assert () == lines(replace(settings, redis_url="redis://127.0.0.1:1/0"))
