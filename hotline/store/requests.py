"""Requests for a person, as records that the staff see: a call back asked for, or a voicemail left.

Rule 1: a record holds when, how and in which language, and none of the parent's words. Those of a
        voicemail stay at the carrier; the record has its id alone.
Rule 2: a newer request for a call back takes the place of the same person's older one, and stands in its place in
        the line: since when they wait, and who was told of it (`notices`). A voicemail is never replaced: each has
        words of its own.
Rule 3: what is done can be undone for a day, and is then removed, with its number, its recording and its notes
        (`request_work`). What nobody has done is kept for KEPT.

A record is written by the turn's commit script (KEEP_REQUEST is the part of it that does so), which also
removes all of a person's when they ask for it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redis import Redis

from hotline.conversation.model.events import AskPerson, Event
from hotline.store.connection import told_as_busy
from hotline.store.keys import BUCKETS, WHO_LENGTH, Keys, finished_key, requested_key

KEPT = timedelta(days=90)
"""What nobody has done by then is nobody's to do any more."""

EXPIRES_AFTER = KEPT + timedelta(days=7)
"""The net under `old` and `drop`, for when no worker runs."""

SHOWN = 200
"""At most so many of those that wait, the oldest: more than a day's work for five people."""

REQUEST_ID = re.compile(rf"[0-9a-f]{{{WHO_LENGTH}}}-[0-9a-f]{{12}}")

KEEP_REQUEST = """
local function keep_request(requests, requested, new, ttl)
  if redis.call('HEXISTS', requests, new.id) == 1 then return end
  local record = cjson.decode(new.record)
  if record.recording == '' then
    local all = redis.call('HGETALL', requests)
    for i = 1, #all, 2 do
      local earlier = cjson.decode(all[i + 1])
      if earlier.recording == '' and earlier.done == '' then
        record.since = math.min(earlier.since or earlier.at, record.since)
        record.notices = earlier.notices
        record.claimed_by, record.notes = earlier.claimed_by, earlier.notes
        redis.call('HDEL', requests, all[i])
        redis.call('ZREM', requested, all[i])
      end
    end
  end
  redis.call('HSET', requests, new.id, cjson.encode(record))
  redis.call('ZADD', requested, new.at, new.id)
  redis.call('EXPIRE', requests, ttl)
end
"""
"""Lua: writes what `new_request` gave, once, by Rule 2. `ttl` is EXPIRES_AFTER in seconds."""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody of the staff wrote about a request, sealed as numbers are."""

    at: datetime
    by: str
    sealed: str


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `when` is the name of a good time, `recording` the carrier's id of a voicemail, `us_state`
    a state's code, `sealed` the number; each "" where there is none. `done` is None while it waits. `since` is when
    the person first asked, `notices` what `store.notices` wrote of whom the center was told through. `claimed_by` is
    who works on it, `result` what came of it and `done_by` who said so; each "" where there is none.
    """

    id: str
    at: datetime
    language: str
    channel: str
    when: str
    recording: str
    us_state: str
    sealed: str
    done: datetime | None
    since: datetime
    notices: tuple[tuple[str, str | float], ...] = ()
    claimed_by: str = ""
    notes: tuple[Note, ...] = ()
    result: str = ""
    done_by: str = ""


def new_request(
    who: str, event: Event, language: str, effect: AskPerson, sealed: str, us_state: str
) -> dict[str, str | float]:
    """A record as `keep_request` stores it. Its id is the same for the same event. `sealed` is "" for a
    hidden number.
    """
    record = {
        "at": event.at.timestamp(),
        "since": event.at.timestamp(),
        "language": language,
        "channel": event.channel,
        "when": effect.when,
        "recording": effect.recording,
        "us_state": us_state,
        "sealed": sealed,
        "done": "",
    }
    mark = hashlib.sha256(event.id.encode()).hexdigest()[:12]
    return {"id": f"{who}-{mark}", "record": json.dumps(record), "at": event.at.timestamp()}


class Requests:
    """The records, for the desk and the workers. All raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def waiting(self) -> list[Request]:
        """Those that nobody has done yet, the oldest first, at most SHOWN."""
        return self._until("+inf")[0]

    def unreadable(self) -> int:
        """How many of those that wait cannot be read, and are left out of all else."""
        return self._until("+inf")[1]

    def old(self, now: datetime) -> list[Request]:
        """Those that have waited for longer than KEPT. You must delete their recordings, then `drop` them."""
        return self._until(str((now - KEPT).timestamp()))[0]

    def finished(self, until: datetime | None = None) -> list[Request]:
        """Return those that are done, until then or all, the oldest first, at most SHOWN."""
        return self._until(str(until.timestamp()) if until else "+inf", finished_key)[0]

    def get(self, id: str) -> Request | None:
        """The request of this id, also one that is done. None when there is none."""
        line = self.line(id)
        return read_request(id, line) if line else None

    def line(self, id: str) -> str | None:
        """Return the record of this id as it stands in the store; None when there is none."""
        if not REQUEST_ID.fullmatch(id):
            return None
        with told_as_busy():
            line = self._redis.hget(keys_of(id).requests, id)
        return str(line) if line else None

    def lists(self, who: str, recording: str) -> bool:
        """Whether a request of this person, waiting or done, is for this recording. One that is done has none."""
        with told_as_busy():
            lines = self._redis.hvals(Keys(who).requests)
        return any(json.loads(line)["recording"] == recording for line in lines)

    def drop(self, id: str) -> None:
        """Removes a request. Safe to call twice."""
        keys = keys_of(id)
        with told_as_busy(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hdel(keys.requests, id)
            pipe.zrem(keys.requested, id)
            pipe.zrem(keys.finished, id)
            pipe.execute()

    def _until(self, latest: str, listed: Callable[[int], str] = requested_key) -> tuple[list[Request], int]:
        """Those on these lists until then, and how many cannot be read. What has expired is taken off the list."""
        with told_as_busy(), self._redis.pipeline(transaction=False) as pipe:
            for bucket in range(BUCKETS):
                pipe.zrange(
                    listed(bucket), "-inf", latest, byscore=True, offset=0, num=SHOWN, withscores=True
                )
            made = sorted((at, str(id)) for bucket in pipe.execute() for id, at in bucket)
            ours = [id for _, id in made if REQUEST_ID.fullmatch(id)]
            ids = ours[:SHOWN]
            for id in ids:
                pipe.hget(keys_of(id).requests, id)
            lines: dict[str, str | None] = dict(zip(ids, pipe.execute(), strict=True))
            for id in (id for id, line in lines.items() if line is None):
                pipe.zrem(listed(keys_of(id).bucket), id)
            pipe.execute()
        read = [read_request(id, line) for id, line in lines.items() if line]
        found = [request for request in read if request is not None]
        return found, len(made) - len(ours) + len(read) - len(found)


def keys_of(id: str) -> Keys:
    """The keys of the person whose request this is."""
    return Keys(id[:WHO_LENGTH])


def read_request(id: str, line: str) -> Request | None:
    """The request; None for one that cannot be read."""
    try:
        return _read(id, line)
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None


def _read(id: str, line: str) -> Request:
    record = json.loads(line)
    return Request(
        id=id,
        at=_moment(record["at"]),
        language=record["language"],
        channel=record["channel"],
        when=record["when"],
        recording=record["recording"],
        us_state=record["us_state"],
        sealed=record["sealed"],
        done=_moment(record["done"]) if record["done"] else None,
        since=_moment(record.get("since") or record["at"]),
        notices=tuple(dict(record.get("notices") or {}).items()),
        claimed_by=record.get("claimed_by") or "",
        notes=tuple(Note(_moment(at), by, sealed) for at, by, sealed in record.get("notes") or ()),
        result=record.get("result") or "",
        done_by=record.get("done_by") or "",
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
