"""Deletes a person's data at the carrier after they asked us to, retrying until it is done.

Rule 1: our own data was deleted in the turn that asked (`store.turns`). Only this record remains, with the
        number sealed in it; it is deleted once everything is gone at the carrier.
Rule 2: the first run is immediate. The last one starts once the reply to the request has had time to
        arrive, so that the reply is deleted too.
Rule 3: while runs still delete something, they follow each other at once, so a thousand texts don't take a
        day.
Rule 4: what cannot be deleted yet is retried after minutes, then hours. Twilio says it may take 14 days
        until a message can be deleted; after twice that, a person must look into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.carrier.erasing import ANSWERED_WITHIN, Eraser
from hotline.log import log
from hotline.store.followup_record import Claimed
from hotline.store.followups import FollowUps
from hotline.store.keys import Secrets
from workers.claimed_followups import number_of

AGAIN_AFTER = timedelta(minutes=2)
"""Delay before the second run; each further delay is four times as long, up to LONGEST_WAIT."""
GOES_ON_AFTER = timedelta(seconds=20)
"""Delay after a run that deleted something but ran out of time; it is not a failed attempt."""
LONGEST_WAIT = timedelta(hours=6)
GIVEN_UP_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Erasures:
    """Dependencies of erasure jobs. One per process."""

    followups: FollowUps
    eraser: Eraser
    secrets: Secrets

    def erase(self, id: str, now: datetime) -> None:
        """Run the erasure with this id once. Idempotent. Raises StoreBusy."""
        claimed = self.followups.claim(id, now)
        if claimed is None:
            return
        caller = number_of(claimed, self.secrets)
        if caller is None:
            self._give_up(claimed, "no_number")
            return
        done = self.eraser.erase(caller, claimed.event, claimed.asked, claimed.recordings)
        answered = claimed.asked + ANSWERED_WITHIN
        if done.all_gone and now >= answered:
            self.followups.forget(id)
            log.info("erased", attempt=claimed.attempts)
        elif done.all_gone:
            self.followups.postpone(claimed, answered, "answering")
        elif now - claimed.asked > GIVEN_UP_AFTER:
            self._give_up(claimed, "not_erased")
        elif done.removed:
            self.followups.postpone(claimed, now + GOES_ON_AFTER, "not_erased")
            log.info("erasing", count=done.removed)
        else:
            wait = min(AGAIN_AFTER * 4 ** min(claimed.attempts - 1, 10), LONGEST_WAIT)
            self.followups.postpone(claimed, now + wait, "not_erased", counts=True)
            log.warning("not_erased_yet", attempt=claimed.attempts)

    def _give_up(self, claimed: Claimed, reason: str) -> None:
        """End the record as failed. It stays, without its number, so that a person looks into it."""
        self.followups.ended(claimed.id, "failed", reason)
        log.error("erasure_given_up", reason=reason, attempt=claimed.attempts)
