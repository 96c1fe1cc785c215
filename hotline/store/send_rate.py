"""Shared rate limit of texts that we start, and whether any may be sent at all.

Rule 1: the rate is in segments per second across all workers, with BURST allowed at once (GCRA: `free` is
        the theoretical arrival time). A text that must wait is given its own slot, so waiting texts come
        back one by one.
Rule 1a: two classes share the rate. A text someone is waiting for now takes the next slot: it has its own
        queue and the whole burst, and no planned text takes a slot while it waits. Planned texts get the
        rest.
Rule 2: when the carrier reports that we are too fast, nothing is sent for a while, twice as long each time
        in a row.
Rule 3: when the carrier refuses our account, only one probe text is sent every PROBE_EVERY. The first to
        get through ends the refusal.
Rule 4: the rate uses the clock of Redis, which is the same for all workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis

from hotline.store.connection import told_as_busy

BURST = timedelta(seconds=5)
"""How much of the rate may be sent at once after a quiet time; the carrier queues it."""
PLANNED_BURST = timedelta(seconds=2)
"""The part of BURST that planned texts may use.

The rest stays free, so that a text someone waits for is sent at once behind any number of reminders."""
GRACE = timedelta(seconds=2)
"""How long the slot of a text someone waits for is reserved: a tick of the clock, and a worker."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)
"""Pause after the carrier's first "too many requests", and the longest pause."""
PROBE_EVERY = timedelta(minutes=3)
IN_A_ROW = 5
"""This many refusals in a row with one unknown code are about our account, not the recipients."""
KEPT = timedelta(days=1)
"""A refusal expires after this long without an attempt; the next text will find out."""
TOLD_LATER = 30_000
"""Codes from here on are reported only after the carrier accepted a text, so acceptance proves nothing."""

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
"""KEYS of each script: the rate, the refusal.

ARGV: now, seconds that this text takes, the burst of its class, PROBE_EVERY, its class, GRACE."""

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
"""Several workers slowed down at the same moment count as one."""

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
    """The text may be sent now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The text may not be sent yet: its slot is after `time`."""

    time: timedelta


@dataclass(frozen=True, slots=True)
class Refused:
    """The carrier refuses our account with this code; another text is the probe."""

    code: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """The code with which the carrier refuses our account, and since when."""

    code: int
    since: datetime


class Sending:
    """The send rate and the refusal. All methods raise StoreBusy."""

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
        """Reserve a slot for a text of this many segments: `planned`, or one someone is waiting for.

        After Go the caller must send it right away, because the slot is taken.
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
        """Record that the carrier says we are too fast; return how long nothing is sent."""
        args = [FIRST_PAUSE.total_seconds(), LONGEST_PAUSE.total_seconds()]
        with told_as_busy():
            seconds = self._slowed(keys=[PACE, REFUSED], args=args)
        return timedelta(seconds=float(str(seconds)))

    def refuse(self, code: int, now: datetime) -> None:
        """Record that the carrier refuses our account with this code."""
        args = [code, now.timestamp(), (now + PROBE_EVERY).timestamp(), int(KEPT.total_seconds())]
        with told_as_busy():
            self._refuse(keys=[PACE, REFUSED], args=args)

    def strange(self, code: int, now: datetime) -> bool:
        """Count a refusal with an unknown code; return whether it now counts as a refusal of our account.

        That takes IN_A_ROW of one code, with no other code and no text that got through between them.
        """
        with told_as_busy():
            times = int(str(self._strange(keys=[PACE, REFUSED], args=[code, int(KEPT.total_seconds())])))
        if times < IN_A_ROW:
            return False
        self.refuse(code, now)
        return True

    def went(self, *, delivered: bool = False) -> bool:
        """Record that the carrier accepted a text or, if `delivered`, delivered it.

        Returns whether that ended a refusal.
        """
        below = 10 * TOLD_LATER if delivered else TOLD_LATER
        with told_as_busy():
            return bool(self._went(keys=[PACE, REFUSED], args=[below]))

    def refusal(self) -> Refusal | None:
        """Return the current refusal of our account, or None."""
        with told_as_busy():
            code, since = self._redis.hmget(REFUSED, ["code", "since"])
        if code is None or since is None:
            return None
        return Refusal(int(str(code)), datetime.fromtimestamp(float(str(since)), UTC))
