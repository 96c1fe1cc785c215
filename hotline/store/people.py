"""Data stored per person beyond the session: language, consent, known answers and line type.

Rule 1: a turn never shortens the TTL; the record of a consent or an opt-out outlives its effects.
Rule 2: a line look-up is valid for LINE_RETENTION, by its own timestamp.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from redis import Redis

from hotline.conversation.model.events import Event, LineType, Texting
from hotline.conversation.model.session import Session
from hotline.store.connection import raise_store_busy
from hotline.store.keys import Keys

LINE_RETENTION = timedelta(days=90)
"""How long a look-up is valid: numbers rarely change their line type, and each look-up costs money."""

STOP_OR_NOT = "stop_or_not"
"""The question whether a text was a STOP. The store has no access to the book, so the id is repeated here."""

STOP_ASKED = "stop_asked"
"""Field of the person's record: whether they are opted out only because that question is not answered."""

_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


def line_type_of(line: str | None, found_at: str | None, now: datetime) -> LineType:
    """Return the line type found by the last look-up; UNKNOWN if there is none or it is over LINE_RETENTION old.

    `found_at` is in seconds since 1970.
    """
    if not line or not found_at or now.timestamp() - float(found_at) >= LINE_RETENTION.total_seconds():
        return LineType.UNKNOWN
    return LineType(line)


def changed_fields(before: Session, after: Session) -> dict[str, str]:
    """Return the fields of the person's record that this turn changed."""
    fields: dict[str, str] = {}
    if after.language != before.language:
        fields["language"] = after.language
    if after.texting != before.texting:
        fields["texting"] = after.texting
    if waits_for_stop(after) and not waits_for_stop(before):
        fields[STOP_ASKED] = "1"
    elif before.texting is Texting.STOPPED is not after.texting:
        fields[STOP_ASKED] = ""
    if after.known != before.known:
        fields["known"] = _ENCODE(after.known)
    return fields


def waits_for_stop(session: Session) -> bool:
    """Return whether we wait for an answer to the question whether a text was a STOP."""
    return session.texting is Texting.STOPPED and session.state == STOP_OR_NOT


def consent(event: Event, session: Session, wording: str) -> str:
    """Return the JSON record of a consent: wording, book, language, channel, event id and time."""
    return _ENCODE(
        {
            "wording": wording,
            "book": session.book,
            "language": session.language,
            "channel": event.channel,
            "event": event.id,
            "at": stored_time(event.at),
        }
    )


def last_yes(redis: Redis, who: str) -> datetime | None:
    """Return when this person last agreed to texts, by consent or START; None if never. Raises StoreBusy."""
    with raise_store_busy():
        agreed, restarted = redis.hmget(Keys(who).person, "consent", "restarted")
    said = (json.loads(agreed)["at"] if agreed else None, restarted)
    return max((datetime.fromisoformat(str(at)) for at in said if at), default=None)


def stored_time(at: datetime) -> str:
    """Return a datetime as stored in a person's record: ISO 8601 in whole seconds."""
    return at.isoformat(timespec="seconds")
