"""Rate limit of wrong passwords at the desk.

Rule 1: a stranger is identified by a keyed mark of the address, for minutes, and nothing else about them is
        stored. Each gets MOST tries in each LOCKED_FOR, and a few concurrent ones: too few to guess any allowed
        password.
Rule 2: guessing locks out no one else, except in a mass attack: then an account, or the desk, is locked for
        a while to all browsers that have not opened it before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from redis import Redis

from hotline.store.connection import raise_store_busy
from hotline.store.lua import Script

MOST: Final = 10
"""Wrong passwords in one WINDOW. Staff mistype a few times; a program tries thousands."""

LOCKED_FOR: Final = timedelta(minutes=5)
WINDOW: Final = LOCKED_FOR
"""With a shorter one, nine guesses a minute would never lock anything, and make thirteen thousand a day."""

MOST_TOGETHER: Final = 100
"""Wrong passwords of all strangers combined in one WINDOW, because a botnet has many addresses."""

MOST_OF_ACCOUNT: Final = 30
"""Wrong passwords for one account, of all strangers combined, in one WINDOW.

More than a staff member mistypes, and far too few to guess an allowed passphrase.
"""

ALL: Final = "all"

ACCOUNT: Final = "account"
"""Prefix of the mark of an account."""


def wrong_key(by: str) -> str:
    """Return the key of the count of wrong passwords."""
    return f"{{desk}}:wrong:{by}"


def locked_key(by: str) -> str:
    """Return the key of the lockout."""
    return f"{{desk}}:shut:{by}"


class LoginThrottle:
    """Count wrong passwords. Every method raises StoreBusy.

    `by` is a mark of an address or a browser, ACCOUNT with the mark of an account, or ALL.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._count = Script(redis, "count_wrong_password")

    def locked_for(self, *by: str) -> timedelta:
        """Return how long the desk stays locked for any of these, zero if it is not locked."""
        with raise_store_busy(), self._redis.pipeline(transaction=False) as pipe:
            for each in by:
                pipe.pttl(locked_key(each))
            left = max(int(str(found)) for found in pipe.execute())
        return timedelta(milliseconds=max(left, 0))

    def wrong(self, *by: str) -> None:
        """Count one more wrong password for each of these."""
        for each in by:
            self._count(
                [wrong_key(each), locked_key(each)],
                most=_most(each),
                window_ms=_milliseconds(WINDOW),
                lockout_ms=_milliseconds(LOCKED_FOR),
            )


def _most(by: str) -> int:
    if by == ALL:
        return MOST_TOGETHER
    return MOST_OF_ACCOUNT if by.startswith(ACCOUNT) else MOST


def _milliseconds(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
