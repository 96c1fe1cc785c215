"""The number of texts waiting to be sent, and how long the first has been due, for monitoring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from redis import Redis

from hotline.store.buckets import of_buckets
from hotline.store.due_set import range_of
from hotline.store.followup_record import ASKED_FIRST
from hotline.store.keys import bucket_key


@dataclass(frozen=True, slots=True)
class Backlog:
    """The texts waiting to be sent.

    `ahead` are not due yet, `due` are due now; `since` is when the first of those was due, None if there is
    none.
    """

    ahead: int
    due: int
    since: datetime | None


def backlog(redis: Redis, now: datetime) -> Backlog:
    """Return the current backlog; a text whose lease has ended counts as due. Raises StoreBusy."""
    total, due = 0, 0
    since: list[float] = []

    def ask(pipe: Redis, bucket: int) -> None:
        pipe.zcard(bucket_key(bucket, "due"))
        for taken_off in (ASKED_FIRST, 0):
            first, last = range_of(taken_off, now)
            pipe.zcount(bucket_key(bucket, "due"), first, last)
            pipe.zrange(
                bucket_key(bucket, "due"), first, last, byscore=True, offset=0, num=1, withscores=True
            )

    found = of_buckets(redis, ask)
    for all_of_it, due_asked, first_asked, due_planned, first_planned in zip(
        *(found[n::5] for n in range(5)), strict=True
    ):
        total += all_of_it
        due += due_asked + due_planned
        since += [score + ASKED_FIRST for _, score in first_asked]
        since += [score for _, score in first_planned]
    return Backlog(total - due, due, datetime.fromtimestamp(min(since), UTC) if since else None)
