"""Follow-ups and other scheduled work, for the clock, the workers and the carrier's callbacks.

Rule 1: states move forward only: waiting -> claimed -> sent -> delivered | failed | dropped. Two steps lead
        back to waiting: a worker releases a claim that sent nothing, or the carrier accepted a text and
        could not deliver it, once per retry time (`not_delivered`). Each step is one atomic script and
        safe to retry.
Rule 2: a record that a turn no longer wants and that cannot be dropped any more is `cancelled`: it is not
        sent, or not sent again.
Rule 3: nothing is sent before its mark is in the record (`intend`), nor after its person stopped, canceled
        it or was erased. A STOP cancels each record (`commit_turn`). A record that is not `cancelled` while
        its person is `stopped` belongs to someone who was asked whether they meant STOP: it waits for their
        answer.
Rule 4: a claim older than CLAIM belongs to a dead worker, which may have sent the text. If it had marked
        the text as about to be sent, the next worker must check with the carrier before it sends. The record
        stores the time of the first such claim until the follow-up is settled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Literal

from redis import Redis

from hotline.conversation.model.events import LineType
from hotline.store.connection import raise_store_busy
from hotline.store.due_set import DueSet
from hotline.store.durable import BEFORE_A_SEND, Durable
from hotline.store.followup_record import (
    ASKED_FIRST,
    Claimed,
    RecordKind,
    kind_of,
    of_series,
    read_claimed,
    read_record,
    who_of,
)
from hotline.store.keys import Keys
from hotline.store.lua import Script
from hotline.store.people import LINE_RETENTION
from hotline.store.restarts import Restarts

CLAIM = timedelta(seconds=90)
"""Lifetime of a claim. Longer than any send (4 s to connect and 10 s to answer)."""
BEGINS_WITHIN = timedelta(seconds=3)
"""How soon after its mark a send must begin, by the worker's own clock, because the worker may have been suspended."""
ARRIVES_WITHIN = timedelta(seconds=10)
"""Time after the mark by which the carrier lists the text if it was sent (begin, connect: `carrier.client`)."""
RIVAL = timedelta(seconds=30)
"""Delay of a text while another planned text of the same person is being sent."""


class News(IntEnum):
    """Whether a delivery status from the carrier was news. False if its record is gone."""

    OF_NOBODY = 0
    KNOWN = 1
    NEW = 2


class Intended(StrEnum):
    """Whether a text may be sent now."""

    GO = "go"
    LOST = "lost"
    """Another worker has the claim by now, or the person was erased."""
    DROPPED = "dropped"
    """The person stopped or cancelled it in the meantime."""
    STOPPED = "stopped"
    """The person was asked whether they meant STOP, and has not answered: release the claim."""


class FollowUps:
    """Store the records. Every method raises StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.due = DueSet(redis)
        self._claim = Script(redis, "claim_followup")
        self._intend = Script(redis, "mark_before_send")
        self._move = Script(redis, "move_followup")
        self._status = Script(redis, "record_status")
        self._durable, self._restarts = Durable(redis), Restarts(redis)
        self._write_line = Script(redis, "store_line_type")

    def claim(self, id: str, now: datetime, before: datetime | None = None) -> Claimed | None:
        """Claim a record to process it; also one that a worker, now apparently dead, claimed before `before`.

        Returns None if it is finished, gone or claimed by another worker, or if another planned text of the
        same person is being sent.
        """
        found: list[Any] = self._claim(
            _keys(id),
            id=id,
            now=now.timestamp(),
            stale=(before or now - CLAIM).timestamp(),
            rival_due=(now + RIVAL).timestamp(),
            asked_first=ASKED_FIRST,
        )
        if not found:
            return None
        line, person, before_this = found
        return read_claimed(id, line, tuple(person), now, before_this)

    def claimed(self, id: str, now: datetime) -> Claimed | None:
        """Return a record with its claim, as its worker holds it; None if it is not claimed or cannot be read."""
        keys = Keys(who_of(id))
        with raise_store_busy():
            line = self._redis.hget(keys.followups, id)
            person: list[Any] = self._redis.hmget(
                keys.person, "texting", "language", "sealed", "line", "line_at"
            )
        record = read_record(str(line)) if line else None
        if record is None or record["state"] != "claimed":
            return None
        return read_claimed(id, str(line), tuple(person), now)

    def intend(self, claimed: Claimed, mark: str) -> Intended:
        """Store the mark of a text about to be sent, and return whether it may be sent.

        After GO the mark is on disk, if the server can report it. Call this right before sending, and send
        only after GO and within BEGINS_WITHIN of this call.
        """
        answer = Intended(
            self._intend(
                _keys(claimed.id),
                id=claimed.id,
                claim=claimed.claim,
                mark=mark,
                at=(claimed.at + timedelta(seconds=time.monotonic() - claimed.began)).timestamp(),
                asked_first=ASKED_FIRST,
            )
        )
        if answer is Intended.GO:
            self._durable.wait(BEFORE_A_SEND, who_of(claimed.id))
        return answer

    def doubtful_since(self, claimed: Claimed, now: datetime) -> datetime | None:
        """Return since when this may have been sent under a claim that Redis lost in a restart or restore, or None.

        If it is not None, check with the carrier before you send.
        """
        return self._restarts.doubtful_since(who_of(claimed.id), claimed.first_due, now)

    def note_restarts(self, now: datetime) -> None:
        """Record which Redis process answers, so that a failover at night is not dated to the next morning."""
        self._restarts.note(now)

    def sent(self, id: str, sid: str) -> None:
        """Store the provider's id, and mark the claim as `sent`."""
        self._moved(id, {"state": "sent", "sid": sid})

    def ended(self, id: str, state: Literal["delivered", "failed", "dropped"], reason: str = "") -> None:
        """End a record as delivered, failed or dropped, with a code or a word as the reason, or none."""
        self._moved(id, {"state": state, "reason": reason} if reason else {"state": state})

    def postpone(self, claimed: Claimed, due: datetime, reason: str, *, counts: bool = False) -> None:
        """Release a claim without a send; the record waits until `due`.

        Whether the attempt `counts` depends on whether the carrier was asked. Does nothing if another worker has
        taken over the claim.
        """
        attempts = claimed.attempts if counts else claimed.attempts - 1
        changes = {"state": "waiting", "due": due.timestamp(), "reason": reason, "attempts": attempts}
        self._moved(claimed.id, changes, claimed.claim)

    def record_status(
        self, id: str, state: Literal["sent", "delivered", "failed"], sid: str, reason: str = ""
    ) -> News:
        """Store a delivery status from the carrier, and return whether it was news.

        While a worker still has the claim the status is only noted, and applies once the worker has stored
        that it sent: otherwise, if the worker died first, nothing would move the person to the reminder's
        question.
        """
        return self._record_status(id, {"state": state, "sid": sid, **({"reason": reason} if reason else {})})

    def not_delivered(
        self, id: str, sid: str, reason: str, dues: Sequence[datetime], sealed: str, *, counted: bool
    ) -> News:
        """Schedule a resend of a text the carrier could not deliver for a temporary reason.

        It is due at the first of `dues` or, if `counted`, at the next one each time; with none left it
        fails. `sealed` is the number again, for a record that has its own. Returns whether this was news.
        """
        again = {"dues": [due.timestamp() for due in dues], "counted": counted, "sealed": sealed}
        return self._record_status(id, {"state": "again", "sid": sid, "reason": reason, **again})

    def line_found(self, id: str, line: LineType, now: datetime, *, done: bool = False) -> None:
        """Store the line type that was found, and remove the record if that was all (`done`).

        Does nothing if the record is gone.
        """
        self._write_line(_keys(id), id=id, line=line, now=now.timestamp(), ttl=LINE_RETENTION, done=done)

    def held(self, id: str) -> bool:
        """Check whether the record still exists: an erasure removes it."""
        with raise_store_busy():
            return bool(self._redis.hexists(Keys(who_of(id)).followups, id))

    def forget(self, id: str) -> None:
        """Remove a record whose work is done and needs no status."""
        keys = Keys(who_of(id))
        with raise_store_busy(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hdel(keys.followups, id)
            pipe.zrem(keys.due, id)
            pipe.execute()

    def records(self, who: str) -> dict[str, dict[str, Any]]:
        """Return all records of a person that can be read, by id."""
        with raise_store_busy():
            lines = self._redis.hgetall(Keys(who).followups)
        found = {str(id): read_record(str(line)) for id, line in lines.items()}
        return {id: record for id, record in found.items() if record is not None}

    def erasing(self, who: str) -> bool:
        """Check whether this person asked for an erasure that is not finished at the carrier."""
        return any(kind_of(id) is RecordKind.ERASE for id in self.records(who))

    def sent_at(self, who: str) -> tuple[datetime, ...]:
        """Return when texts of this person's reminder series were sent, oldest first."""
        return self._left(who, of_series)

    def wanted_at(self, who: str) -> tuple[datetime, ...]:
        """Return when the texts that this person requested in calls were sent, oldest first."""
        return self._left(who, lambda record: record.get("kind") == RecordKind.THIS)

    def _left(self, who: str, of: Callable[[dict[str, Any]], bool]) -> tuple[datetime, ...]:
        left = (
            record["claimed_at"]
            for record in self.records(who).values()
            if record["state"] in ("sent", "delivered") and of(record)
        )
        return tuple(datetime.fromtimestamp(at, UTC) for at in sorted(left))

    def _moved(self, id: str, changes: dict[str, Any], claim: int | None = None) -> None:
        self._move(_keys(id), id=id, changes=changes, claim=claim, asked_first=ASKED_FIRST)

    def _record_status(self, id: str, status: dict[str, Any]) -> News:
        return News(self._status(_keys(id), id=id, status=status, asked_first=ASKED_FIRST))


def _keys(id: str) -> list[str]:
    """Return the keys of the scripts: the person's records, the due set, the person."""
    keys = Keys(who_of(id))
    return [keys.followups, keys.due, keys.person]
