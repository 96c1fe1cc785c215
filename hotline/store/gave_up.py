"""Count the questions at which conversations stopped before an outcome, as anonymous figures.

Rule 1: a conversation has stopped when nothing arrives for IDLE. Each stop is counted once: the session is
        marked with its version, which the next turn changes.
Rule 2: the count has the channel, the language and the name of the question. It is made by the scan of the
        retention job (`purge`), so a turn pays nothing for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Final

from redis import Redis

from hotline.conversation.book.states import Place
from hotline.conversation.model import session_json
from hotline.conversation.model.events import Channel
from hotline.store.keys import bucket_of, counts_key
from hotline.store.lua import Script
from hotline.store.metrics import RETENTION
from hotline.store.packing import unpacked_session
from hotline.store.turns import SESSION_TTL

IDLE = timedelta(hours=20)
"""Long enough to continue the next morning; the figure is available the next day."""

GAVE_UP: Final = "gave_up"
"""The first part of a figure's name, before channel, language and question."""


class GaveUp:
    """Count stopped conversations. `zone` is where the center's day begins."""

    def __init__(self, redis: Redis, zone: tzinfo) -> None:
        self._redis, self._zone = redis, zone
        self._note = Script(redis, "count_stop")

    def look_at(self, keys: list[str], now: datetime) -> None:
        """Count the sessions among these that have stopped. Two round trips. Raises RedisError."""
        longest = int((SESSION_TTL - IDLE).total_seconds())
        with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.ttl(key)
            idle = [key for key, ttl in zip(keys, pipe.execute(), strict=True) if 0 < ttl <= longest]
            for key in idle:
                pipe.hmget(key, ["version", "session", "packed", "left"])
            found: list[list[str | None]] = pipe.execute()
            for key, (version, plain, packed, left) in zip(idle, found, strict=True):
                line = plain or packed
                if version and line and left != version:
                    self._count(pipe, key, version, line, now)
            pipe.execute()

    def _count(self, pipe: Redis, key: str, version: str, line: str, now: datetime) -> None:
        bucket = bucket_of(key)
        day = now.astimezone(self._zone).date()
        self._note(
            [key, counts_key(bucket, day)],
            client=pipe,
            version=version,
            figure=figure_of(line) or None,
            counts_kept=RETENTION,
        )


def figure_of(line: str) -> str:
    """Return the figure to count for a stopped session, "" for one that had an outcome or asked nothing."""
    try:
        session = session_json.decode(unpacked_session(line))
    except (ValueError, TypeError, KeyError):
        return ""
    asked = session.state if session.state != Place.REST else session.paused
    if session.outcomes or not asked:
        return ""
    channel = Channel.VOICE if session.called else Channel.SMS
    return f"{GAVE_UP}.{channel}.{session.language}.{asked}"
