"""Shared rate limit for texts that we initiate, and whether the carrier refuses them until someone fixes the cause.

Rule 1: the rate is in segments per second across all workers, with BURST allowed at once (GCRA: `free` is
        the theoretical arrival time). A text that must wait is given its own slot, so waiting texts come
        back one by one.
Rule 2: two classes share the rate. A text someone is waiting for now takes the next slot: it has its own
        queue and the whole burst, and no planned text takes a slot while it waits. Planned texts get the
        rest.
Rule 3: when the carrier reports that we are too fast, nothing is sent for a while, twice as long each time
        in a row.
Rule 4: when the carrier refuses our account, only one probe text is sent every PROBE_EVERY. The first that
        gets through ends the refusal.
Rule 5: the rate uses the clock of Redis, which is the same for all workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis

from hotline.log import log
from hotline.store.connection import raise_store_busy
from hotline.store.lua import Script

BURST = timedelta(seconds=5)
"""How much may be sent at once after a quiet time; the carrier queues it."""
PLANNED_BURST = timedelta(seconds=2)
"""The part of BURST that planned texts may use.

The rest stays free, so that a text someone waits for is sent at once behind any number of reminders."""
GRACE = timedelta(seconds=2)
"""How long the slot of a text someone waits for is reserved: a tick of the clock, and a worker."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)
"""Pause after the carrier's first "too many requests", and the longest pause."""
PROBE_EVERY = timedelta(minutes=3)
IN_A_ROW = 5
"""This many consecutive refusals with one unknown code are about our account, not the recipients."""
RETENTION = timedelta(days=1)
"""A refusal expires after this long without an attempt; the next text will find out."""
REPORTED_LATER = 30_000
"""Codes from here on are reported only after the carrier accepted a text, so acceptance proves nothing."""

PACE, REFUSED = "{sending}:pace", "{sending}:refused"
KEYS = (PACE, REFUSED)
"""The keys of the scripts that need both."""


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


class Sending:
    """The send rate and the refusal. All methods raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._ask = Script(redis, "reserve_send")
        self._pause = Script(redis, "pause_sending")
        self._count_unknown = Script(redis, "count_unknown_code")
        self._accepted = Script(redis, "note_accepted")

    def ask(
        self, segments: int, per_second: int, now: datetime, *, planned: bool = False
    ) -> Go | Wait | Refused:
        """Reserve a slot for a text of this many segments: `planned`, or one someone is waiting for.

        After Go the caller must send it right away, because the slot is taken.
        """
        answer: list[Any] = self._ask(
            KEYS,
            now=now.timestamp(),
            takes=segments / per_second,
            burst=(PLANNED_BURST if planned else BURST).total_seconds(),
            planned=planned,
            probe_every=PROBE_EVERY.total_seconds(),
            grace=GRACE.total_seconds(),
        )
        match answer:
            case ["wait", seconds]:
                return Wait(timedelta(seconds=float(seconds)))
            case ["refused", code]:
                return Refused(int(code))
            case _:
                return Go()

    def pause(self) -> timedelta:
        """Record that the carrier says we are too fast; return how long nothing is sent."""
        seconds = self._pause(
            [PACE], first=FIRST_PAUSE.total_seconds(), longest=LONGEST_PAUSE.total_seconds()
        )
        return timedelta(seconds=float(str(seconds)))

    def refuse(self, code: int, now: datetime) -> None:
        """Record that the carrier refuses our account with this code."""
        probe = (now + PROBE_EVERY).timestamp()
        store_refusal(self._redis, REFUSED, code, now, RETENTION, probe=probe)

    def count_unknown(self, code: int, now: datetime) -> bool:
        """Count a refusal with an unknown code; return whether it now counts as a refusal of our account.

        That takes IN_A_ROW of one code, with no other code and no text that got through between them.
        """
        times = int(self._count_unknown([PACE], code=str(code), ttl=RETENTION))
        if times < IN_A_ROW:
            return False
        self.refuse(code, now)
        return True

    def note_error(self, code: int, now: datetime, *, event: str, stops: bool, unknown: bool) -> None:
        """Log the event of an error code, if it needs an operator, and stop all sending if the code calls for it.

        `event`, `stops` and `unknown` are what `carrier.errors.alarm` says of the code. An unknown code stops
        sending when it is repeated. Raises StoreBusy.
        """
        if stops:
            self.refuse(code, now)
        elif event:
            log.error(event, code=code)
        if stops or (unknown and self.count_unknown(code, now)):
            log.error("carrier_refuses", code=code)

    def accepted(self, *, delivered: bool = False) -> bool:
        """Record that the carrier accepted a text or, if `delivered`, delivered it.

        Returns whether that ended a refusal.
        """
        below = 10 * REPORTED_LATER if delivered else REPORTED_LATER
        return bool(self._accepted(KEYS, below=below))

    def refusal(self) -> Refusal | None:
        """Return the current refusal of our account, or None."""
        return read_refusal(self._redis, REFUSED)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The carrier's error code, and when it first refused."""

    code: int
    since: datetime


def store_refusal(redis: Redis, key: str, code: int, now: datetime, ttl: timedelta, **fields: float) -> None:
    """Store a refusal with more `fields`; it stays as old as the first one. Raises StoreBusy."""
    with raise_store_busy(), redis.pipeline(transaction=True) as pipe:
        pipe.hsetnx(key, "since", str(now.timestamp()))
        for name, value in {"code": code, **fields}.items():
            pipe.hset(key, name, str(value))
        pipe.expire(key, ttl)
        pipe.execute()


def read_refusal(redis: Redis, key: str) -> Refusal | None:
    """Return the stored refusal, or None. Raises StoreBusy."""
    with raise_store_busy():
        code, since = redis.hmget(key, ["code", "since"])
    if code is None or since is None:
        return None
    return Refusal(int(str(code)), datetime.fromtimestamp(float(str(since)), UTC))
