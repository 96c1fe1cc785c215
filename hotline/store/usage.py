"""What is counted of a number and of an event: read with the session, written with the turn (`commit`).

Rule 1: an event is counted once, and only when its answer is kept: the commit does both or neither.
Rule 2: what a number was sent, and what it said last, is counted under a name of the day, which is no other key's
        and leads to no person. What was said is a mark of it, for minutes: its words are nowhere.
Rule 3: Twilio's signature holds no time, so a request that somebody wrote down is good for ever. While its answer
        is kept an event is answered as before; then it is known by its id, for TAKEN_FOR, and means nothing.
Rule 4: the id alone is not enough. Twilio signs names and values with nothing between them, so the signature of one
        request fits others that are cut elsewhere, such as one whose MessageSid has swallowed the next field. All of
        them have that signature; so an event is known by it too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

FIGURE: Final = "segments"
"""The day's total, among the figures (`metrics`)."""

TOLD: Final = "told:"
"""Before the name of a budget, where it is noted that its end was told."""

DAY, ALL = "day", "all"
"""The budgets of a number's day, and of all numbers together. That of an hour is called by `hour_of`."""

NEW: Final = "new"
"""That nothing was known of the person when their first text of the day came."""

BURST = timedelta(seconds=30)

TAKEN_FOR = timedelta(days=100)
"""Longer than anybody waits for the last reminder, and so than a place that a repeated text could move."""

COUNTED_FOR = timedelta(hours=25)
"""A day, and what the clock may be put back by."""

LONGEST_SAID = timedelta(days=1)
"""What a number said last is kept no longer, and for most minutes."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of a number so far, in segments; in a burst in messages. `taken` says that this event was
    taken before; `told` names the budgets whose end was told; `said` is the mark of the last text that led nowhere,
    which came so many `times`.
    """

    taken: bool = False
    hour: int = 0
    day: int = 0
    burst: int = 0
    told: tuple[str, ...] = ()
    said: str = ""
    times: int = 0
    new: bool = False
    """The number was new today."""


NOTHING: Final = Tally()


@dataclass(frozen=True, slots=True)
class Spend:
    """What the commit notes, besides that the event was taken. `said` is the mark with how often it came, "" for
    a text that led on, None where nothing was said; `said_for` is None where its time goes on.
    """

    add: dict[str, int] = field(default_factory=dict)
    segments: int = 0
    told: str = ""
    said: str | None = None
    said_for: timedelta | None = None

    def as_json(self) -> str:
        """All of it as the commit script reads it; what is not there is left out."""
        written: dict[str, Any] = {
            "add": self.add,
            "segments": self.segments,
            "taken_for": int(TAKEN_FOR.total_seconds()),
            "counted_for": int(COUNTED_FOR.total_seconds()),
        }
        if self.told:
            written["told"] = TOLD + self.told
        if self.said is not None:
            written["said"] = self.said
        if self.said_for is not None:
            written["said_for"] = self.said_for // timedelta(milliseconds=1)
        return json.dumps(written, separators=(",", ":"))


READ_TALLY = f"""
local function tally(spent, said, taken, signed, hour, burst)
  local told = '{TOLD}'
  local names = {{hour, '{DAY}', burst, told .. hour, told .. '{DAY}', told .. '{ALL}', '{NEW}'}}
  return {{redis.call('EXISTS', taken, signed), redis.call('GET', said), redis.call('HMGET', spent, unpack(names))}}
end
"""

WRITE_SPEND = f"""
local function spend(spent, said, taken, signed, counts, what, counts_kept)
  redis.call('SET', taken, 1, 'EX', what.taken_for)
  if signed ~= taken then redis.call('SET', signed, 1, 'EX', what.taken_for) end
  if what.said == '' then
    redis.call('DEL', said)
  elseif what.said_for then
    redis.call('SET', said, what.said, 'PX', what.said_for)
  elseif what.said then
    redis.call('SET', said, what.said, 'KEEPTTL')
  end
  local new = false
  for name, count in pairs(what.add) do
    if redis.call('HINCRBY', spent, name, count) == count then new = true end
  end
  if what.told then redis.call('HSET', spent, what.told, 1) end
  if what.told or new then redis.call('EXPIRE', spent, what.counted_for) end
  if what.segments > 0 and redis.call('HINCRBY', counts, '{FIGURE}', what.segments) == what.segments then
    redis.call('EXPIRE', counts, counts_kept)
  end
end
"""


def hour_of(at: datetime) -> str:
    """The name of an hour's budget."""
    return str(int(at.timestamp()) // 3600)


def burst_of(at: datetime) -> str:
    """The name of the count of one BURST."""
    return f"burst:{at.timestamp() // BURST.total_seconds():.0f}"


def read_tally(found: Sequence[Any], at: datetime) -> Tally:
    """What READ_TALLY gave."""
    taken, said, (hour, day, burst, *told, new) = found
    mark, _, times = (said or "").partition(" ")
    names = (hour_of(at), DAY, ALL)
    return Tally(
        taken=bool(taken),
        hour=int(hour or 0),
        day=int(day or 0),
        burst=int(burst or 0),
        told=tuple(name for name, is_told in zip(names, told, strict=True) if is_told),
        said=mark,
        times=int(times or 0),
        new=bool(new),
    )
