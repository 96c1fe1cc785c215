"""Requests for a person, as records for the staff: a requested call back or a voicemail.

Rule 1: a record contains when, how, in which language and from what line, and whether there were signs of danger; of the
        parent's text or speech only how they named a good time, sealed. A voicemail stays at the carrier; the record has
        only its id.
Rule 2: a newer request for a call back replaces the same person's older one, and inherits its waiting time
        and the notices sent (`notices`). A voicemail is never replaced: each has its own content.
Rule 3: a finished request can be undone for a day, and is then deleted with its number, recording and notes
        (`request_work`). An unfinished one is stored for RETENTION.

The turn's commit script writes the records (its part `store_request`), and deletes all of a person's when they
ask.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from redis import Redis

from hotline.conversation.model.events import AskPerson, Event, LineType, ReachBy, Texting
from hotline.conversation.model.session import Session
from hotline.store.connection import raise_store_busy
from hotline.store.followup_record import who_of
from hotline.store.keys import WHO_LENGTH, Keys, bucket_key
from hotline.store.nodes import of_buckets

RETENTION = timedelta(days=90)
"""Requests not finished in this time are dropped."""

EXPIRES_AFTER = RETENTION + timedelta(days=7)
"""TTL as a safety net for `old` and `drop`, for when no worker runs."""

BY_HAND: Final = "by_hand"
"""Replaces a good time: a planned text could not be sent, so the staff contact the parent by hand (`workers.set_aside`)."""

SHOWN = 200
"""Maximum number of waiting requests listed, oldest first: over a day's work for five people."""

REQUEST_ID = re.compile(rf"[0-9a-f]{{{WHO_LENGTH}}}-[0-9a-f]{{12}}")


@dataclass(frozen=True, slots=True)
class Note:
    """A staff note on a request, sealed like a number."""

    at: datetime
    by: str
    sealed: str


@dataclass(frozen=True, slots=True)
class CallBack:
    """A callback through the hotline (`request_calls`).

    `token` identifies it in our URLs, `phone` is a keyed mark of the staff phone, `leg` the carrier's id of
    the call to that phone, "" until it is answered.
    """

    at: datetime
    by: str
    token: str
    phone: str
    leg: str
    state: str


@dataclass(frozen=True, slots=True)
class TextBack:
    """A text that the staff sent to the parent (`request_texts`); `followup` is its record's id."""

    at: datetime
    by: str
    followup: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a person.

    `language` is the one in which the parent used the hotline, `tongue` another that they named as theirs (a table
    of lexicon/others.toml), `line` whether their phone takes texts, and `stopped` whether they ended ours.
    `when` is the name of a good time, `words` the sealed words in which the parent named it, `by` how the parent wants to be reached, `urgent` whether there were signs of danger, `recording` the carrier's id of a voicemail, `us_state` a state code,
    `sealed` the sealed number, `claimed_by` the staff member who works on it, since `claimed_at`, `result` the outcome and
    `done_by` who entered it; each "" if absent. `done` is None while it waits. `since` is when the person
    first asked; `notices` is written by `store.notices`. `ours` is the hotline number that the parent used,
    "" if unknown.
    """

    id: str
    at: datetime
    language: str
    channel: str
    when: str
    recording: str
    us_state: str
    sealed: str
    by: ReachBy
    urgent: bool
    done: datetime | None
    since: datetime
    notices: tuple[tuple[str, str | float], ...] = ()
    claimed_by: str = ""
    claimed_at: datetime | None = None
    notes: tuple[Note, ...] = ()
    result: str = ""
    done_by: str = ""
    ours: str = ""
    tongue: str = ""
    line: LineType = LineType.UNKNOWN
    stopped: bool = False
    words: str = ""
    calls: tuple[CallBack, ...] = ()
    texts: tuple[TextBack, ...] = ()


def new_request(
    who: str,
    event: Event,
    session: Session,
    effect: AskPerson,
    sealed: str,
    us_state: str,
    words: str,
) -> dict[str, str | float]:
    """Return a record for `store_request`; its id is the same for the same event.

    `session` is the one after the event; `sealed` is "" for a hidden number, `words` are the effect's, sealed.
    """
    record = {
        "at": event.at.timestamp(),
        "since": event.at.timestamp(),
        "language": session.language,
        "channel": event.channel,
        "when": effect.when,
        "recording": effect.recording,
        "by": ReachBy.MESSAGE if effect.recording else effect.by,
        "us_state": us_state,
        "sealed": sealed,
        **({"urgent": True} if effect.urgent else {}),
        **({"words": words} if words else {}),
        "done": "",
        **({"ours": event.ours} if event.ours else {}),
        **({"tongue": session.tongue} if session.tongue else {}),
        **({"line": session.line} if session.line is not LineType.UNKNOWN else {}),
        **({"stopped": True} if session.texting is Texting.STOPPED else {}),
    }
    mark = hashlib.sha256(event.id.encode()).hexdigest()[:12]
    return {"id": f"{who}-{mark}", "record": json.dumps(record), "at": event.at.timestamp()}


class Requests:
    """The stored requests, for the desk and the workers. All methods raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def waiting(self) -> list[Request]:
        """Return unfinished requests, oldest first, at most SHOWN."""
        return self._until("+inf")[0]

    def unreadable(self) -> int:
        """Return how many waiting requests cannot be parsed; all other methods leave them out."""
        return self._until("+inf")[1]

    def old(self, now: datetime) -> list[Request]:
        """Return requests waiting longer than RETENTION. Delete their recordings, then `drop` them."""
        return self._until(str((now - RETENTION).timestamp()))[0]

    def finished(self, until: datetime | None = None) -> list[Request]:
        """Return requests finished by `until`, or all finished ones, oldest first, at most SHOWN."""
        return self._until(str(until.timestamp()) if until else "+inf", "finished")[0]

    def get(self, id: str) -> Request | None:
        """Return the request with this id, waiting or finished; None if missing or unreadable."""
        line = self.line(id)
        return read_request(id, line) if line else None

    def line(self, id: str) -> str | None:
        """Return the stored JSON of a request; None if there is none."""
        if not REQUEST_ID.fullmatch(id):
            return None
        with raise_store_busy():
            line = self._redis.hget(keys_of(id).requests, id)
        return str(line) if line else None

    def of(self, who: str) -> list[Request]:
        """Return the readable requests of a person, waiting or finished."""
        with raise_store_busy():
            lines = self._redis.hgetall(Keys(who).requests)
        read = (read_request(str(id), str(line)) for id, line in lines.items())
        return [request for request in read if request is not None]

    def may_be_called(self, request: Request) -> bool:
        """Return whether the parent of a request has not asked, last of all, to be texted and not called."""
        wishes = [each for each in self.of(keys_of(request.id).who) if each.by is not ReachBy.MESSAGE]
        return not wishes or max(wishes, key=lambda each: each.at).by is not ReachBy.TEXT

    def with_text(self, followup: str) -> Request | None:
        """Return the request of a text from the staff, by the id of its follow-up; None if it is gone.

        A newer request of the same parent takes the text over.
        """
        texted = (
            each for each in self.of(who_of(followup)) if any(t.followup == followup for t in each.texts)
        )
        return next(texted, None)

    def drop(self, id: str) -> None:
        """Delete a request. Idempotent."""
        keys = keys_of(id)
        with raise_store_busy(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hdel(keys.requests, id)
            pipe.zrem(keys.requested, id)
            pipe.zrem(keys.finished, id)
            pipe.execute()

    def _until(self, latest: str, listed: str = "requested") -> tuple[list[Request], int]:
        """Return the requests listed up to `latest`, and how many are unreadable; unlist expired ones."""

        def ask(pipe: Redis, bucket: int) -> None:
            key = bucket_key(bucket, listed)
            pipe.zrange(key, "-inf", latest, byscore=True, offset=0, num=SHOWN, withscores=True)

        made = sorted((at, str(id)) for found in of_buckets(self._redis, ask) for id, at in found)
        ours = [id for _, id in made if REQUEST_ID.fullmatch(id)]
        ids = ours[:SHOWN]
        with raise_store_busy(), self._redis.pipeline(transaction=False) as pipe:
            for id in ids:
                pipe.hget(keys_of(id).requests, id)
            lines: dict[str, str | None] = dict(zip(ids, pipe.execute(), strict=True))
            for id in (id for id, line in lines.items() if line is None):
                pipe.zrem(keys_of(id).beside(listed), id)
            pipe.execute()
        read = [read_request(id, line) for id, line in lines.items() if line]
        found = [request for request in read if request is not None]
        return found, len(made) - len(ours) + len(read) - len(found)


def keys_of(id: str) -> Keys:
    """Return the keys of the person who made this request."""
    return Keys(id[:WHO_LENGTH])


def read_request(id: str, line: str) -> Request | None:
    """Parse a request; return None if it cannot be parsed."""
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
        by=ReachBy(record["by"]),
        urgent=bool(record.get("urgent")),
        done=_moment(record["done"]) if record["done"] else None,
        since=_moment(record["since"]),
        notices=tuple(dict(record.get("notices") or {}).items()),
        claimed_by=record.get("claimed_by") or "",
        claimed_at=_moment(record.get("claimed_at") or record["at"]) if record.get("claimed_by") else None,
        notes=tuple(Note(_moment(at), by, sealed) for at, by, sealed in record.get("notes") or ()),
        result=record.get("result") or "",
        done_by=record.get("done_by") or "",
        ours=record.get("ours") or "",
        tongue=record.get("tongue") or "",
        line=LineType(record.get("line") or LineType.UNKNOWN),
        stopped=bool(record.get("stopped")),
        words=record.get("words") or "",
        calls=tuple(CallBack(_moment(at), *map(str, others)) for at, *others in record.get("calls") or ()),
        texts=tuple(TextBack(_moment(at), by, id) for at, by, id in record.get("texts") or ()),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
