"""A few new numbers an hour are texted from calls, and one alarm reports more."""

from __future__ import annotations

from datetime import timedelta

from redis import Redis
from structlog.testing import capture_logs

from hotline.store.new_numbers import NewNumbers
from tests.store.conftest import NOW

MOST = 20


def test_no_more_than_so_many_an_hour(redis: Redis) -> None:
    """One of them may come again; the next hour has its own."""
    numbers = NewNumbers(redis, MOST)
    with capture_logs() as lines:
        allowed = [numbers.allows(f"who {n}", NOW) for n in range(30)]
    assert [True] * MOST + [False] * 10 == allowed
    assert [("spend_alarm", "too_many_new_numbers_from_calls")] == [
        (one["event"], one["reason"]) for one in lines
    ]
    assert numbers.allows("who 0", NOW)
    assert numbers.allows("who 29", NOW + timedelta(hours=1))


def test_they_are_kept_for_an_hour(redis: Redis) -> None:
    NewNumbers(redis, 1).allows("who", NOW)
    (key,) = redis.scan_iter("{calls}*")
    assert 0 < int(str(redis.ttl(key))) <= 3600
