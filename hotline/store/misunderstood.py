"""Which public words stand in texts that were not understood, where three different people used them.

Rule 1: a word is kept as a keyed mark, and so is who used it, with another mark for each word and week: the marks of one
        person's words lead neither to each other nor to the person. Who lacks the secret reads nothing.
Rule 2: a word is shown only where MOST_PRIVATE different people used it in a week. A person's keys lie in one bucket, so
        no person counts twice.
Rule 3: the marks of a week go after KEPT, and a bucket takes no more than MOST_MARKS of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from redis import Redis

from hotline.store.connection import told_as_busy
from hotline.store.keys import BUCKETS, Keys, Secrets, missed_key

KEPT = timedelta(days=15)
"""So that the week before this one can be looked at."""

MOST_PRIVATE = 3
"""Different people who used a word before it is shown."""

MOST_MARKS = 20_000
"""Marks in a bucket and week: a flood of texts takes no more room."""

MARK_LENGTH = 16
"""Hex digits of a mark: 64 bits."""

NOTE = """
local function note_missed(key, marks, kept, most)
  if redis.call('SCARD', key) < tonumber(most) then
    for _, mark in ipairs(marks) do redis.call('SADD', key, mark) end
    redis.call('EXPIRE', key, kept)
  end
end
"""
"""Lua: adds marks to the week's set."""


def week_of(at: datetime) -> str:
    """Return the ISO week of a moment, such as 2026-W48."""
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02d}"


def marks_of(secrets: Secrets, who: str, words: Iterable[str], at: datetime) -> list[str]:
    """Return what is kept of these words of `who`: the mark of each word, and that of the person with it."""
    week = week_of(at)
    return [
        f"{_word(secrets, word, week)}:{secrets.mark(f'missed {week} {word} {who}')[:MARK_LENGTH]}"
        for word in dict.fromkeys(words)
    ]


def by_people(redis: Redis, secrets: Secrets, public: Iterable[str], at: datetime) -> Counter[str]:
    """Return how many people used each public word in a text of that week that was not understood, where at least
    MOST_PRIVATE did. One round trip. Raises StoreBusy.
    """
    week = week_of(at)
    with told_as_busy(), redis.pipeline(transaction=False) as pipe:
        for bucket in range(BUCKETS):
            pipe.smembers(missed_key(bucket, week))
        found: list[set[str]] = pipe.execute()
    people = Counter(mark.split(":", 1)[0] for marks in found for mark in marks)
    counted = {word: people[_word(secrets, word, week)] for word in public}
    return Counter({word: count for word, count in counted.items() if count >= MOST_PRIVATE})


def key_of(who: str, at: datetime) -> str:
    """Return the key of the week's marks where this person's other keys lie."""
    return missed_key(Keys(who).bucket, week_of(at))


def _word(secrets: Secrets, word: str, week: str) -> str:
    return secrets.mark(f"missed {week} {word}")[:MARK_LENGTH]
