"""Follow-ups as records, and the due set that says when each is looked at next.

Rule 1: states move forward only: waiting -> claimed -> sent -> delivered | failed | dropped. The one
        step back is claimed -> waiting, by the worker that holds the claim, before anything was sent.
Rule 2: a record stays in the due set until it is finished. Whoever takes it pushes it LEASE ahead, so
        a job that is lost with its worker is handed out again, and by claiming nothing is sent twice.
Rule 3: a claim older than CLAIM belongs to a worker that died: what it did is not known, and the
        next worker must look at the carrier before it sends. The record keeps since when that is so,
        over as many workers as it takes, until the follow-up is settled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from redis import Redis

from hotline.conversation.model import Event
from hotline.store.connection import told_as_busy
from hotline.store.keys import BUCKETS, WHO_LENGTH, Keys, due_key

LEASE = timedelta(minutes=2)
"""After being handed out, how long until a follow-up is handed out again if it is not finished."""
CLAIM = timedelta(seconds=90)
"""How long one worker may hold a claim. Longer than any send (10 s to connect and answer)."""
HANDED_OUT = 500
"""At most so many of one bucket at a time, so that no script holds Redis for long."""

TAKE_DUE = """
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], ARGV[2], id) end
return ids
"""

CLAIM_ONE = """
local followups, due, person = unpack(KEYS)
local id, now, stale = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local line = redis.call('HGET', followups, id)
if not line then redis.call('ZREM', due, id) return {} end
local record = cjson.decode(line)
local recovered = record.state == 'claimed' and record.claimed_at <= stale
if record.state ~= 'waiting' and not recovered then
  if record.state ~= 'claimed' then redis.call('ZREM', due, id) end
  return {}
end
record.unsure_since = recovered and (record.unsure_since or record.claimed_at) or nil
record.state, record.claimed_at, record.attempts = 'claimed', now, record.attempts + 1
line = cjson.encode(record)
redis.call('HSET', followups, id, line)
local texting = redis.call('HMGET', person, 'texting', 'language', 'sealed')
return {line, texting[1], texting[2], texting[3]}
"""

MOVE = """
local followups, due = unpack(KEYS)
local id, changes, when_due = ARGV[1], cjson.decode(ARGV[2]), ARGV[3]
local rank = {waiting = 0, claimed = 1, sent = 2, delivered = 3, failed = 3, dropped = 3}
local line = redis.call('HGET', followups, id)
if not line then return 'gone' end
local record = cjson.decode(line)
if ARGV[4] == 'heard' and record.state == 'claimed' then
  record.sid, record.heard = record.sid or changes.sid, changes
  redis.call('HSET', followups, id, cjson.encode(record))
  return 'noted'
end
local back = changes.state == 'waiting' and record.state == 'claimed'
if not back and rank[changes.state] <= rank[record.state] then
  if not record.sid and changes.sid then
    record.sid = changes.sid
    redis.call('HSET', followups, id, cjson.encode(record))
  end
  return 'kept'
end
for field, value in pairs(changes) do record[field] = value end
if record.heard and rank[record.heard.state] > rank[record.state] then
  for field, value in pairs(record.heard) do record[field] = value end
end
if record.state ~= 'claimed' then record.heard = nil end
redis.call('HSET', followups, id, cjson.encode(record))
if back then redis.call('ZADD', due, when_due, id) else redis.call('ZREM', due, id) end
return 'moved'
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A follow-up that this worker alone may send now. `attempts` counts this one. `claimed_before` is
    when the first of the workers that died with it had claimed it, None when none did. `sealed` is
    None when the number is no longer kept.
    """

    id: str
    reminder: str
    due: datetime
    attempts: int
    texting: str | None
    language: str | None
    sealed: str | None
    claimed_before: datetime | None


def new_record(who: str, event: Event, reminder: str, due: datetime) -> dict[str, str | float]:
    """A record as the commit script stores it. Its id is the same for the same event and reminder."""
    mark = hashlib.sha256(f"{event.id} {reminder}".encode()).hexdigest()[:12]
    record = {"reminder": reminder, "state": "waiting", "due": due.timestamp(), "attempts": 0}
    return {"id": f"{who}-{mark}", "record": json.dumps(record), "due": due.timestamp()}


def who_of(followup_id: str) -> str:
    """Whose follow-up this is."""
    return followup_id[:WHO_LENGTH]


class FollowUps:
    """The records, for the clock and the workers."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(TAKE_DUE)
        self._claim = redis.register_script(CLAIM_ONE)
        self._move = redis.register_script(MOVE)

    def take_due(self, now: datetime) -> list[str]:
        """The ids of what is due, each handed out once a LEASE. Raises StoreBusy."""
        args = [now.timestamp(), (now + LEASE).timestamp(), HANDED_OUT]
        with told_as_busy(), self._redis.pipeline(transaction=False) as pipe:
            for bucket in range(BUCKETS):
                self._take(keys=[due_key(bucket)], args=args, client=pipe)
            taken: list[list[str]] = pipe.execute()
        return [id for ids in taken for id in ids]

    def claim(self, id: str, now: datetime) -> Claimed | None:
        """Claims a follow-up for sending. None when it is finished, gone, or another worker's."""
        keys = Keys(who_of(id))
        args: list[str | float] = [id, now.timestamp(), (now - CLAIM).timestamp()]
        with told_as_busy():
            found: list[Any] = self._claim(keys=[keys.followups, keys.due, keys.person], args=args)
        if not found:
            return None
        line, texting, language, sealed = found
        record = json.loads(line)
        unsure_since = record.get("unsure_since")
        tz = now.tzinfo
        return Claimed(
            id=id,
            reminder=record["reminder"],
            due=datetime.fromtimestamp(record["due"], tz),
            attempts=record["attempts"],
            texting=texting,
            language=language,
            sealed=sealed,
            claimed_before=datetime.fromtimestamp(unsure_since, tz) if unsure_since else None,
        )

    def sent(self, id: str, sid: str) -> None:
        """Writes down the provider's id; the claim becomes `sent`."""
        self._moved(id, {"state": "sent", "sid": sid})

    def ended(self, id: str, state: Literal["delivered", "failed", "dropped"], reason: str = "") -> None:
        """Ends a follow-up: delivered, failed or dropped, with a code or a word for why."""
        self._moved(id, {"state": state, "reason": reason} if reason else {"state": state})

    def heard(
        self, id: str, state: Literal["sent", "delivered", "failed"], sid: str, reason: str = ""
    ) -> None:
        """What the carrier told of a text. While a worker still holds the claim it is only noted, and
        counts once the worker has written down that it sent: else, if the worker died before that, nobody
        would move the person to the reminder's question.
        """
        changes = {"state": state, "sid": sid}
        self._moved(id, {**changes, "reason": reason} if reason else changes, heard=True)

    def postpone(self, id: str, due: datetime, reason: str, *, attempts: int) -> None:
        """Gives a claim back: nothing was sent, and the follow-up waits until `due`. `attempts` is how
        many count so far: less than claimed when the carrier was not asked.
        """
        changes = {"state": "waiting", "due": due.timestamp(), "reason": reason, "attempts": attempts}
        self._moved(id, changes, due.timestamp())

    def records(self, who: str) -> dict[str, dict[str, Any]]:
        """All follow-ups of a person, by id."""
        with told_as_busy():
            lines = self._redis.hgetall(Keys(who).followups)
        return {str(id): json.loads(line) for id, line in lines.items()}

    def sent_at(self, who: str) -> tuple[datetime, ...]:
        """When this person's follow-ups left, the oldest first."""
        sent = (record for record in self.records(who).values() if record["state"] in ("sent", "delivered"))
        return tuple(sorted(datetime.fromtimestamp(record["claimed_at"], UTC) for record in sent))

    def waiting_longer_than(self, moment: datetime) -> int:
        """How many follow-ups have been due since before `moment`: more than a few means trouble."""
        with told_as_busy(), self._redis.pipeline(transaction=False) as pipe:
            for bucket in range(BUCKETS):
                pipe.zcount(due_key(bucket), "-inf", moment.timestamp())
            counts: Iterable[int] = pipe.execute()
        return sum(counts)

    def _moved(self, id: str, changes: dict[str, Any], due: float = 0, *, heard: bool = False) -> None:
        keys = Keys(who_of(id))
        args: list[str | float] = [id, json.dumps(changes), due, "heard" if heard else ""]
        with told_as_busy():
            self._move(keys=[keys.followups, keys.due], args=args)
