"""Looks up the line type of a caller's number while they are still on the phone.

Rule 1: a look-up is attempted LOOK_UPS times; then the line type stays unknown and the caller is asked.
Rule 2: at most MOST_A_DAY look-ups a day. Each one costs money, and caller ID can be spoofed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from redis import Redis

from hotline.carrier.client import CarrierError
from hotline.carrier.lookups import Lookups
from hotline.log import log
from hotline.store.followup_record import Claimed
from hotline.store.followups import FollowUps
from hotline.store.keys import Secrets
from hotline.store.metrics import count
from workers.claimed_followups import number_of

LOOK_UPS = 3
MOST_A_DAY = 500
"""Limit for callers who are new or did not call for 90 days. More than a center has; about four dollars."""
ASKED = "line_looked_up"
"""The name of the daily counter."""
AGAIN_AFTER = timedelta(seconds=10)
"""Delay before the second attempt, within the same call; the third waits four times as long."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Dependencies of line look-up jobs. One per process."""

    followups: FollowUps
    lookups: Lookups
    secrets: Secrets
    redis: Redis
    zone: ZoneInfo
    """The center's time zone, so that MOST_A_DAY resets at its midnight."""

    def look_up(self, id: str, now: datetime) -> None:
        """Run the look-up with this id. Idempotent. Raises StoreBusy."""
        claimed = self.followups.claim(id, now)
        if claimed is None:
            return
        number = number_of(claimed, self.secrets)
        if number is None or claimed.attempts > LOOK_UPS:
            self.followups.ended(id, "failed", "not_looked_up")
            return
        if count(self.redis, ASKED, now.astimezone(self.zone).date()) > MOST_A_DAY:
            self.followups.ended(id, "failed", "too_many")
            log.warning("line_not_looked_up", reason="too_many")
            return
        try:
            line = self.lookups.line_type(number)
        except CarrierError as error:
            self._failed(claimed, error.code, now)
            return
        self.followups.line_found(id, line, now, done=True)
        log.info("line_looked_up", kind=line)

    def _failed(self, claimed: Claimed, code: int, now: datetime) -> None:
        log.warning("line_not_looked_up", code=code, attempt=claimed.attempts)
        if claimed.attempts >= LOOK_UPS:
            self.followups.ended(claimed.id, "failed", str(code))
        else:
            again = now + AGAIN_AFTER * 4 ** (claimed.attempts - 1)
            self.followups.postpone(claimed, again, str(code), counts=True)
