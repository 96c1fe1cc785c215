"""Wrong passwords at the desk: how many there were of late, from wherever they came.

Rule: nothing of who guessed is kept, not even a hash of an address. So the desk is shut for everybody
for a while; whoever guesses gets MOST tries in each SHUT_FOR, and a few that are asked at the same moment: too few for
any password that is allowed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from redis import Redis

from hotline.store.connection import told_as_busy

MOST: Final = 10
"""Wrong ones in one WINDOW. The staff mistype it a few times; a program tries thousands."""

SHUT_FOR: Final = timedelta(minutes=5)
WINDOW: Final = SHUT_FOR
"""Not shorter: nine in each minute would shut nothing, and be thirteen thousand a day."""

WRONG, SHUT = "{desk}:wrong", "{desk}:shut"

COUNT_WRONG = """
local wrong = redis.call('INCR', KEYS[1])
if wrong == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if wrong < tonumber(ARGV[1]) then return end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])
"""


class Guesses:
    """Counts wrong passwords. All raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._count = redis.register_script(COUNT_WRONG)

    def shut_for(self) -> timedelta:
        """How long the desk stays shut; nothing when it is not."""
        with told_as_busy():
            left = int(str(self._redis.pttl(SHUT)))
        return timedelta(milliseconds=max(left, 0))

    def wrong(self) -> None:
        """One more."""
        args = [MOST, _milliseconds(WINDOW), _milliseconds(SHUT_FOR)]
        with told_as_busy():
            self._count(keys=[WRONG, SHUT], args=args)


def _milliseconds(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
