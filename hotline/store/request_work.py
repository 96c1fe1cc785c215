"""Staff actions on a request for a person: claim, note, release, finish, undo.

Rule 1: a request is changed by compare-and-set: if two people claim one at the same moment, one gets it.
Rule 2: only the person who claimed a request sees its number (`web.desk`), writes notes and finishes it. A claim
        of a name that has no account, or that is older than a working day, may be taken over (`web.desk.claimed`).
Rule 3: a finished request can be undone for UNDO_FOR. Then a worker deletes it with its number, recording
        and notes, and adds a row to the history: the result, and nothing that identifies the person.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from redis import Redis

from hotline.conversation.model.events import ReachBy
from hotline.store.connection import StoreBusy, raise_store_busy
from hotline.store.followup_record import New
from hotline.store.keys import Secrets
from hotline.store.lua import Script
from hotline.store.requests import Request, Requests, keys_of, read_request
from hotline.store.turns import PERSON_TTL

UNDO_FOR = timedelta(days=1)

HISTORY: Final = "{desk}:history"
"""Sorted set of rows, scored by when the request was finished."""

HISTORY_RETENTION = timedelta(days=400)
"""Retention of the history, the same as for daily figures."""

MOST_NOTES, LONGEST_NOTE = 20, 1000

TRIES: Final = 8

MARK_LENGTH: Final = 12

STOPPED: Final = -1
"""Reply of the script for a text to a person who has opted out."""

Change = Callable[[Request, dict[str, Any]], None]
"""Changes the record in place, or raises Refused."""


class Result(StrEnum):
    """The outcome of a request."""

    TALKED = "talked"
    TEXTED = "texted"
    LEFT_MESSAGE = "left_message"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    REFERRED = "referred"
    OTHER = "other"


class Refused(Exception):
    """A request does not allow the action.

    `why` is gone, taken, not_yours, already, late, full or long; of a call or text also hidden, calling, often,
    busy_line, stopped or texted.
    """

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Past:
    """A row of the history. `mark` identifies the request in the audit; `waited` is in seconds."""

    done: float
    waited: int
    language: str
    us_state: str
    wish: ReachBy
    result: str
    by: str
    mark: str

    @property
    def done_at(self) -> datetime:
        """When the request was finished, in UTC."""
        return datetime.fromtimestamp(self.done, UTC)


def mark_of_request(secrets: Secrets, id: str) -> str:
    """Return the keyed hash that identifies a request, but no person, in the audit and history."""
    return secrets.mark(f"request {id}")[:MARK_LENGTH]


class RequestWork:
    """Changes requests. Methods raise StoreBusy; Refused if the request does not allow the change."""

    def __init__(self, redis: Redis, secrets: Secrets) -> None:
        self._redis, self._secrets, self._requests = redis, secrets, Requests(redis)
        self._change = Script(redis, "change_request")

    def claim(
        self, id: str, by: str, now: datetime, *, may_take_over: Callable[[Request], bool] = lambda _: False
    ) -> None:
        """Claim a request for `by`; idempotent.

        Raises Refused if it is claimed by another, unless `may_take_over` returns True.
        """

        def take(request: Request, record: dict[str, Any]) -> None:
            need_waiting(request)
            if request.claimed_by == by:
                return
            if request.claimed_by and not may_take_over(request):
                raise Refused("taken")
            record |= {"claimed_by": by, "claimed_at": now.timestamp()}

        self.change(id, take)

    def release(self, id: str, by: str, *, of_anyone: bool = False) -> None:
        """Release a request that `by` claimed or, if `of_anyone`, anyone claimed."""

        def give(request: Request, record: dict[str, Any]) -> None:
            need_waiting(request)
            if not of_anyone:
                need_own(request, by)
            record["claimed_by"] = ""

        self.change(id, give)

    def release_all(self, by: str) -> int:
        """Release the waiting requests that `by` claimed, as when they leave, and return how many there were."""
        released = 0
        for request in self._requests.waiting():
            with suppress(Refused):
                if request.claimed_by == by:
                    self.release(request.id, by)
                    released += 1
        return released

    def note(self, id: str, by: str, words: str, now: datetime) -> None:
        """Add a sealed note. Raises Refused at MOST_NOTES, and for one longer than LONGEST_NOTE characters."""
        if len(words) > LONGEST_NOTE:
            raise Refused("long")
        sealed = self._secrets.seal(words)

        def add(request: Request, record: dict[str, Any]) -> None:
            need_waiting(request)
            need_own(request, by)
            if len(request.notes) >= MOST_NOTES:
                raise Refused("full")
            record["notes"] = [*(record.get("notes") or ()), [now.timestamp(), by, sealed]]

        self.change(id, add)

    def finish(self, id: str, by: str, result: Result, now: datetime) -> None:
        """Mark a request that `by` claimed as finished."""

        def end(request: Request, record: dict[str, Any]) -> None:
            need_waiting(request)
            need_own(request, by)
            record |= {"done": now.timestamp(), "done_by": by, "result": result.value}

        self.change(id, end)

    def undo(self, id: str, by: str, now: datetime) -> None:
        """Reopen a finished request, claimed by `by`. Raises Refused after UNDO_FOR."""

        def back(request: Request, record: dict[str, Any]) -> None:
            if request.done is None:
                raise Refused("open")
            if now - request.done >= UNDO_FOR:
                raise Refused("late")
            record |= {"done": "", "done_by": "", "result": ""}
            record |= {"claimed_by": by, "claimed_at": now.timestamp()}

        self.change(id, back)

    def over(self, now: datetime) -> list[Request]:
        """Return requests finished UNDO_FOR ago or earlier. Delete their recordings, then `retire` them."""
        return self._requests.finished(now - UNDO_FOR)

    def retire(self, request: Request) -> None:
        """Delete a request and, if it was finished, add a row to the history. Idempotent."""
        if request.done is not None:
            row = Past(
                done=request.done.timestamp(),
                waited=int((request.done - request.since).total_seconds()),
                language=request.language,
                us_state=request.us_state,
                wish=request.by,
                result=request.result,
                by=request.done_by,
                mark=mark_of_request(self._secrets, request.id),
            )
            written = json.dumps(asdict(row), sort_keys=True)
            oldest = (request.done - HISTORY_RETENTION).timestamp()
            with raise_store_busy(), self._redis.pipeline(transaction=True) as pipe:
                pipe.zadd(HISTORY, {written: row.done})
                pipe.zremrangebyscore(HISTORY, "-inf", oldest)
                pipe.expire(HISTORY, HISTORY_RETENTION)
                pipe.execute()
        self._requests.drop(request.id)

    def history(self, most: int) -> list[Past]:
        """Return at most `most` rows of the history, newest first."""
        with raise_store_busy():
            lines = self._redis.zrange(HISTORY, 0, most - 1, desc=True)
        rows = (json.loads(str(line)) for line in lines)
        return [Past(**{**row, "wish": ReachBy(row["wish"])}) for row in rows]

    def notes(self, request: Request) -> list[tuple[datetime, str, str | None]]:
        """Return the notes as time, author and text; the text is None if no secret decrypts it."""
        return [(note.at, note.by, self._secrets.unseal(note.sealed)) for note in request.notes]

    def change(self, id: str, change: Change, followup: New | None = None) -> None:
        """Change a record and its place in the lists, retrying up to TRIES times on a conflict.

        `followup` is a text to the parent, stored with it; Refused("stopped") if the parent texted STOP.
        """
        for _ in range(TRIES):
            line = self._requests.line(id)
            request = read_request(id, line) if line else None
            if line is None or request is None:
                raise Refused("gone")
            record = json.loads(line)
            change(request, record)
            keys, done = keys_of(id), record["done"]
            text = None
            if followup:
                text = {"id": followup.id, "record": followup.record, "due": followup.due, "ttl": PERSON_TTL}
            changed = self._change(
                [keys.requests, keys.requested, keys.finished, keys.followups, keys.due, keys.person],
                id=id,
                before=line,
                after=json.dumps(record),
                waits_since=None if done else record["at"],
                done=done or None,
                text=text,
            )
            if changed == STOPPED:
                raise Refused("stopped")
            if changed:
                return
        raise StoreBusy("conflicts")


def need_waiting(request: Request) -> None:
    """Raise Refused if the request is finished."""
    if request.done is not None:
        raise Refused("already")


def need_own(request: Request, by: str) -> None:
    """Raise Refused unless `by` has claimed the request."""
    if request.claimed_by != by:
        raise Refused("taken" if request.claimed_by else "not_yours")
