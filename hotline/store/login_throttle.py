"""Wrong passwords at the desk: how many there were of late, and by whom.

Rule 1: a stranger is known by a keyed mark of the address, for minutes, and nothing else of them is kept. Whoever guesses
        gets MOST tries in each SHUT_FOR, and a few that are asked at the same moment: too few for any password that is
        allowed.
Rule 2: who guesses shuts nobody else out, but where very many do: then an account, or the desk, is shut for a while to all
        browsers that have not opened it before.
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

MOST_TOGETHER: Final = 100
"""Wrong ones of all strangers together, whatever their addresses, in one WINDOW: a botnet has many."""

MOST_OF_ACCOUNT: Final = 30
"""Wrong ones for one account of all strangers together in one WINDOW: more than a staff member mistypes, and far too few
for a passphrase that is allowed."""

ALL: Final = "all"

ACCOUNT: Final = "account"
"""Before the mark of an account."""

COUNT_WRONG = """
local wrong = redis.call('INCR', KEYS[1])
if wrong == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if wrong < tonumber(ARGV[1]) then return end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])
"""


def wrong_key(by: str) -> str:
    """Where the wrong guesses are counted."""
    return f"{{desk}}:wrong:{by}"


def shut_key(by: str) -> str:
    """That there were too many."""
    return f"{{desk}}:shut:{by}"


class Guesses:
    """Counts wrong passwords, by who gave them: a mark of an address or of a browser, ACCOUNT and the mark of whose it should be, or ALL. All raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._count = redis.register_script(COUNT_WRONG)

    def shut_for(self, *by: str) -> timedelta:
        """How long the desk stays shut to one of these; nothing when it is not."""
        with told_as_busy(), self._redis.pipeline(transaction=False) as pipe:
            for each in by:
                pipe.pttl(shut_key(each))
            left = max(int(str(found)) for found in pipe.execute())
        return timedelta(milliseconds=max(left, 0))

    def wrong(self, *by: str) -> None:
        """One more, of each of these."""
        for each in by:
            args = [_most(each), _milliseconds(WINDOW), _milliseconds(SHUT_FOR)]
            with told_as_busy():
                self._count(keys=[wrong_key(each), shut_key(each)], args=args)


def _most(by: str) -> int:
    if by == ALL:
        return MOST_TOGETHER
    return MOST_OF_ACCOUNT if by.startswith(ACCOUNT) else MOST


def _milliseconds(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
