"""Which texts are answered: budgets in segments, for each number and for all; and robots.

Rule 1: what is urgent (danger, STOP, HELP) is counted, and held to no budget but that of MOST_URGENT: no person in need
        comes near it, and a program that says HELP and INFO in turn would go on all day.
Rule 2: who has used up a budget gets one last word, then silence until it begins anew: the next hour, the next day.
Rule 3: a text that leads nowhere is answered a few times, then with one last word, then with silence until something
        else is said. A machine that answers our answers would go on for ever; and the carrier fails all replies to
        a number for a while after 30 in 30 seconds (14107).
Rule 4: what is held back is not counted.
Rule 5: from half the day's budget on, numbers that were new today get less, and the last tenth is for the others.

The day's total is looked up every LOOK_EVERY, so all together may go over it by what is sent meanwhile.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from redis import Redis

from hotline.log import log
from hotline.store.connection import StoreBusy, told_as_busy
from hotline.store.keys import BUCKETS, counts_key
from hotline.store.usage import ALL, DAY, FIGURE, LONGEST_SAID, NEW, Spend, Tally, burst_of, hour_of

SAME_TEXTS, SAME_WITHIN = 3, timedelta(minutes=10)
"""So often the same text is answered that leads nowhere: a person says something else by then."""

SAME_URGENT: Final = 30
"""The same for what is urgent. Nobody types one text thirty times in ten minutes."""

MOST_URGENT: Final = 900
"""Segments that one number is answered with in a day to what is urgent, beyond its budget: three hundred HELPs, or nine
hundred times 911 and 988. The last word that ends a budget names 988 too."""

AUTOMATIC: Final = "automatic"
"""What a machine says of itself is one text, however it is put, and is answered once."""

MOST_IN_BURST: Final = 12
"""Messages that answer texts which were not understood, in each 30 seconds: less than half of what the carrier
fails at, for two such spans meet. Nobody types so fast."""

LESS_FROM: Final = 0.5
"""From this part of the day's budget on, a number that was new today gets NEW_LEAST of its own day's."""

NEW_LEAST: Final = 100
"""Segments: two whole screenings. A dozen made-up numbers used up the day with 900 each."""

RESERVED_FROM: Final = 0.9
"""From here on the rest is for people who were here before today."""

LOOK_EVERY = timedelta(seconds=5)
ALARM_AT, ALARM_EVERY = 0.8, timedelta(hours=1)
ALARMED: Final = "{spending}:alarmed"


class Verdict(StrEnum):
    """What becomes of an event."""

    GO = "go"
    LAST_WORD = "last_word"
    """One polite word that we pause, in place of an answer."""
    SAFE_WORDS = "safe_words"
    """The budget of all is used up: what to ask for and whom to call, in place of an answer."""
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Limits:
    """In segments."""

    hour_of_number: int
    day_of_number: int
    day: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What answering an event would cost. `said` is a mark of the words of a text that led nowhere, else "";
    `lost` says that it was not understood either.
    """

    at: datetime
    segments: int = 0
    messages: int = 0
    said: str = ""
    lost: bool = False
    urgent: bool = False
    new: bool = False
    """Nothing was known of the person before this."""


class Budgets:
    """Judges events. Safe to use from several threads."""

    def __init__(self, redis: Redis, limits: Limits) -> None:
        self._redis, self._limits = redis, limits
        self._looked = (date.min, 0)
        self._look_at = 0.0

    def judge(self, tally: Tally, asked: Asked) -> tuple[Verdict, Spend]:
        """What becomes of an event, and what its commit notes. Asks nobody: `keep_up` does."""
        if not asked.segments:
            return Verdict.GO, Spend()
        held_back, noted = _repeated(tally, asked)
        over = self._used_up(tally, asked)
        if over in tally.told:
            return Verdict.SILENCE, noted
        if over:
            return (Verdict.SAFE_WORDS if over == ALL else Verdict.LAST_WORD), replace(noted, told=over)
        if held_back:
            return held_back, noted
        if asked.lost and tally.burst + asked.messages > MOST_IN_BURST:
            return Verdict.SILENCE, noted
        add = {hour_of(asked.at): asked.segments, DAY: asked.segments}
        if asked.new and not tally.new:
            add[NEW] = 1
        if asked.lost:
            add[burst_of(asked.at)] = asked.messages
        return Verdict.GO, replace(noted, add=add, segments=asked.segments)

    def spent(self, day: date) -> int:
        """Segments that all were answered with on this day. One round trip. Raises StoreBusy."""
        with told_as_busy(), self._redis.pipeline(transaction=False) as pipe:
            for bucket in range(BUCKETS):
                pipe.hget(counts_key(bucket, day), FIGURE)
            return sum(int(found) for found in pipe.execute() if found)

    def used_up(self, day: date) -> bool:
        """Whether nothing is left of this day's budget, by the last look."""
        return self._looked[0] == day and self._looked[1] >= self._limits.day

    def keep_up(self, day: date) -> None:
        """Looks, when it is time to. You must call this when somebody was answered. Never raises."""
        now = time.monotonic()
        if day == self._looked[0] and now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY.total_seconds()  # the other threads need not
        try:
            self.look(day)
        except StoreBusy as busy:
            log.warning("store_busy", cause=str(busy))

    def look(self, day: date) -> None:
        """Looks up the day's total, and tells the operator when it is near the budget. Raises StoreBusy."""
        self._looked = (day, self.spent(day))
        if self._looked[1] >= ALARM_AT * self._limits.day:
            self._alarm()

    def _used_up(self, tally: Tally, asked: Asked) -> str:
        """The name of the budget that has no room for this, or "". After the last word there is no room for less
        either.
        """
        day, spent = self._looked
        if asked.urgent:
            return DAY if tally.day >= self._limits.day_of_number + MOST_URGENT else ""
        used = spent / self._limits.day if day == asked.at.date() else 0.0
        new = asked.new or tally.new
        if used >= (RESERVED_FROM if new else 1):
            return ALL
        hour, most = hour_of(asked.at), self._limits.day_of_number
        if new and used >= LESS_FROM:
            most = min(most, NEW_LEAST)
        if DAY in tally.told or tally.day + asked.segments > most:
            return DAY
        return hour if hour in tally.told or tally.hour + asked.segments > self._limits.hour_of_number else ""

    def _alarm(self) -> None:
        """Once an hour, whichever process sees it first."""
        with told_as_busy():
            first = self._redis.set(ALARMED, 1, nx=True, ex=int(ALARM_EVERY.total_seconds()))
        if first:
            over = self._looked[1] >= self._limits.day
            log.error("spend_alarm", reason="budget_used_up" if over else "budget_nearly_used_up")


def _repeated(tally: Tally, asked: Asked) -> tuple[Verdict | None, Spend]:
    """Rule 3: how it is held back, if it is; and what is noted of what was said. The time of the same text runs
    from its first; once it is held back, from its last.
    """
    if not asked.said:
        return None, Spend(said="" if tally.said else None)
    automatic = asked.said == AUTOMATIC
    most = 1 if automatic else SAME_URGENT if asked.urgent else SAME_TEXTS
    times = tally.times + 1 if asked.said == tally.said else 1
    lasts = LONGEST_SAID if automatic else SAME_WITHIN
    noted = Spend(said=f"{asked.said} {times}", said_for=None if 1 < times <= most else lasts)
    if times <= most:
        return None, noted
    return (Verdict.LAST_WORD if times == most + 1 and not automatic else Verdict.SILENCE), noted
