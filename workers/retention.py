"""Ends the time of what is kept, where it does not expire by itself (`store.retention` lists all).

Rule 1: of a request for a person the recording goes first, at the carrier. If the carrier is away both stay, and the next run finds them again.
Rule 1a: a request that expired before that left its recording behind. So once a day those that are older than any request
        are looked for at the carrier, and removed.
Rule 2: it may run at any time, and twice at once.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis import Redis

from hotline.carrier.recordings import CarrierAway, Recordings
from hotline.config.settings import Settings
from hotline.log import log
from hotline.store.audit import Audit
from hotline.store.connection import connect
from hotline.store.heartbeat import first_to_tell
from hotline.store.keys import open_secrets
from hotline.store.purge import Trimming
from hotline.store.request_work import RequestWork
from hotline.store.requests import EXPIRES_AFTER, Requests

SWEPT_EVERY = timedelta(days=1)
SWEPT = timedelta(days=30)
"""How far beyond the time of a request old recordings are looked for: longer than no worker has run."""
AT_MOST_SECONDS = 20.0
"""For one such look."""


@dataclass(frozen=True, slots=True)
class Retention:
    """What it takes to end it. One per process."""

    requests: Requests
    recordings: Recordings
    trimming: Trimming
    audit: Audit
    redis: Redis
    work: RequestWork

    def end(self, now: datetime) -> None:
        """Removes what has been kept for too long, and seals numbers anew after a secret was changed. Raises
        StoreBusy.
        """
        self._end_requests(now)
        if first_to_tell(self.redis, "swept", SWEPT_EVERY):
            self._sweep(now)
        done = self.trimming.run(now)
        if gone := done.gone + self.audit.trim(now):
            log.info("retention_ended", count=gone)
        if done.sealed:
            log.info("numbers_sealed_anew", count=done.sealed)
        if done.unreadable:
            log.error("records_unreadable", count=done.unreadable)
        if done.shut:
            log.error("numbers_cannot_be_read", count=done.shut)

    def _sweep(self, now: datetime) -> None:
        """Remove the recordings at the carrier that no request leads to any more."""
        until, over, count = now - EXPIRES_AFTER, time.monotonic() + AT_MOST_SECONDS, 0
        try:
            for recording in self.recordings.left_between(until - SWEPT, until):
                self.recordings.delete(recording)
                count += 1
                if time.monotonic() > over:
                    break
        except CarrierAway:
            log.warning("recordings_not_swept", count=count)
        if count:
            log.warning("old_recordings_removed", count=count)

    def _end_requests(self, now: datetime) -> None:
        """Remove what nobody has done for too long, and what was done a day ago."""
        over = [*self.requests.old(now), *self.work.over(now)]
        for number, request in enumerate(over):
            if request.recording:
                try:
                    self.recordings.delete(request.recording)
                except CarrierAway:
                    log.warning("requests_not_removed", count=len(over) - number)
                    return
            self.work.retire(request)
        if over:
            log.info("requests_removed", count=len(over))


def open_retention(settings: Settings) -> Retention:
    """Makes the connections."""
    redis = connect(settings.redis_url)
    secrets = open_secrets(settings)
    return Retention(
        requests=Requests(redis),
        recordings=Recordings(settings),
        trimming=Trimming(redis, secrets),
        audit=Audit(redis),
        redis=redis,
        work=RequestWork(redis, secrets),
    )
