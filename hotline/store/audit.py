"""What people agreed to and when they took it back, row by row: kept apart from conversations, for proof.

Rule 1: a row is written in the turn's commit, once for its event, and never changed.
Rule 2: it holds no number and no words: when, how, which wording of ours in which book, and a name that stands in
        no other key (`Secrets.in_audit`). So DELETE leaves it: without the secret it leads to nobody and to nothing
        else, and it proves that the line kept to the law.
Rule 3: it goes after AUDIT_KEPT.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from redis import Redis

from hotline.conversation.model.events import Consent, Effect, Erase, Event, Refuse, Restart, StopAll
from hotline.conversation.model.session import Session
from hotline.store.connection import told_as_busy
from hotline.store.keys import BUCKETS, Keys, Secrets, audit_key

AUDIT_KEPT = timedelta(days=5 * 365)
"""Claims under the TCPA can be made for four years (28 USC 1658); a year more, for those made late."""

READ_AT_ONCE = 1000

WHAT: Final[dict[type[Effect], str]] = {
    Consent: "yes",
    Refuse: "no",
    StopAll: "stop",
    Restart: "start",
    Erase: "delete",
}
"""The effects that are written down, as they are called in a row. A yes to one text alone is `one text`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One decision. `who` is the person's name in the audit; `wording` is the id of the text that asked, "" where none did; `event` the provider's id of
    the message or the call, with its turn.
    """

    at: str
    who: str
    what: str
    channel: str
    language: str
    wording: str
    book: str
    event: str


def row(who: str, name: str, event: Event, session: Session, effect: Effect) -> Row | None:
    """The row of this effect of `who`, under their name in the audit; None for an effect that decides nothing about
    texts or what is kept. What we tell ourselves is an event with `who` in its id, which is left out.
    """
    what = WHAT.get(type(effect))
    if what is None:
        return None
    one_text = isinstance(effect, Consent) and effect.one_text
    return Row(
        at=event.at.astimezone(UTC).isoformat(timespec="seconds"),
        who=name,
        what="one text" if one_text else what,
        channel=event.channel,
        language=session.language,
        wording=effect.wording if isinstance(effect, Consent) else "",
        book=session.book,
        event=event.id.replace(who, ""),
    )


def written(decided: Row) -> str:
    """A row as it stands in the store: the same each time, so that it stands there once."""
    return json.dumps(asdict(decided), separators=(",", ":"), sort_keys=True)


class Audit:
    """Reads the rows, and ends their time. All raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def rows(self, since: datetime) -> Iterator[Row]:
        """The rows since then, the oldest first."""
        buckets = (self._rows(audit_key(bucket), since) for bucket in range(BUCKETS))
        return heapq.merge(*buckets, key=lambda row: row.at)

    def rows_of(self, who: str, secrets: Secrets, since: datetime) -> Iterator[Row]:
        """Those of one person, the oldest first."""
        name = secrets.in_audit(who)
        return (found for found in self._rows(Keys(who).audit, since) if found.who == name)

    def trim(self, now: datetime) -> int:
        """Removes what is older than AUDIT_KEPT; returns how many rows."""
        oldest = (now - AUDIT_KEPT).timestamp()
        with told_as_busy(), self._redis.pipeline(transaction=False) as pipe:
            for bucket in range(BUCKETS):
                pipe.zremrangebyscore(audit_key(bucket), "-inf", f"({oldest}")
            return sum(pipe.execute())

    def oldest(self) -> datetime | None:
        """When the oldest row was written."""
        with told_as_busy(), self._redis.pipeline(transaction=False) as pipe:
            for bucket in range(BUCKETS):
                pipe.zrange(audit_key(bucket), 0, 0, withscores=True)
            firsts = [score for found in pipe.execute() for _, score in found]
        return datetime.fromtimestamp(min(firsts), UTC) if firsts else None

    def _rows(self, key: str, since: datetime) -> Iterator[Row]:
        start = 0
        while True:
            with told_as_busy():
                lines = self._redis.zrangebyscore(
                    key, since.timestamp(), "+inf", start=start, num=READ_AT_ONCE
                )
            yield from (Row(**json.loads(str(line))) for line in lines)
            if len(lines) < READ_AT_ONCE:
                return
            start += READ_AT_ONCE
