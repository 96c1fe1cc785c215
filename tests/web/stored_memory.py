"""Redis memory per person by kind of key, for a test and for the benchmark."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from redis import Redis

from hotline.config.settings import Settings
from tests.web.twilio_forms import SCREENING, Caller

CONSENT = ("public", "yes")
"""Texts after the screening by which a parent agrees to reminders."""

NOT_THEIRS = ("counts", "webhooks", "audit")
"""Kinds of keys that do not grow with the number of people, and the audit, which is stored for years."""

WAITING = ("followups", "due")

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Memory:
    """Bytes of Redis per person by kind of key: right away, and what remains a day later.

    `waiting` is the number of a person's waiting follow-ups.
    """

    at_once: Counter[str]
    day_later: Counter[str]
    waiting: float

    @property
    def of_a_followup(self) -> float:
        return sum(self.at_once[kind] for kind in WAITING) / self.waiting


def measure(app: Flask, redis: Redis, settings: Settings, people: int, texts: tuple[str, ...]) -> Memory:
    """Send these texts from as many numbers; return the memory per person. Redis must be empty."""
    for number in range(people):
        caller = Caller(app.test_client(), settings, number=f"+1202{5_550_000 + number}")
        for text in texts:
            assert caller.text(text).status_code == 200
    at_once, day_later = used(redis)
    waiting = sum(redis.zcard(key) for key in redis.scan_iter("{*}:due"))
    return Memory(_each(at_once, people), _each(day_later, people), waiting / people)


def used(redis: Redis) -> tuple[Counter[str], Counter[str]]:
    """Return the bytes of people's keys by kind, and of those that last for more than a day."""
    at_once: Counter[str] = Counter()
    day_later: Counter[str] = Counter()
    for key in map(str, redis.scan_iter("{[0-9][0-9]*}:*", count=1000)):
        kind = key.split(":")[1]
        if kind in NOT_THEIRS:
            continue
        size = int(redis.memory_usage(key, samples=0) or 0)
        at_once[kind] += size
        if not 0 <= redis.ttl(key) <= DAY.total_seconds():
            day_later[kind] += size
    return at_once, day_later


def _each(used: Counter[str], people: int) -> Counter[str]:
    return Counter({kind: round(size / people) for kind, size in used.items()})


__all__ = ["CONSENT", "SCREENING", "Memory", "measure", "used"]
