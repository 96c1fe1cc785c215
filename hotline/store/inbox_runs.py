"""Progress of a reconciliation with the carrier (`workers.reconcile`), stored across jobs.

Rule 1: a run covers the time from `since` to `until`, newest first, in parts (one for each hotline number,
        one for the recordings). How far back each part was read is stored; only when all are read to the
        end does the run count (`heartbeat.INBOX`).
Rule 2: only one run at a time, for no longer than a job may run; and at most one waits in the queue.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from redis import Redis

from hotline.store.connection import raise_store_busy
from hotline.store.leases import acquire
from hotline.store.send_rate import Refusal, read_refusal, store_refusal

REFUSED = "heartbeat:unlisted"
REFUSAL_TTL = timedelta(days=1)
"""While a refusal lasts and a worker runs, it is recorded again every few minutes."""
PROGRESS, RUNS, ASKED = "heartbeat:progress", "heartbeat:looks", "heartbeat:look"
RETENTION = timedelta(days=7)
"""How far back a run goes."""
RUNS_FOR = timedelta(seconds=75)
"""Lock timeout if a worker dies: a job is stopped after a minute."""
LOST_AFTER = timedelta(minutes=2)
"""A queued run that has not begun by then is queued again, because the queue may be lost."""
ASKED_EVERY = timedelta(seconds=15)
"""A run that failed is queued again after this time."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A DELETE that was not processed: the text's id, and when it came."""

    sid: str
    at: datetime


@dataclass(slots=True)
class Progress:
    """Progress of one run.

    `began` is its start, `read_to` how far back each part was read, `done` the parts read to the end;
    `empty` counts texts whose body is gone; `read_at` is when a page was last read. `deletes` are, by
    person (`who`), those whose STOP may be further back.
    """

    began: datetime
    since: datetime
    until: datetime
    read_to: dict[str, datetime] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    empty: int = 0
    read_at: datetime | None = None
    deletes: dict[str, Deleted] = field(default_factory=dict)

    def window(self, part: str) -> tuple[datetime, datetime]:
        """Return the time range of a part that is still unread."""
        return self.since, self.read_to.get(part, self.until)


class InboxRuns:
    """Store the progress and the lock of a run. Every method raises StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def ask(self) -> bool:
        """Check whether to queue a run, and if so reserve it: none is queued or began just now."""
        return acquire(self._redis, ASKED, LOST_AFTER)

    def begin(self) -> bool:
        """Acquire the lock of a run, and return False if another worker has it. Call `end` after it."""
        with raise_store_busy():
            self._redis.set(ASKED, 1, ex=ASKED_EVERY)
        return acquire(self._redis, RUNS, RUNS_FOR)

    def end(self) -> None:
        """Release the lock."""
        with raise_store_busy():
            self._redis.delete(RUNS)

    def progress(self) -> Progress | None:
        """Return the run that is not done, or None."""
        with raise_store_busy():
            written = self._redis.get(PROGRESS)
        if not written:
            return None
        given = json.loads(str(written))
        return Progress(
            began=_moment(given["began"]),
            since=_moment(given["since"]),
            until=_moment(given["until"]),
            read_to={part: _moment(at) for part, at in given["read_to"].items()},
            done=given["done"],
            empty=given["empty"],
            read_at=_moment(given["read_at"]) if given["read_at"] else None,
            deletes={who: Deleted(sid, _moment(at)) for who, (sid, at) in given.get("deletes", {}).items()},
        )

    def keep(self, progress: Progress) -> None:
        """Store the progress of a run."""
        written = {
            "began": progress.began.timestamp(),
            "since": progress.since.timestamp(),
            "until": progress.until.timestamp(),
            "read_to": {part: at.timestamp() for part, at in progress.read_to.items()},
            "done": progress.done,
            "empty": progress.empty,
            "read_at": progress.read_at.timestamp() if progress.read_at else None,
            "deletes": {who: (each.sid, each.at.timestamp()) for who, each in progress.deletes.items()},
        }
        with raise_store_busy():
            self._redis.set(PROGRESS, json.dumps(written), ex=RETENTION)

    def refuse(self, code: int, now: datetime) -> None:
        """Store that the carrier refuses to list until the cause is fixed."""
        store_refusal(self._redis, REFUSED, code, now, REFUSAL_TTL)

    def refusal(self) -> Refusal | None:
        """Return why the carrier refuses to list, or None if it does not."""
        return read_refusal(self._redis, REFUSED)

    def done(self) -> None:
        """Delete the progress and any refusal: the run is done."""
        with raise_store_busy():
            self._redis.delete(PROGRESS)
            self._redis.delete(REFUSED)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
