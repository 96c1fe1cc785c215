"""Removes at the carrier what a person asked us to delete, until it is done.

Rule 1: what is ours went with the turn that asked (`store.commit`). What is left is this record, with the
        number sealed in it; when all is gone at the carrier, it goes as well.
Rule 2: the first run is at once. The last one begins when the answer to the request has had time to arrive,
        so that this is removed too.
Rule 2a: while runs remove something they follow each other at once; nobody's thousand texts take a day.
Rule 3: what cannot be removed yet is tried again, in minutes, then hours. Twilio says that it may take 14
        days before a message can be deleted; after twice that somebody must look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.carrier.erasing import ANSWERED_WITHIN, Eraser
from hotline.config.settings import Settings
from hotline.log import log
from hotline.store.connection import connect
from hotline.store.followup_record import Claimed
from hotline.store.followups import FollowUps
from hotline.store.keys import Secrets, open_secrets

AGAIN_AFTER = timedelta(minutes=2)
"""Before the second run; each further wait is four times as long, up to LONGEST_WAIT."""
GOES_ON_AFTER = timedelta(seconds=20)
"""A run that removed something and was cut by its time is no failed try: the next one goes on."""
LONGEST_WAIT = timedelta(hours=6)
GIVEN_UP_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Erasures:
    """What it takes to erase. One per process."""

    followups: FollowUps
    eraser: Eraser
    secrets: Secrets

    def erase(self, id: str, now: datetime) -> None:
        """Does a run of the erasure of this id. Safe to call twice. Raises StoreBusy."""
        claimed = self.followups.claim(id, now)
        if claimed is None:
            return
        caller = self.secrets.unseal(claimed.sealed) if claimed.sealed else None
        if caller is None:
            self._give_up(claimed, "no_number")
            return
        done = self.eraser.erase(caller, claimed.event, claimed.asked, claimed.recordings)
        answered = claimed.asked + ANSWERED_WITHIN
        if done.all_gone and now >= answered:
            self.followups.forget(id)
            log.info("erased", attempt=claimed.attempts)
        elif done.all_gone:
            self.followups.postpone(id, answered, "answering", attempts=claimed.attempts - 1)
        elif now - claimed.asked > GIVEN_UP_AFTER:
            self._give_up(claimed, "not_erased")
        elif done.removed:
            self.followups.postpone(id, now + GOES_ON_AFTER, "not_erased", attempts=claimed.attempts - 1)
            log.info("erasing", count=done.removed)
        else:
            wait = min(AGAIN_AFTER * 4 ** min(claimed.attempts - 1, 10), LONGEST_WAIT)
            self.followups.postpone(id, now + wait, "not_erased", attempts=claimed.attempts)
            log.warning("not_erased_yet", attempt=claimed.attempts)

    def _give_up(self, claimed: Claimed, reason: str) -> None:
        """The record stays, without its number, to tell that somebody must look into it."""
        self.followups.ended(claimed.id, "failed", reason)
        log.error("erasure_given_up", reason=reason, attempt=claimed.attempts)


def open_erasures(settings: Settings) -> Erasures:
    """Makes the connections."""
    redis = connect(settings.redis_url)
    return Erasures(FollowUps(redis), Eraser(settings), open_secrets(settings))
