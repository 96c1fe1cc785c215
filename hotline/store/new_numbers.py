"""How many numbers that nobody has proved to be theirs are texted from calls, in an hour.

A caller may show any number. Who makes numbers up spends our money and texts strangers; so in an hour no more than
a few of them are texted or looked up, whoever they are. A number that has said yes before, or that the carriers vouch
for, is none of these.

Rule: an hour's numbers are kept as marks (`who`) for that hour and no longer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from redis import Redis

from hotline.log import log
from hotline.store.connection import told_as_busy
from hotline.store.usage import hour_of

KEPT: Final = timedelta(hours=1)

TAKE = """
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 1 end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[3]) and -1 or 0
end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
"""KEYS: the hour's numbers, that it was told. ARGV: who, how many at most, seconds kept. Returns 1 for one of them, 0 when
there are too many, -1 when that is to be told."""


class NewNumbers:
    """Counts them. Raises StoreBusy."""

    def __init__(self, redis: Redis, most: int) -> None:
        self._most = most
        self._take = redis.register_script(TAKE)

    def allows(self, who: str, at: datetime) -> bool:
        """Whether this number may be texted from a call. One round trip, in the turns that would start a text."""
        hour = hour_of(at)
        keys = [f"{{calls}}:new:{hour}", f"{{calls}}:told:{hour}"]
        with told_as_busy():
            taken = int(str(self._take(keys=keys, args=[who, self._most, int(KEPT.total_seconds())])))
        if taken < 0:
            log.error("spend_alarm", reason="too_many_new_numbers_from_calls")
        return taken > 0
