"""Decide which texts are answered: segment budgets per number and overall, and defenses against robots.

Rule 1: urgent texts (danger, STOP, HELP) are counted, but limited only by MOST_URGENT. No person in need
        comes near that, and a program that alternates HELP and INFO would otherwise never stop.
Rule 2: once a budget is used up, the number gets one last message, then silence until the budget resets at
        the next hour or day.
Rule 3: a repeated text that leads nowhere is answered a few times, then with one last message, then with
        silence until a different text comes. Two machines would otherwise answer each other forever, and
        after 30 replies to a number in 30 seconds the carrier fails all of them for a while (14107).
Rule 4: a reply that is not sent is not counted.
Rule 5: each turn of a call is counted in the same budgets (`web.call_costs`). Once one is used up, no further
        call begins: the caller hears whom to call.
Rule 6: once half of the day's budget is used, numbers that are new today get less, and the last tenth is
        reserved for the others.
Rule 7: a caller may present any caller ID, and fake ones would cost us money and text strangers. So only a few
        new numbers an hour are texted or looked up from calls (`NewNumbers`). Numbers that consented before, or
        that the carrier attests, are not counted. An hour's numbers are stored as keyed hashes (`who`) for that
        hour only.

The day's total is refreshed every LOOK_EVERY, so it may be exceeded by what other processes spend between two
refreshes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from redis import Redis

from hotline.conversation.model.copying import replace
from hotline.log import log
from hotline.store.connection import StoreBusy
from hotline.store.keys import counts_key
from hotline.store.leases import acquire
from hotline.store.lua import Script
from hotline.store.nodes import of_buckets
from hotline.store.usage import ALL, DAY, FIGURE, LAST_TEXT_TTL, NEW, Spend, Usage, burst_of, hour_of

SAME_TEXTS, SAME_WITHIN = 3, timedelta(minutes=10)
"""Replies to one repeated text that leads nowhere; by then a person writes something else."""

SAME_URGENT: Final = 30
"""The same limit for urgent texts: no one types the same text thirty times in ten minutes."""

MOST_URGENT: Final = 900
"""Segments of urgent replies per number and day, beyond its budget: 300 HELPs, or 900 times 911 and 988.

The last message of a budget names 988 too."""

AUTOMATIC: Final = "automatic"
"""The mark shared by all texts that say they come from a machine; answered once."""

MOST_IN_BURST: Final = 12
"""Replies to misunderstood texts per 30 seconds; nobody types this fast.

Less than half of what the carrier fails at (14107), because two adjacent intervals add up."""

LESS_FROM: Final = 0.5
"""Part of the day's budget from which a number that is new today gets only NEW_LEAST a day."""

NEW_LEAST: Final = 100
"""Segments: two whole screenings. Without it a dozen fake numbers used up the day with 900 each."""

RESERVED_FROM: Final = 0.9
"""Part of the day's budget from which the rest is for people known before today."""

LOOK_EVERY = timedelta(seconds=5)
ALARM_AT, ALARM_EVERY = 0.8, timedelta(hours=1)
ALARMED: Final = "{spending}:alarmed"
NEW_NUMBERS_TTL: Final = timedelta(hours=1)


class Verdict(StrEnum):
    """How an event is answered."""

    GO = "go"
    LAST_WORD = "last_word"
    """One polite message that we pause, instead of an answer."""
    SAFE_WORDS = "safe_words"
    """The overall budget is used up: what to ask for and whom to call, instead of an answer."""
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets in segments."""

    hour_of_number: int
    day_of_number: int
    day: int


class Asked(NamedTuple):
    """The cost of answering an event.

    `said` is the mark of a text that led nowhere, else ""; `lost` means that it was not understood either.
    """

    at: datetime
    segments: int = 0
    messages: int = 0
    said: str = ""
    lost: bool = False
    urgent: bool = False
    new: bool = False
    """Nothing was known about the person before this event."""


class Budgets:
    """Applies the budgets to events. Thread-safe."""

    def __init__(self, redis: Redis, limits: Limits) -> None:
        self._redis, self._limits = redis, limits
        self._looked = (date.min, 0)
        self._look_at = 0.0
        self._since = 0

    def judge(self, usage: Usage, asked: Asked) -> tuple[Verdict, Spend]:
        """Return how to answer an event, and what its commit records. Does no I/O: `keep_up` does."""
        if not asked.segments:
            return Verdict.GO, Spend()
        held_back, noted = _repeated(usage, asked)
        hour = hour_of(asked.at)
        over = self._used_up(usage, asked, hour)
        if over in usage.reported:
            return Verdict.SILENCE, noted
        if over:
            return (Verdict.SAFE_WORDS if over == ALL else Verdict.LAST_WORD), replace(noted, reported=over)
        if held_back:
            return held_back, noted
        if asked.lost and usage.burst + asked.messages > MOST_IN_BURST:
            return Verdict.SILENCE, noted
        add = {hour: asked.segments, DAY: asked.segments}
        if asked.new and not usage.new:
            add[NEW] = 1
        if asked.lost:
            add[burst_of(asked.at)] = asked.messages
        return Verdict.GO, replace(noted, add=add, segments=asked.segments)

    def takes_call(self, usage: Usage, asked: Asked) -> bool:
        """Check whether a new call may begin. Does no I/O. A call in progress is never cut off."""
        return not self._used_up(usage, asked, hour_of(asked.at))

    def spent(self, day: date) -> int:
        """Return the segments of all replies on a day, in one round trip. Raises StoreBusy."""
        found = of_buckets(self._redis, lambda pipe, bucket: pipe.hget(counts_key(bucket, day), FIGURE))
        return sum(int(each) for each in found if each)

    def used_up(self, day: date) -> bool:
        """Check whether a day's overall budget is used up, as far as this process knows."""
        return self._known(day) >= self._limits.day

    def add(self, segments: int) -> None:
        """Count what this process spends until the next refresh."""
        self._since += segments

    def _known(self, day: date) -> int:
        """Return the day's segments at the last refresh, and what this process has spent since."""
        return self._looked[1] + self._since if self._looked[0] == day else 0

    def keep_up(self, day: date) -> None:
        """Refresh the day's total if it is due. Call this after each answer. Never raises."""
        now = time.monotonic()
        if day == self._looked[0] and now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY.total_seconds()  # so that other threads skip the refresh
        try:
            self.look(day)
        except StoreBusy as busy:
            log.warning("store_busy", cause=str(busy))

    def look(self, day: date) -> None:
        """Refresh the day's total, and raise an alarm when it is near the budget. Raises StoreBusy."""
        before = self._since
        self._looked = (day, self.spent(day))
        self._since -= before  # not before the read: what was spent still counts if it fails
        if self._looked[1] >= ALARM_AT * self._limits.day and acquire(self._redis, ALARMED, ALARM_EVERY):
            over = self._looked[1] >= self._limits.day
            log.error("spend_alarm", reason="budget_used_up" if over else "budget_nearly_used_up")

    def _used_up(self, usage: Usage, asked: Asked, hour: str) -> str:
        """Return the name of the budget that has no room for this event, or "".

        After the last message of a budget, even a smaller reply has no room.
        """
        spent = self._known(asked.at.date())
        if asked.urgent:
            return DAY if usage.day >= self._limits.day_of_number + MOST_URGENT else ""
        used = spent / self._limits.day
        new = asked.new or usage.new
        if used >= (RESERVED_FROM if new else 1):
            return ALL
        most = self._limits.day_of_number
        if new and used >= LESS_FROM:
            most = min(most, NEW_LEAST)
        if DAY in usage.reported or usage.day + asked.segments > most:
            return DAY
        return (
            hour
            if hour in usage.reported or usage.hour + asked.segments > self._limits.hour_of_number
            else ""
        )


def _repeated(usage: Usage, asked: Asked) -> tuple[Verdict | None, Spend]:
    """Return the verdict of Rule 3 on a repeated text (None for no objection), and what to record of it.

    The time limit runs from the first of the same texts or, once they are blocked, from the last.
    """
    if not asked.said:
        return None, Spend(said="" if usage.said else None)
    automatic = asked.said == AUTOMATIC
    most = 1 if automatic else SAME_URGENT if asked.urgent else SAME_TEXTS
    times = usage.times + 1 if asked.said == usage.said else 1
    lasts = LAST_TEXT_TTL if automatic else SAME_WITHIN
    noted = Spend(said=f"{asked.said} {times}", said_for=None if 1 < times <= most else lasts)
    if times <= most:
        return None, noted
    return (Verdict.LAST_WORD if times == most + 1 and not automatic else Verdict.SILENCE), noted


class NewNumbers:
    """Limits how many unverified new numbers are texted from calls in an hour (Rule 7)."""

    def __init__(self, redis: Redis, most: int) -> None:
        self._most = most
        self._take = Script(redis, "count_new_number")

    def allows(self, who: str, at: datetime) -> bool:
        """Check whether this number may be texted from a call, and count it; if not, log an hourly alarm.

        One round trip, only in turns that would start a text. Raises StoreBusy.
        """
        hour = hour_of(at)
        keys = [f"{{calls}}:new:{hour}", f"{{calls}}:told:{hour}"]
        taken = int(self._take(keys, who=who, most=self._most, ttl=NEW_NUMBERS_TTL))
        if taken < 0:
            log.error("spend_alarm", reason="too_many_new_numbers_from_calls")
        return taken > 0
