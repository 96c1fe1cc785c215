"""Counts of accepted and refused webhooks by reason, to tell a broken line from a quiet one.

Rule 1: only counts and times are stored, nothing of a request: no query, fields or sender.
Rule 2: counts are stored for two hours in slots of SLOT, so "in the last hour" is accurate to ten minutes.
        The time of the last accepted webhook of each kind is stored for LAST_RETENTION.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from redis import Redis

from hotline.store.connection import raise_store_busy

SLOT: Final = timedelta(minutes=10)
COUNTED_FOR: Final = timedelta(hours=1)
RETENTION: Final = timedelta(hours=2)
LAST_RETENTION: Final = timedelta(days=400)

PREFIX, LAST = "webhooks", "webhooks:last"
TAKEN: Final = "taken"


class WebhookKind(StrEnum):
    """The kind of a webhook."""

    TEXTS = "texts"
    CALLS = "calls"
    STATUSES = "statuses"
    ELSEWHERE = "elsewhere"
    """Signed, but to a URL that we do not serve."""


class Refusal(StrEnum):
    """Why a webhook was refused."""

    SIGNATURE = "signature"
    NO_SIGNATURE = "no_signature"
    ACCOUNT = "account"
    NUMBER = "number"
    NO_FORM = "no_form"
    METHOD = "method"
    NOWHERE = "nowhere"


Counted = Counter[tuple[WebhookKind, str]]
"""Counts by webhook kind and outcome (TAKEN or a Refusal)."""


@dataclass(frozen=True, slots=True)
class Recent:
    """Counts of the last hour, and when a webhook of each kind was last accepted."""

    counted: Counted
    last: Mapping[WebhookKind, datetime]

    def taken(self, kind: WebhookKind) -> int:
        """Return how many webhooks of this kind were accepted in the last hour."""
        return self.counted[kind, TAKEN]

    def refused(self, kind: WebhookKind) -> Counter[Refusal]:
        """Return how many webhooks of this kind were refused in the last hour, by reason."""
        found = {refusal: self.counted[kind, refusal] for refusal in Refusal}
        return Counter({refusal: count for refusal, count in found.items() if count})


class WebhookCounts:
    """The stored counts. All methods raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def add(self, counted: Counted, now: datetime) -> None:
        """Add the counts of one process, in one round trip."""
        slot = _slots(now)[0]
        with raise_store_busy(), self._redis.pipeline(transaction=False) as pipe:
            for (kind, outcome), count in counted.items():
                pipe.hincrby(slot, f"{kind}.{outcome}", count)
                if outcome == TAKEN:
                    pipe.hset(LAST, kind, str(now.timestamp()))
                    pipe.expire(LAST, LAST_RETENTION)
            pipe.expire(slot, RETENTION)
            pipe.execute()

    def recent(self, now: datetime) -> Recent:
        """Return the counts of the last hour, in one round trip."""
        with raise_store_busy(), self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(LAST)
            for slot in _slots(now):
                pipe.hgetall(slot)
            found: list[dict[str, str]] = pipe.execute()
        counted: Counted = Counter()
        for slot_counts in found[1:]:
            for field, count in slot_counts.items():
                kind, _, outcome = field.partition(".")
                counted[WebhookKind(kind), outcome] += int(count)
        last = {WebhookKind(kind): datetime.fromtimestamp(float(at), UTC) for kind, at in found[0].items()}
        return Recent(counted, last)


def _slots(now: datetime) -> list[str]:
    """Return the keys of the slots of the last hour, the current one first."""
    newest = int(now.timestamp() // SLOT.total_seconds())
    return [f"{PREFIX}:{newest - n}" for n in range(COUNTED_FOR // SLOT)]
