"""How many webhooks were taken and how many were refused, and why: what tells a line that is deaf from a quiet one.

Rule 1: counts and moments alone. Nothing of a request is kept: not its address's query, not a field, not who sent it.
Rule 2: counted for two hours in slots of SLOT, so that "in the last hour" is true to ten minutes. When a webhook of each
        kind was last taken is kept for as long as a quiet line may be quiet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from redis import Redis

from hotline.store.connection import told_as_busy

SLOT: Final = timedelta(minutes=10)
COUNTED_FOR: Final = timedelta(hours=1)
KEPT: Final = timedelta(hours=2)
LAST_KEPT: Final = timedelta(days=400)

PREFIX, LAST = "webhooks", "webhooks:last"
TAKEN: Final = "taken"


class Kind(StrEnum):
    """What a webhook tells of."""

    TEXTS = "texts"
    CALLS = "calls"
    STATUSES = "statuses"
    ELSEWHERE = "elsewhere"
    """Signed, and at an address that we do not have."""


class Refusal(StrEnum):
    """Why a webhook was refused."""

    SIGNATURE = "signature"
    NO_SIGNATURE = "no_signature"
    ACCOUNT = "account"
    NUMBER = "number"
    NO_FORM = "no_form"
    METHOD = "method"
    NOWHERE = "nowhere"


Counted = Counter[tuple[Kind, str]]
"""How often, by the kind of webhook and TAKEN or a Refusal."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came within the last hour, and when a webhook of each kind was last taken."""

    counted: Counted
    last: Mapping[Kind, datetime]

    def taken(self, kind: Kind) -> int:
        """Return how many of this kind were taken within the hour."""
        return self.counted[kind, TAKEN]

    def refused(self, kind: Kind) -> Counter[Refusal]:
        """Return how many of this kind were refused within the hour, by the reason."""
        found = {refusal: self.counted[kind, refusal] for refusal in Refusal}
        return Counter({refusal: count for refusal, count in found.items() if count})


class WebhookCounts:
    """The counts. All raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def add(self, counted: Counted, now: datetime) -> None:
        """Add what one process has counted. One round trip."""
        slot = _slots(now)[0]
        with told_as_busy(), self._redis.pipeline(transaction=False) as pipe:
            for (kind, outcome), count in counted.items():
                pipe.hincrby(slot, f"{kind}.{outcome}", count)
                if outcome == TAKEN:
                    pipe.hset(LAST, kind, str(now.timestamp()))
                    pipe.expire(LAST, int(LAST_KEPT.total_seconds()))
            pipe.expire(slot, int(KEPT.total_seconds()))
            pipe.execute()

    def heard(self, now: datetime) -> Heard:
        """Return what came of late. One round trip."""
        with told_as_busy(), self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(LAST)
            for slot in _slots(now):
                pipe.hgetall(slot)
            found: list[dict[str, str]] = pipe.execute()
        counted: Counted = Counter()
        for slot_counts in found[1:]:
            for field, count in slot_counts.items():
                kind, _, outcome = field.partition(".")
                counted[Kind(kind), outcome] += int(count)
        last = {Kind(kind): datetime.fromtimestamp(float(at), UTC) for kind, at in found[0].items()}
        return Heard(counted, last)


def _slots(now: datetime) -> list[str]:
    """Return the keys of the last hour, the current one first."""
    newest = int(now.timestamp() // SLOT.total_seconds())
    return [f"{PREFIX}:{newest - n}" for n in range(COUNTED_FOR // SLOT)]
