"""The figures of a month."""

import time
from datetime import date, timedelta

import pytest
from redis import Redis

from hotline.store.keys import BUCKETS, counts_key
from hotline.store.metrics import RETENTION
from hotline.store.months import (
    FEWEST,
    SETTLED,
    SHOWN,
    Month,
    counts_to_hide,
    month_figures,
    month_key,
    months_until,
)

MARCH = Month(2026, 3)
LAST = date(2026, 3, 31)


def add(redis: Redis, day: date, count: int, name: str = "text_opened", bucket: int = 0) -> None:
    """Add this many of a figure on a day."""
    redis.hincrby(counts_key(bucket, day), name, count)


def test_a_month_is_the_sum_of_its_days(redis: Redis) -> None:
    add(redis, date(2026, 3, 1), 2)
    add(redis, LAST, 3, bucket=63)
    add(redis, date(2026, 2, 28), 100)
    add(redis, date(2026, 4, 1), 100)
    assert {"text_opened": 5} == month_figures(redis, MARCH, LAST)


def test_a_past_month_is_stored_once_settled(redis: Redis) -> None:
    add(redis, LAST, 1)
    assert {"text_opened": 1} == month_figures(redis, MARCH, LAST + SETTLED)
    add(redis, LAST, 1)
    over = LAST + SETTLED + timedelta(days=1)
    assert {"text_opened": 2} == month_figures(redis, MARCH, over)
    assert 0 < redis.ttl(month_key(MARCH)) <= RETENTION.total_seconds()
    redis.delete(counts_key(0, LAST))
    assert {"text_opened": 2} == month_figures(redis, MARCH, over)


def test_an_empty_month_is_stored_too(redis: Redis) -> None:
    assert {} == month_figures(redis, MARCH, LAST + timedelta(days=9))
    assert redis.exists(month_key(MARCH))


@pytest.mark.parametrize(
    ("counts", "covered"),
    [
        ({"a": 100, "b": 50}, set()),
        ({"a": 0, "b": 50}, set()),
        ({"a": 4, "b": 3, "c": 50}, {"a", "b"}),
        ({"a": 4, "b": 20, "c": 50}, {"a", "b"}),
        ({"a": 1}, {"a"}),
        ({}, set()),
    ],
)
def test_small_counts_are_hidden(counts: dict[str, int], covered: set[str]) -> None:
    """A single small count is hidden with the next greater one, or the sum would reveal it."""
    assert covered == counts_to_hide(counts)
    assert 5 == FEWEST


def test_a_year_of_months_can_be_read() -> None:
    found = months_until(date(2026, 3, 31))
    assert (SHOWN, "2026-03", "2025-03") == (len(found), str(found[0]), str(found[-1]))
    assert found[-1].first > date(2026, 3, 31) - RETENTION
    for name in ("2026-13", "2026-00", "26-01", "2026-1", "", "x", "2026-01\n"):
        assert Month.read(name) is None
    assert Month(2026, 3) == Month.read("2026-03")


def test_a_busy_month_is_read_in_time(redis: Redis) -> None:
    names = [f"answer.question_{n}.yes" for n in range(60)]
    with redis.pipeline(transaction=False) as pipe:
        for day in MARCH.days:
            for bucket in range(BUCKETS):
                pipe.hset(counts_key(bucket, day), mapping=dict.fromkeys(names, 50))
        pipe.execute()
    over = LAST + timedelta(days=9)
    total = month_figures(redis, MARCH, over)
    assert 50 * 31 * BUCKETS == total[names[0]]
    began = time.perf_counter()
    assert total == month_figures(redis, MARCH, over)
    assert time.perf_counter() - began < 0.1
