"""Audit rows of consents and opt-outs, stored apart from conversations as proof.

Rule 1: a row is written in the turn's commit, once per event, and never changed.
Rule 2: a row has no number and no message text: only when, how, which wording of which book, and a name
        that appears in no other key (`Secrets.in_audit`). So DELETE does not remove it: without the secret it
        identifies no one, and it proves that the hotline obeyed the law.
Rule 3: a row is removed after AUDIT_RETENTION.
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
from hotline.store.connection import raise_store_busy
from hotline.store.keys import BUCKETS, Keys, Secrets, bucket_key
from hotline.store.nodes import of_buckets

AUDIT_RETENTION = timedelta(days=5 * 365)
"""TCPA claims can be made for four years (28 USC 1658); one more year covers late ones."""

READ_AT_ONCE = 1000

WHAT: Final[dict[type[Effect], str]] = {
    Consent: "yes",
    Refuse: "no",
    StopAll: "stop",
    Restart: "start",
    Erase: "delete",
}
"""The effects that are audited, with their name in a row. Consent to a single text is `one text`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One decision.

    `who` is the person's name in the audit; `wording` is the id of the text that asked, "" if there was
    none; `event` is the provider's id of the message or the call, with its turn.
    """

    at: str
    who: str
    what: str
    channel: str
    language: str
    wording: str
    book: str
    event: str


def row(who: str, name: str, event: Event, session: Session, effect: Effect) -> Row:
    """Return the audit row of an effect in WHAT.

    `name` is the person's name in the audit. Events from the service itself have `who` in their id; it is
    removed.
    """
    one_text = isinstance(effect, Consent) and effect.one_text
    return Row(
        at=event.at.astimezone(UTC).isoformat(timespec="seconds"),
        who=name,
        what="one text" if one_text else WHAT[type(effect)],
        channel=event.channel,
        language=session.language,
        wording=effect.wording if isinstance(effect, Consent) else "",
        book=session.book,
        event=event.id.replace(who, ""),
    )


def written(decided: Row) -> str:
    """Return a row as stored JSON, identical each time, so that a retry adds no second row."""
    return json.dumps(asdict(decided), separators=(",", ":"), sort_keys=True)


class Audit:
    """Read and expire the audit rows. Every method raises StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def rows(self, since: datetime) -> Iterator[Row]:
        """Yield the rows of everyone since a moment, oldest first."""
        buckets = (self._rows(bucket_key(bucket, "audit"), since) for bucket in range(BUCKETS))
        return heapq.merge(*buckets, key=lambda row: row.at)

    def rows_of(self, who: str, secrets: Secrets, since: datetime) -> Iterator[Row]:
        """Yield the rows of one person since a moment, oldest first."""
        name = secrets.in_audit(who)
        return (found for found in self._rows(Keys(who).audit, since) if found.who == name)

    def trim(self, now: datetime) -> int:
        """Remove the rows older than AUDIT_RETENTION and return how many there were."""
        oldest = (now - AUDIT_RETENTION).timestamp()
        return sum(
            of_buckets(
                self._redis,
                lambda pipe, bucket: pipe.zremrangebyscore(bucket_key(bucket, "audit"), "-inf", f"({oldest}"),
            )
        )

    def oldest(self) -> datetime | None:
        """Return when the oldest row was written, or None if there is none."""
        found = of_buckets(
            self._redis, lambda pipe, bucket: pipe.zrange(bucket_key(bucket, "audit"), 0, 0, withscores=True)
        )
        firsts = [score for first in found for _, score in first]
        return datetime.fromtimestamp(min(firsts), UTC) if firsts else None

    def _rows(self, key: str, since: datetime) -> Iterator[Row]:
        start = 0
        while True:
            with raise_store_busy():
                lines = self._redis.zrangebyscore(
                    key, since.timestamp(), "+inf", start=start, num=READ_AT_ONCE
                )
            yield from (Row(**json.loads(str(line))) for line in lines)
            if len(lines) < READ_AT_ONCE:
                return
            start += READ_AT_ONCE
