"""What is kept of a person beyond their session: language, consent, what they told us, and their line.

Rule 1: a turn never shortens how long it is kept; the record of a consent or an opt-out outlives what came of it.
Rule 2: what a look-up told of the line counts for LINE_KEPT, by a moment of its own.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from redis import Redis

from hotline.conversation.model.events import Event, LineType
from hotline.conversation.model.session import Session
from hotline.store.connection import told_as_busy
from hotline.store.keys import Keys

LINE_KEPT = timedelta(days=90)
"""Numbers move between kinds of line, but seldom; each look-up is paid for."""

WRITE_LINE = """
local followups, due, person = unpack(KEYS)
local id, line, now, kept, done = unpack(ARGV)
if redis.call('HEXISTS', followups, id) == 0 then return 0 end
redis.call('HSET', person, 'line', line, 'line_at', now)
if redis.call('TTL', person) < tonumber(kept) then redis.call('EXPIRE', person, kept) end
if done == 'done' then
  redis.call('HDEL', followups, id)
  redis.call('ZREM', due, id)
end
return 1
"""
"""Lua: notes what the line can do, for as long as the record that it was found out with is there: after an
erasure nothing is written. A look-up is done then, and its record goes."""


def line_of(line: str | None, found_at: str | None, now: datetime) -> LineType:
    """What is known of the line now. `found_at` is in seconds since 1970."""
    if not line or not found_at or now.timestamp() - float(found_at) >= LINE_KEPT.total_seconds():
        return LineType.UNKNOWN
    return LineType(line)


def changed(before: Session, after: Session) -> dict[str, str]:
    """What is kept of a person beyond their session, where this turn changed it."""
    fields: dict[str, str] = {}
    if after.language != before.language:
        fields["language"] = after.language
    if after.texting != before.texting:
        fields["texting"] = after.texting
    if after.known != before.known:
        fields["known"] = json.dumps(after.known)
    return fields


def consent(event: Event, session: Session, wording: str) -> str:
    """The record of a consent: which wording, of which book, in which language, when, and how."""
    return json.dumps(
        {
            "wording": wording,
            "book": session.book,
            "language": session.language,
            "channel": event.channel,
            "event": event.id,
            "at": written(event.at),
        }
    )


def last_yes(redis: Redis, who: str) -> datetime | None:
    """When this person last said that we may text them: yes to the series, or START. None when never. Raises
    StoreBusy.
    """
    with told_as_busy():
        agreed, restarted = redis.hmget(Keys(who).person, "consent", "restarted")
    said = (json.loads(agreed)["at"] if agreed else None, restarted)
    return max((datetime.fromisoformat(str(at)) for at in said if at), default=None)


def written(at: datetime) -> str:
    """A moment as it stands in a person's record."""
    return at.isoformat(timespec="seconds")
