"""Follow-ups and what else waits for its time, for the clock, the workers and the carrier's callbacks.

Rule 1: states move as `scripts` says, by compare-and-set, so every step may be asked for twice.
Rule 2: a record stays in the due set until it is finished. Whoever takes it pushes it LEASE ahead, so
        a job that is lost with its worker is handed out again, and by claiming nothing is sent twice.
Rule 3: a claim older than CLAIM belongs to a worker that died: what it did is not known. If it had said
        what it was about to send, the next worker must look at the carrier before it sends. The record
        keeps since when that is so, over as many workers as it takes, until the follow-up is settled.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Literal

from redis import Redis

from hotline.conversation.model.events import LineType
from hotline.log import log
from hotline.store import metrics, scripts
from hotline.store.connection import StoreBusy, told_as_busy
from hotline.store.durable import BEFORE_A_SEND, Durable
from hotline.store.followup_record import (
    ASKED_FIRST,
    RECORD_ID,
    Claimed,
    RecordKind,
    kind_of,
    of_series,
    read_claimed,
    read_state,
    who_of,
)
from hotline.store.keys import BUCKETS, Keys, due_key
from hotline.store.people import LINE_KEPT, WRITE_LINE
from hotline.store.restarts import Restarts
from hotline.store.usage import FIGURE

LEASE = timedelta(minutes=2)
"""After being handed out, how long until a follow-up is handed out again if it is not finished."""
CLAIM = timedelta(seconds=90)
"""How long one worker may hold a claim. Longer than any send (10 s to connect and answer)."""
RIVAL = timedelta(seconds=30)
"""While another planned text of the same person is being sent, this one is looked at again after so long."""
LATE_AFTER = timedelta(minutes=10)
"""A record due for so long and not done means that something stands still."""
UNSENT = ("waiting", "claimed")
COUNTED = 200
"""Late records of one bucket are counted up to so many; more says nothing more."""
ROOM = 32_000
"""Handed out at a time, where nobody says less."""
FOR_ASKED = 1000
"""What somebody waits for is handed out though the queue is full of planned texts."""
HANDED_OUT = 500
"""At most so many of one bucket at a time, so that no script holds Redis for long."""


class Told(IntEnum):
    """What it was to us that the carrier told something of a text. False when its record is gone."""

    OF_NOBODY = 0
    KNOWN = 1
    NEW = 2


class Intended(StrEnum):
    """Whether a text may be sent now."""

    GO = "go"
    LOST = "lost"
    """The claim is another's by now, or the person was erased since."""
    DROPPED = "dropped"
    """The person stopped or cancelled it since."""
    STOPPED = "stopped"
    """The person was asked whether they meant STOP, and has not answered: the claim must be given back."""


class FollowUps:
    """The records. All raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(scripts.TAKE_DUE)
        self._claim = redis.register_script(scripts.CLAIM)
        self._intend = redis.register_script(scripts.INTEND)
        self._move = redis.register_script(scripts.MOVE)
        self._hear = redis.register_script(scripts.HEARD)
        self._durable, self._restarts = Durable(redis), Restarts(redis)
        self._write_line = redis.register_script(WRITE_LINE)

    def take_due(self, now: datetime, *, reminders: bool = True, room: int = ROOM) -> list[str]:
        """Return the ids of what is due, each handed out once a LEASE: first what somebody waits for, then the planned
        texts, unless `reminders` is False. No more than `room` in all; of what somebody waits for FOR_ASKED more.
        What is no id of ours is left out.
        """
        asked = self._take_some(now, ASKED_FIRST, room + FOR_ASKED)
        left = min(room - len(asked), room)
        return asked + (self._take_some(now, 0, left) if reminders and left > 0 else [])

    def _take_some(self, now: datetime, taken_off: int, room: int) -> list[str]:
        """Take at most `room` of one class, evenly from the buckets, in an order that is another each time."""
        taken: list[str] = []
        buckets = random.sample(range(BUCKETS), BUCKETS)
        first, last = range_of(taken_off, now)
        lease = range_of(taken_off, now + LEASE)[1]
        while room > 0 and buckets:
            each = min(max(room // len(buckets), 1), HANDED_OUT)
            some = buckets[:room]
            with told_as_busy(), self._redis.pipeline(transaction=False) as pipe:
                for bucket in some:
                    self._take(keys=[due_key(bucket)], args=[first, last, lease, each], client=pipe)
                found: list[list[str]] = pipe.execute()
            taken += [id for ids in found for id in ids if RECORD_ID.fullmatch(id)]
            room -= sum(map(len, found))
            more = [bucket for bucket, ids in zip(some, found, strict=True) if len(ids) == each]
            buckets = more + buckets[len(some) :]
        return taken

    def claim(self, id: str, now: datetime) -> Claimed | None:
        """Claims a record to work on. None when it is finished, gone, another worker's, or when another
        planned text of the same person is being sent.
        """
        times = (now, now - CLAIM, now + RIVAL)
        with told_as_busy():
            found: list[Any] = self._claim(keys=_keys(id), args=[id, *(time.timestamp() for time in times)])
        if not found:
            return None
        line, person = found
        return read_claimed(id, line, tuple(person), now)

    def intend(self, claimed: Claimed, mark: str) -> Intended:
        """Write down what is about to be sent, by its mark; with GO it is on the disk, where the server can tell. You must
        call this right before sending, and send only after GO.
        """
        with told_as_busy():
            answer = Intended(
                str(self._intend(keys=_keys(claimed.id), args=[claimed.id, claimed.claim, mark]))
            )
        if answer is Intended.GO:
            self._durable.wait(BEFORE_A_SEND)
        return answer

    def doubtful_since(self, claimed: Claimed, now: datetime) -> datetime | None:
        """Since when this may have been sent by a claim that Redis forgot as it came back; None when it cannot have been.
        You must look at the carrier before you send it then.
        """
        return self._restarts.doubtful_since(claimed.first_due, now)

    def sent(self, id: str, sid: str) -> None:
        """Writes down the provider's id; the claim becomes `sent`."""
        self._moved(id, {"state": "sent", "sid": sid})

    def spent(self, id: str, segments: int, day: date) -> None:
        """Counts a text that left in the budget of this day. Never raises: it is sent, and must be written down."""
        key = Keys(who_of(id)).counts_on(day)
        try:
            with told_as_busy(), self._redis.pipeline(transaction=False) as pipe:
                pipe.hincrby(key, FIGURE, segments)
                pipe.expire(key, metrics.KEPT)
                pipe.execute()
        except StoreBusy as busy:
            log.warning("store_busy", cause=str(busy))

    def ended(self, id: str, state: Literal["delivered", "failed", "dropped"], reason: str = "") -> None:
        """Ends a record: delivered, failed or dropped, with a code or a word for why."""
        self._moved(id, {"state": state, "reason": reason} if reason else {"state": state})

    def postpone(self, id: str, due: datetime, reason: str, *, attempts: int) -> None:
        """Gives a claim back: nothing was sent, and the record waits until `due`. `attempts` is how
        many count so far: less than claimed when the carrier was not asked.
        """
        changes = {"state": "waiting", "due": due.timestamp(), "reason": reason, "attempts": attempts}
        self._moved(id, changes)

    def heard(
        self, id: str, state: Literal["sent", "delivered", "failed"], sid: str, reason: str = ""
    ) -> Told:
        """What the carrier told of a text. While a worker still holds the claim it is only noted, and
        counts once the worker has written down that it sent: else, if the worker died before that, nobody
        would move the person to the reminder's question.
        """
        return self._heard(id, {"state": state, "sid": sid, **({"reason": reason} if reason else {})})

    def not_delivered(
        self, id: str, sid: str, reason: str, dues: Sequence[datetime], sealed: str, *, counted: bool
    ) -> Told:
        """The carrier took a text and could not deliver it, for a reason that passes: it is sent again at the
        first of `dues` or, when it is `counted`, at the next each time; without any left it has failed.
        `sealed` is the number again, for a record that brings its own.
        """
        again = {"dues": [due.timestamp() for due in dues], "counted": counted, "sealed": sealed}
        return self._heard(id, {"state": "again", "sid": sid, "reason": reason, **again})

    def line_found(self, id: str, line: LineType, now: datetime, *, done: bool = False) -> None:
        """Notes what the line can do, as the record's work showed; the record goes when that was all
        (`done`). Nothing is noted when it is gone.
        """
        kept = int(LINE_KEPT.total_seconds())
        args: list[str | float] = [id, line, now.timestamp(), kept, "done" if done else ""]
        with told_as_busy():
            self._write_line(keys=_keys(id), args=args)

    def held(self, id: str) -> bool:
        """Whether the record is still there: an erasure takes it away."""
        with told_as_busy():
            return bool(self._redis.hexists(Keys(who_of(id)).followups, id))

    def forget(self, id: str) -> None:
        """Removes a record: what it was for is done, and nothing is to tell of it."""
        keys = Keys(who_of(id))
        with told_as_busy(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hdel(keys.followups, id)
            pipe.zrem(keys.due, id)
            pipe.execute()

    def records(self, who: str) -> dict[str, dict[str, Any]]:
        """All records of a person, by id."""
        with told_as_busy():
            lines = self._redis.hgetall(Keys(who).followups)
        return {str(id): json.loads(line) for id, line in lines.items()}

    def erasing(self, who: str) -> bool:
        """Whether this person asked us to delete all, and the carrier still holds some of it."""
        return any(kind_of(id) is RecordKind.ERASE for id in self.records(who))

    def sent_at(self, who: str) -> tuple[datetime, ...]:
        """When this person's texts of the series that they said yes to left, the oldest first."""
        return self._left(who, of_series)

    def wanted_at(self, who: str) -> tuple[datetime, ...]:
        """When the words left that this person asked for in calls, the oldest first."""
        return self._left(who, lambda record: record.get("kind") == RecordKind.THIS)

    def _left(self, who: str, of: Callable[[dict[str, Any]], bool]) -> tuple[datetime, ...]:
        left = (
            record["claimed_at"]
            for record in self.records(who).values()
            if record["state"] in ("sent", "delivered") and of(record)
        )
        return tuple(datetime.fromtimestamp(at, UTC) for at in sorted(left))

    def late(self, now: datetime) -> int:
        """How many records have been due for LATE_AFTER and are neither done nor put off: something stands still.
        Those that were handed out and came to nothing count too: what counts is the record's own time.
        """
        before = (now - LATE_AFTER).timestamp()
        states, _ = self._listed(now + LEASE)
        return sum(state in UNSENT and due < before for state, due in states)

    def unreadable(self) -> int:
        """How many of those that wait cannot be read: they are left out of all else."""
        _, unreadable = self._listed(None)
        return unreadable

    def _listed(self, until: datetime | None) -> tuple[list[tuple[str, float]], int]:
        """State and time of those that are listed as due until then, None for all, and how many cannot be read."""
        with told_as_busy(), self._redis.pipeline(transaction=False) as pipe:
            for bucket in range(BUCKETS):
                for taken_off in (ASKED_FIRST, 0):
                    first, last = range_of(taken_off, until)
                    pipe.zrange(due_key(bucket), first, last, byscore=True, offset=0, num=COUNTED)
            listed = [str(id) for found in pipe.execute() for id in found]
            ids = [id for id in listed if RECORD_ID.fullmatch(id)]
            for id in ids:
                pipe.hget(Keys(who_of(id)).followups, id)
            read = [read_state(str(line)) for line in pipe.execute() if line]
        states = [state for state in read if state is not None]
        return states, len(listed) - len(ids) + len(read) - len(states)

    def _moved(self, id: str, changes: dict[str, Any]) -> None:
        with told_as_busy():
            self._move(keys=_keys(id), args=[id, json.dumps(changes)])

    def _heard(self, id: str, told: dict[str, Any]) -> Told:
        with told_as_busy():
            return Told(self._hear(keys=_keys(id), args=[id, json.dumps(told)]))


def range_of(taken_off: int, until: datetime | None) -> tuple[float | str, float | str]:
    """Return where a class of the due set begins, and where what is due until then ends; with None the class itself."""
    first, end = ("-inf", "(0") if taken_off else (0.0, "+inf")
    return first, end if until is None else until.timestamp() - taken_off


def _keys(id: str) -> list[str]:
    """What the scripts work on: the person's records, the due set, the person."""
    keys = Keys(who_of(id))
    return [keys.followups, keys.due, keys.person]
