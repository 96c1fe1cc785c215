"""What the staff do with a request for a person: take it, write a note, release it, finish it, undo that.

Rule 1: a request is changed by compare-and-set: of two people who take one at the same moment one has it.
Rule 2: only who has taken a request sees its number (`web.desk`), writes notes and finishes it.
Rule 3: what is done can be undone for UNDO_FOR. Then a worker removes it with its number, recording and notes, and a row
        of the history is left: what came of it, and nothing that leads to the person.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from redis import Redis

from hotline.store.connection import StoreBusy, told_as_busy
from hotline.store.keys import Secrets
from hotline.store.requests import Request, Requests, keys_of, read_request

UNDO_FOR = timedelta(days=1)

HISTORY: Final = "{desk}:history"
"""Sorted set: rows by when the request was done."""

HISTORY_KEPT = timedelta(days=400)
"""As long as the figures of a day."""

MOST_NOTES, LONGEST_NOTE = 20, 1000

TRIES: Final = 8

MARK_LENGTH: Final = 12

CHANGE: Final = """
local requests, requested, finished = unpack(KEYS)
local id, before, after, waits, done = unpack(ARGV)
if redis.call('HGET', requests, id) ~= before then return 0 end
redis.call('HSET', requests, id, after)
redis.call('ZREM', waits ~= '' and finished or requested, id)
if waits ~= '' then
  redis.call('ZADD', requested, waits, id)
else
  redis.call('ZADD', finished, done, id)
end
return 1
"""
"""KEYS: the person's requests; those that wait and those that are done. ARGV: the id, the record as it was read and the
new one; since when it waits or "", and when it was done or ""."""


class Result(StrEnum):
    """What came of a request."""

    TALKED = "talked"
    LEFT_MESSAGE = "left_message"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    REFERRED = "referred"
    OTHER = "other"


class Refused(Exception):
    """The request is not as whoever asked thought: `why` is gone, taken, not_yours, already, late or full."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Past:
    """A row of the history. `mark` is what the audit calls the request; `waited` is in seconds."""

    done: float
    waited: int
    language: str
    us_state: str
    message: bool
    result: str
    by: str
    mark: str

    @property
    def done_at(self) -> datetime:
        """When it was done."""
        return datetime.fromtimestamp(self.done, UTC)


def mark_of_request(secrets: Secrets, id: str) -> str:
    """Return what the audit and the history call a request: it leads to nobody."""
    return secrets.mark(f"request {id}")[:MARK_LENGTH]


class RequestWork:
    """Change requests. Every method raises StoreBusy, and Refused where the request is not as it should be."""

    def __init__(self, redis: Redis, secrets: Secrets) -> None:
        self._redis, self._secrets, self._requests = redis, secrets, Requests(redis)
        self._change = redis.register_script(CHANGE)

    def claim(self, id: str, by: str) -> None:
        """Take a request. Taking one's own again changes nothing."""

        def take(request: Request, record: dict[str, Any]) -> None:
            _need_waiting(request)
            if request.claimed_by not in ("", by):
                raise Refused("taken")
            record["claimed_by"] = by

        self._put(id, take)

    def release(self, id: str, by: str, *, of_anybody: bool = False) -> None:
        """Give a request back, for others to take; `of_anybody` also one that another has taken."""

        def give(request: Request, record: dict[str, Any]) -> None:
            _need_waiting(request)
            if not of_anybody:
                _need_own(request, by)
            record["claimed_by"] = ""

        self._put(id, give)

    def note(self, id: str, by: str, words: str, now: datetime) -> None:
        """Add a note, sealed, of at most LONGEST_NOTE characters."""
        sealed = self._secrets.seal(words[:LONGEST_NOTE])

        def add(request: Request, record: dict[str, Any]) -> None:
            _need_waiting(request)
            _need_own(request, by)
            if len(request.notes) >= MOST_NOTES:
                raise Refused("full")
            record["notes"] = [*(record.get("notes") or ()), [now.timestamp(), by, sealed]]

        self._put(id, add)

    def finish(self, id: str, by: str, result: Result, now: datetime) -> None:
        """Mark a request as done."""

        def end(request: Request, record: dict[str, Any]) -> None:
            _need_waiting(request)
            _need_own(request, by)
            record |= {"done": now.timestamp(), "done_by": by, "result": result.value}

        self._put(id, end)

    def undo(self, id: str, by: str, now: datetime) -> None:
        """Let a request that is done wait again, as taken by whoever undoes it."""

        def back(request: Request, record: dict[str, Any]) -> None:
            if request.done is None:
                raise Refused("already")
            if now - request.done >= UNDO_FOR:
                raise Refused("late")
            record |= {"done": "", "done_by": "", "result": "", "claimed_by": by}

        self._put(id, back)

    def over(self, now: datetime) -> list[Request]:
        """Return those that were done UNDO_FOR ago. You must delete their recordings, then `retire` them."""
        return self._requests.finished(now - UNDO_FOR)

    def retire(self, request: Request) -> None:
        """Remove a request that is done, and leave a row of the history. Safe to call twice."""
        if request.done is not None:
            row = Past(
                done=request.done.timestamp(),
                waited=int((request.done - request.since).total_seconds()),
                language=request.language,
                us_state=request.us_state,
                message=bool(request.recording),
                result=request.result,
                by=request.done_by,
                mark=mark_of_request(self._secrets, request.id),
            )
            written = json.dumps(asdict(row), sort_keys=True)
            oldest = (request.done - HISTORY_KEPT).timestamp()
            with told_as_busy(), self._redis.pipeline(transaction=True) as pipe:
                pipe.zadd(HISTORY, {written: row.done})
                pipe.zremrangebyscore(HISTORY, "-inf", oldest)
                pipe.expire(HISTORY, int(HISTORY_KEPT.total_seconds()))
                pipe.execute()
        self._requests.drop(request.id)

    def history(self, most: int) -> list[Past]:
        """Return the latest rows of the history, the newest first."""
        with told_as_busy():
            lines = self._redis.zrange(HISTORY, 0, most - 1, desc=True)
        return [Past(**json.loads(str(line))) for line in lines]

    def notes(self, request: Request) -> list[tuple[datetime, str, str | None]]:
        """Return the notes: when, by whom, and the words; None where no secret opens them."""
        return [(note.at, note.by, self._secrets.unseal(note.sealed)) for note in request.notes]

    def _put(self, id: str, change: Callable[[Request, dict[str, Any]], None]) -> None:
        """Change the record, and its place in the lists; again where somebody else changed it meanwhile."""
        for _ in range(TRIES):
            line = self._requests.line(id)
            request = read_request(id, line) if line else None
            if line is None or request is None:
                raise Refused("gone")
            record = json.loads(line)
            change(request, record)
            keys, done = keys_of(id), record["done"]
            with told_as_busy():
                changed = self._change(
                    keys=[keys.requests, keys.requested, keys.finished],
                    args=[id, line, json.dumps(record), "" if done else record["at"], done],
                )
            if changed:
                return
        raise StoreBusy("conflicts")


def _need_waiting(request: Request) -> None:
    if request.done is not None:
        raise Refused("already")


def _need_own(request: Request, by: str) -> None:
    if request.claimed_by != by:
        raise Refused("taken" if request.claimed_by else "not_yours")
