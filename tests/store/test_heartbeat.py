"""Processes without requests send heartbeats."""

from datetime import UTC, datetime, timedelta

from redis import Redis

from hotline.store.heartbeat import RETENTION, beat, last_beat


def test_each_kind_of_process_has_its_heartbeat(redis: Redis, now: datetime) -> None:
    beat(redis, "clock", now)
    assert last_beat(redis, "clock") == now
    assert last_beat(redis, "worker") is None


def test_the_last_beat_counts(redis: Redis, now: datetime) -> None:
    beat(redis, "worker", now)
    beat(redis, "worker", now + timedelta(seconds=5.25))
    seen = last_beat(redis, "worker")
    assert seen == now + timedelta(seconds=5.25)
    assert seen.tzinfo is UTC


def test_a_beat_expires(redis: Redis, now: datetime) -> None:
    beat(redis, "clock", now)
    assert 0 < redis.ttl("heartbeat:clock") <= RETENTION.total_seconds()
