"""Whether the carrier refuses something until someone fixes the cause, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redis import Redis

from hotline.store.connection import raise_store_busy


@dataclass(frozen=True, slots=True)
class Refusal:
    """The carrier's error code, and when it first refused."""

    code: int
    since: datetime


def store_refusal(redis: Redis, key: str, code: int, now: datetime, ttl: timedelta, **fields: float) -> None:
    """Store a refusal with more `fields`; it stays as old as the first one. Raises StoreBusy."""
    with raise_store_busy(), redis.pipeline(transaction=True) as pipe:
        pipe.hsetnx(key, "since", str(now.timestamp()))
        for name, value in {"code": code, **fields}.items():
            pipe.hset(key, name, str(value))
        pipe.expire(key, ttl)
        pipe.execute()


def read_refusal(redis: Redis, key: str) -> Refusal | None:
    """Return the stored refusal, or None. Raises StoreBusy."""
    with raise_store_busy():
        code, since = redis.hmget(key, ["code", "since"])
    if code is None or since is None:
        return None
    return Refusal(int(str(code)), datetime.fromtimestamp(float(str(since)), UTC))
