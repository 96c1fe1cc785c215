"""How far a look at the carrier has come (`workers.reconcile`): what survives the job that was cut.

Rule 1: a look covers the time from `since` to `until`, newest first, in parts (one for each of our numbers, one for the
        recordings). Of each part it is kept how far back it was read; only when all are read to their ends does the
        look count (`heartbeat.INBOX`).
Rule 2: one look at a time, for no longer than a job may run; and no more than one waits in the queue.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from redis import Redis

from hotline.store.connection import told_as_busy

REFUSED = "heartbeat:unlisted"
REFUSED_KEPT = timedelta(days=1)
"""A refusal is met again every few minutes, for as long as it lasts and a worker looks."""
PROGRESS, RUNS, ASKED = "heartbeat:progress", "heartbeat:looks", "heartbeat:look"
KEPT = timedelta(days=7)
"""As far as a look goes back."""
RUNS_FOR = timedelta(seconds=75)
"""A worker that dies holds the look for no longer: a job is cut after a minute."""
LOST_AFTER = timedelta(minutes=2)
"""A look that was asked for and did not begin is asked for again: its queue may be lost."""
ASKED_EVERY = timedelta(seconds=15)
"""A look that came to nothing is asked for again."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A DELETE that was not taken: the text's id, and when it came."""

    sid: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unlisted:
    """The carrier gives no list: its code, and since when."""

    code: int
    since: datetime


@dataclass(slots=True)
class Progress:
    """One look. `began` is when, `read_to` how far back each part was read so far; `empty` counts texts whose words are
    gone; `read_at` is when a page was read last. `deletes` are, by person (`who`), those whose STOP may stand further back.
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
        """Return from when to when is to be read of a part still."""
        return self.since, self.read_to.get(part, self.until)


class Looks:
    """The progress, and who looks. All raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def ask(self) -> bool:
        """Say whether a look is to be put in the queue: none waits there, and none came to nothing just now."""
        with told_as_busy():
            return bool(self._redis.set(ASKED, "asked", nx=True, ex=int(LOST_AFTER.total_seconds())))

    def begin(self) -> bool:
        """Say whether this worker may look. You must call `end` after it."""
        with told_as_busy():
            self._redis.set(ASKED, "asked", ex=int(ASKED_EVERY.total_seconds()))
            return bool(self._redis.set(RUNS, "runs", nx=True, ex=int(RUNS_FOR.total_seconds())))

    def end(self) -> None:
        """Let another worker look."""
        with told_as_busy():
            self._redis.delete(RUNS)

    def progress(self) -> Progress | None:
        """Return the look that is not done, if there is one."""
        with told_as_busy():
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
        """Write down how far a look has come."""
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
        with told_as_busy():
            self._redis.set(PROGRESS, json.dumps(written), ex=int(KEPT.total_seconds()))

    def refuse(self, code: int, now: datetime) -> None:
        """Note that the carrier gives no list until somebody mends something."""
        with told_as_busy(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(REFUSED, "code", str(code))
            pipe.hsetnx(REFUSED, "since", str(now.timestamp()))
            pipe.expire(REFUSED, int(REFUSED_KEPT.total_seconds()))
            pipe.execute()

    def refusal(self) -> Unlisted | None:
        """Return why the carrier gives no list, if it does not."""
        with told_as_busy():
            code, since = self._redis.hmget(REFUSED, ["code", "since"])
        if code is None or since is None:
            return None
        return Unlisted(int(str(code)), _moment(float(str(since))))

    def done(self) -> None:
        """Forget the progress, and any refusal: the look is done."""
        with told_as_busy():
            self._redis.delete(PROGRESS, REFUSED)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
