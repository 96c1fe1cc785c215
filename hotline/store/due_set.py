"""The due set: which follow-ups are due, for the clock, and which are late or waiting, for monitoring.

Rule 1: a record stays in the due set until it is finished. Taking it leases it for LEASE, so a job that is
        lost with its worker is handed out again; the claim prevents a second send.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from hotline.log import log
from hotline.store.connection import raise_store_busy
from hotline.store.followup_record import ASKED_FIRST, RECORD_ID, read_record, who_of
from hotline.store.keys import BUCKETS, Keys, bucket_key
from hotline.store.lua import Script
from hotline.store.nodes import of_buckets

LEASE = timedelta(minutes=2)
"""Lease of a follow-up: an unfinished one is handed out again after this time."""
LATE_AFTER = timedelta(minutes=10)
"""A record that is due for this long and not done means that processing is stuck."""
UNSENT = ("waiting", "claimed")
COUNTED = 200
"""Late records are counted only up to this many per bucket."""
ROOM = 32_000
"""Default number handed out at a time."""
FOR_ASKED = 1000
"""Number of texts a person is waiting for that are handed out even if planned texts fill the queue."""
HANDED_OUT = 500
"""Maximum records taken from one bucket at a time, so that no script blocks Redis for long."""


class DueSet:
    """The waiting records, by due time. Every method raises StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = Script(redis, "take_due")

    def take(self, now: datetime, *, reminders: bool = True, room: int = ROOM) -> list[str]:
        """Return the ids of due records, and lease them for LEASE.

        Texts a person is waiting for come first, then planned texts, unless `reminders` is False. At most
        `room` in all, plus FOR_ASKED for texts a person is waiting for. Malformed ids are left out.
        """
        asked = self._take_some(now, ASKED_FIRST, room + FOR_ASKED)
        left = min(room - len(asked), room)
        return asked + (self._take_some(now, 0, left) if reminders and left > 0 else [])

    def _take_some(self, now: datetime, taken_off: int, room: int) -> list[str]:
        """Take at most `room` of one class, evenly from the buckets in random order."""
        taken: list[str] = []
        buckets = random.sample(range(BUCKETS), BUCKETS)
        first, last = score_range(taken_off, now)
        lease = score_range(taken_off, now + LEASE)[1]
        while room > 0 and buckets:
            each = min(max(room // len(buckets), 1), HANDED_OUT)
            some = buckets[:room]
            with raise_store_busy(), self._redis.pipeline(transaction=False) as pipe:
                for bucket in some:
                    self._take(
                        [bucket_key(bucket, "due")],
                        client=pipe,
                        first=first,
                        last=last,
                        lease=lease,
                        most=each,
                    )
                found = _of_those_who_answer(pipe.execute(raise_on_error=False))
            taken += [id for ids in found for id in ids if RECORD_ID.fullmatch(id)]
            room -= sum(map(len, found))
            more = [bucket for bucket, ids in zip(some, found, strict=True) if len(ids) == each]
            buckets = more + buckets[len(some) :]
        return taken

    def late(self, now: datetime) -> int:
        """Return how many records have been due for LATE_AFTER and are neither done nor postponed.

        Records whose job was lost count too, because the record's own due time decides.
        """
        before = (now - LATE_AFTER).timestamp()
        states, _ = self._listed(now + LEASE)
        return sum(state in UNSENT and due < before for state, due in states)

    def unreadable(self) -> int:
        """Return how many waiting records are unreadable; all other methods leave them out."""
        _, unreadable = self._listed(None)
        return unreadable

    def _listed(self, until: datetime | None) -> tuple[list[tuple[str, float]], int]:
        """Return state and due time of records due by `until`, None for all, and the unreadable count."""
        with raise_store_busy(), self._redis.pipeline(transaction=False) as pipe:
            for bucket in range(BUCKETS):
                for taken_off in (ASKED_FIRST, 0):
                    first, last = score_range(taken_off, until)
                    pipe.zrange(bucket_key(bucket, "due"), first, last, byscore=True, offset=0, num=COUNTED)
            listed = [str(id) for found in pipe.execute() for id in found]
            ids = [id for id in listed if RECORD_ID.fullmatch(id)]
            for id in ids:
                pipe.hget(Keys(who_of(id)).followups, id)
            read = [read_record(str(line)) for line in pipe.execute() if line]
        states = [(each["state"], each["due"]) for each in read if each is not None]
        return states, len(listed) - len(ids) + len(read) - len(states)


def _of_those_who_answer(found: list[Any]) -> list[list[str]]:
    """Return each bucket's result, nothing where a cluster node is down. Raises RedisError if all are."""
    errors = [each for each in found if isinstance(each, RedisError)]
    if errors and len(errors) == len(found):
        raise errors[0]
    if errors:
        log.warning("store_busy", path="due", cause=type(errors[0]).__name__)
    return [[] if isinstance(each, RedisError) else each for each in found]


def score_range(taken_off: int, until: datetime | None) -> tuple[float | str, float | str]:
    """Return the score range of a class of the due set up to `until`, or the whole class if it is None."""
    first, end = ("-inf", "(0") if taken_off else (0.0, "+inf")
    return first, end if until is None else until.timestamp() - taken_off


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
            first, last = score_range(taken_off, now)
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
