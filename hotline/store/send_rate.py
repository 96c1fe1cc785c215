"""How fast the texts that we start may leave, and whether any may: one account of it for all workers.

Rule 1: so many segments a second, all workers together, and BURST of them at once (GCRA: `free` is the one
        theoretical arrival time). A text that may not leave yet is told when to come back; turns are given out one
        after the other, so they come back one by one.
Rule 1a: two classes share it. What somebody asked for this minute takes the next slot: it has a line of its own, the
        whole of the burst, and while it waits no planned text takes the slot. Planned texts get what is left.
Rule 2: when the carrier says that we are too fast nothing leaves for a while, twice as long each time in a row.
Rule 3: when the carrier refuses our account nothing leaves but one text every PROBE_EVERY, to see whether it
        was mended. The first one that gets through ends it.
Rule 4: the pace goes by Redis's own clock, which is the same for all workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis

from hotline.store.connection import told_as_busy

BURST = timedelta(seconds=5)
"""After a quiet time so much of the pace may leave at once: the carrier queues it, and nobody waits for the
next tick of a clock without need."""
PLANNED_BURST = timedelta(seconds=2)
"""As much of BURST as planned texts may use up. The rest stays free, so that behind any number of reminders a text that
is asked for now leaves at once."""
GRACE = timedelta(seconds=2)
"""For what was asked for to come back at its turn: a tick of the clock, and a worker. Until then its slot is kept."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)
"""How long nothing leaves after the carrier's first "too many requests", and at most."""
PROBE_EVERY = timedelta(minutes=3)
IN_A_ROW = 5
"""So many refusals for one reason that nobody knows are not about so many recipients."""
KEPT = timedelta(days=1)
"""A refusal that no text has met for so long is forgotten: nothing waits, and the next text will tell."""
TOLD_LATER = 30_000
"""Codes from here on are told only after the carrier took the text: that it takes one proves nothing."""

PACE, REFUSED = "{sending}:pace", "{sending}:refused"

_CLOCK = """
local pace, refused = unpack(KEYS)
local time = redis.call('TIME')
local at = time[1] + time[2] / 1000000
local function read(field) return tonumber(redis.call('HGET', pace, field) or 0) end
local function keep(until_when) redis.call('EXPIRE', pace, math.ceil(until_when - at) + 3600) end
"""

ASK = (
    _CLOCK
    + """
local now, takes, burst, probe_every, class, grace = unpack(ARGV)
local code, probe = unpack(redis.call('HMGET', refused, 'code', 'probe'))
if code and tonumber(probe) > tonumber(now) then return {'refused', code} end
local free, asked = math.max(read('free'), at), read('turn_asked')
local earliest, line = math.max(free - burst, read('slow_until')), 'turn_asked'
if class == 'planned' then
  line = 'turn'
  if asked + grace > at then earliest = math.max(earliest, asked + grace) end
end
if earliest > at then
  local turn = math.max(read(line), earliest)
  redis.call('HSET', pace, line, turn + takes)
  keep(turn + takes)
  return {'wait', tostring(turn - at)}
end
redis.call('HSET', pace, 'free', free + takes)
keep(free + takes)
if code then redis.call('HSET', refused, 'probe', now + probe_every) end
return {'go'}
"""
)
"""KEYS of each script: the pace, the refusal. ARGV: now, seconds that this text takes, the burst of its class,
PROBE_EVERY, its class, GRACE."""

SLOWED = (
    _CLOCK
    + """
local first, longest = tonumber(ARGV[1]), tonumber(ARGV[2])
if read('slow_until') <= at then
  local pause = math.min(first * 2 ^ read('in_a_row'), longest)
  redis.call('HINCRBY', pace, 'in_a_row', 1)
  redis.call('HSET', pace, 'slow_until', at + pause)
  keep(at + pause)
end
return tostring(read('slow_until') - at)
"""
)
"""Several workers told so at the same moment were told once."""

REFUSE = """
local code, now, probe, kept = unpack(ARGV)
redis.call('HSETNX', KEYS[2], 'since', now)
redis.call('HSET', KEYS[2], 'code', code, 'probe', probe)
redis.call('EXPIRE', KEYS[2], kept)
"""

STRANGE = """
local pace, code, kept = KEYS[1], ARGV[1], ARGV[2]
if redis.call('HGET', pace, 'strange') ~= code then redis.call('HSET', pace, 'strange', code, 'strange_times', 0) end
if redis.call('TTL', pace) < tonumber(kept) then redis.call('EXPIRE', pace, kept) end
return redis.call('HINCRBY', pace, 'strange_times', 1)
"""

WENT = """
redis.call('HDEL', KEYS[1], 'in_a_row', 'slow_until')
local strange = redis.call('HGET', KEYS[1], 'strange')
if strange and tonumber(strange) < tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], 'strange', 'strange_times') end
local code = redis.call('HGET', KEYS[2], 'code')
if not code or tonumber(code) >= tonumber(ARGV[1]) then return 0 end
return redis.call('DEL', KEYS[2])
"""


@dataclass(frozen=True, slots=True)
class Go:
    """The text may leave, now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """It may not yet: its turn comes after so long."""

    time: timedelta


@dataclass(frozen=True, slots=True)
class Refused:
    """The carrier refuses our account, with this code; another text looks whether it still does."""

    code: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the carrier refuses our account with, and since when."""

    code: int
    since: datetime


class Sending:
    """The pace and the refusal. All raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._ask = redis.register_script(ASK)
        self._slowed = redis.register_script(SLOWED)
        self._refuse = redis.register_script(REFUSE)
        self._strange = redis.register_script(STRANGE)
        self._went = redis.register_script(WENT)

    def ask(
        self, segments: int, per_second: int, now: datetime, *, planned: bool = False
    ) -> Go | Wait | Refused:
        """Say whether a text of so many segments may leave: a `planned` one, or one that somebody asked for this minute.
        You must send it right after Go: its place is taken.
        """
        burst, of = (PLANNED_BURST, "planned") if planned else (BURST, "asked")
        seconds = (burst.total_seconds(), PROBE_EVERY.total_seconds())
        args: list[str | float] = [
            *(now.timestamp(), segments / per_second),
            *(*seconds, of, GRACE.total_seconds()),
        ]
        with told_as_busy():
            answer: list[Any] = self._ask(keys=[PACE, REFUSED], args=args)
        match answer:
            case ["wait", seconds]:
                return Wait(timedelta(seconds=float(seconds)))
            case ["refused", code]:
                return Refused(int(code))
            case _:
                return Go()

    def slowed(self) -> timedelta:
        """The carrier says that we are too fast. Returns for how long nothing leaves."""
        args = [FIRST_PAUSE.total_seconds(), LONGEST_PAUSE.total_seconds()]
        with told_as_busy():
            seconds = self._slowed(keys=[PACE, REFUSED], args=args)
        return timedelta(seconds=float(str(seconds)))

    def refuse(self, code: int, now: datetime) -> None:
        """The carrier refuses our account."""
        args = [code, now.timestamp(), (now + PROBE_EVERY).timestamp(), int(KEPT.total_seconds())]
        with told_as_busy():
            self._refuse(keys=[PACE, REFUSED], args=args)

    def strange(self, code: int, now: datetime) -> bool:
        """Count a refusal with a code that nobody knows; IN_A_ROW of one, with no other code and no text that got
        through between them, are a refusal of our account. Return whether this is one.
        """
        with told_as_busy():
            times = int(str(self._strange(keys=[PACE, REFUSED], args=[code, int(KEPT.total_seconds())])))
        if times < IN_A_ROW:
            return False
        self.refuse(code, now)
        return True

    def went(self, *, delivered: bool = False) -> bool:
        """A text got through: the carrier took it or, if `delivered`, brought it. Returns whether that ended
        a refusal.
        """
        below = 10 * TOLD_LATER if delivered else TOLD_LATER
        with told_as_busy():
            return bool(self._went(keys=[PACE, REFUSED], args=[below]))

    def refusal(self) -> Refusal | None:
        """What is wrong with our account, if the carrier has said so."""
        with told_as_busy():
            code, since = self._redis.hmget(REFUSED, ["code", "since"])
        if code is None or since is None:
            return None
        return Refusal(int(str(code)), datetime.fromtimestamp(float(str(since)), UTC))
