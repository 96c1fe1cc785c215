"""Limit how many unverified new numbers are texted from calls in an hour.

A caller may present any caller ID, and fake ones would cost us money and text strangers. So only a few new
numbers an hour are texted or looked up. Numbers that consented before, or that the carrier attests, are not
counted.

Rule: an hour's numbers are stored as keyed hashes (`who`) for that hour only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from redis import Redis

from hotline.log import log
from hotline.store.lua import Script
from hotline.store.usage import hour_of

RETENTION: Final = timedelta(hours=1)


class NewNumbers:
    """The limit on new numbers per hour."""

    def __init__(self, redis: Redis, most: int) -> None:
        self._most = most
        self._take = Script(redis, "count_new_number")

    def allows(self, who: str, at: datetime) -> bool:
        """Check whether this number may be texted from a call, and count it; if not, log an hourly alarm.

        One round trip, only in turns that would start a text. Raises StoreBusy.
        """
        hour = hour_of(at)
        keys = [f"{{calls}}:new:{hour}", f"{{calls}}:told:{hour}"]
        taken = int(self._take(keys, who=who, most=self._most, ttl=RETENTION))
        if taken < 0:
            log.error("spend_alarm", reason="too_many_new_numbers_from_calls")
        return taken > 0
