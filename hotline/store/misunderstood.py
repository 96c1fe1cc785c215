"""Count public words in texts that were not understood, if at least three people used them.

Rule 1: a word and who used it are stored only as keyed hashes ("marks"). The person's mark differs for each
        word and week, so marks cannot be linked to each other or to the person, nor read without the
        secret.
Rule 2: a word is shown only if MOST_PRIVATE different people used it in a week. All keys of a person are in
        one bucket, so no person counts twice.
Rule 3: a week's marks expire after RETENTION, and a bucket stores at most MOST_MARKS of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

from redis import Redis

from hotline.store.keys import Keys, Secrets, bucket_key
from hotline.store.nodes import of_buckets

RETENTION = timedelta(days=15)
"""Long enough to still report the previous week."""

MOST_PRIVATE = 3
"""Number of different people who must use a word before it is shown."""

MOST_MARKS = 20_000
"""Maximum marks per bucket and week, which bounds memory in a flood of texts."""

MARK_LENGTH = 16
"""Length of a mark in hex digits: 64 bits."""


def week_of(at: date) -> str:
    """Return the ISO week of a date or datetime, such as 2026-W48."""
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02d}"


def marks_of(secrets: Secrets, who: str, words: Iterable[str], at: datetime) -> list[str]:
    """Return one string to store per distinct word: its mark, and the mark of `who` with it."""
    week = week_of(at)
    return [
        f"{_word(secrets, word, week)}:{secrets.mark(f'missed {week} {word} {who}')[:MARK_LENGTH]}"
        for word in dict.fromkeys(words)
    ]


def by_people(redis: Redis, secrets: Secrets, public: Iterable[str], at: datetime) -> Counter[str]:
    """Return how many people used each public word in texts of that week that were not understood.

    Leaves out words used by fewer than MOST_PRIVATE people. One round trip. Raises StoreBusy.
    """
    week = week_of(at)
    found: list[set[str]] = of_buckets(
        redis, lambda pipe, bucket: pipe.smembers(bucket_key(bucket, f"missed:{week}"))
    )
    people = Counter(mark.split(":", 1)[0] for marks in found for mark in marks)
    shown = {mark: count for mark, count in people.items() if count >= MOST_PRIVATE}
    if not shown:
        return Counter()  # marking 11,000 words takes longer than the rest of a page
    marks = {word: _word(secrets, word, week) for word in public}
    return Counter({word: shown[mark] for word, mark in marks.items() if mark in shown})


def key_of(who: str, at: datetime) -> str:
    """Return the key of the week's marks in this person's bucket."""
    return Keys.of(who).beside(_name_of(at.date()))


@lru_cache(maxsize=8)
def _name_of(day: date) -> str:
    return f"missed:{week_of(day)}"


def _word(secrets: Secrets, word: str, week: str) -> str:
    return secrets.mark(f"missed {week} {word}")[:MARK_LENGTH]
