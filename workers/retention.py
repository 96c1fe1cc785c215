"""Deletes data whose retention period is over and that does not expire by itself (see `store.retention`).

Rule 1: a request's recording is deleted first, at the carrier. If that fails, both stay, and the next run finds
        them again.
Rule 2: a request that expired before that left its recording behind. So once a day, recordings older than
        any request are listed at the carrier and deleted.
Rule 3: it may run at any time and twice concurrently.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from redis import Redis

from hotline.carrier.recordings import CarrierAway, Recordings
from hotline.config.settings import Settings
from hotline.log import log
from hotline.store.audit import Audit
from hotline.store.gave_up import GaveUp
from hotline.store.keys import Secrets
from hotline.store.leases import acquire_alert
from hotline.store.months import sum_up
from hotline.store.purge import Purge
from hotline.store.request_work import RequestWork
from hotline.store.requests import EXPIRES_AFTER, Requests

SWEPT_EVERY = timedelta(days=1)
SWEPT = timedelta(days=30)
"""How far past the lifetime of a request to search for old recordings; covers long worker downtime."""
REQUESTS_SECONDS = 10.0
"""Time limit for requests in one run, so that a recording that can't be deleted blocks nothing else."""
AT_MOST_SECONDS = 20.0
"""Time limit for one sweep."""


class Retention:
    """Dependencies of the retention job. One per process."""

    def __init__(self, settings: Settings, redis: Redis, secrets: Secrets) -> None:
        self.redis, self.zone = redis, settings.time_zone
        self.requests, self.work = Requests(redis), RequestWork(redis, secrets)
        self.recordings, self.audit = Recordings(settings), Audit(redis)
        self.purge = Purge(redis, secrets, GaveUp(redis, self.zone))

    def end(self, now: datetime) -> None:
        """Delete expired data, and re-seal numbers after a secret was changed. Raises StoreBusy."""
        self._end_requests(now)
        if acquire_alert(self.redis, "swept", SWEPT_EVERY):
            self._sweep(now)
        sum_up(self.redis, now.astimezone(self.zone).date())
        done = self.purge.run(now)
        if gone := done.gone + self.audit.trim(now):
            log.info("retention_ended", count=gone)
        if done.sealed:
            log.info("numbers_sealed_anew", count=done.sealed)
        if done.unreadable:
            log.error("records_unreadable", count=done.unreadable)
        if done.undecryptable:
            log.error("numbers_cannot_be_read", count=done.undecryptable)

    def _sweep(self, now: datetime) -> None:
        """Delete the recordings at the carrier that no request refers to anymore."""
        until, end, count = now - EXPIRES_AFTER, time.monotonic() + AT_MOST_SECONDS, 0
        try:
            for recording in self.recordings.left_between(until - SWEPT, until, end):
                count += self._is_deleted(recording)
        except CarrierAway:
            log.warning("recordings_not_swept", count=count)
        if count:
            log.warning("old_recordings_removed", count=count)

    def _end_requests(self, now: datetime) -> None:
        """Delete requests that stayed open too long, and those closed a day ago."""
        over = [*self.requests.old(now), *self.work.over(now)]
        removed, end = 0, time.monotonic() + REQUESTS_SECONDS
        for request in over:
            if not request.recording or self._is_deleted(request.recording):
                self.work.retire(request)
                removed += 1
            if time.monotonic() > end:
                break
        if removed < len(over):
            log.warning("requests_not_removed", count=len(over) - removed)
        if removed:
            log.info("requests_removed", count=removed)

    def _is_deleted(self, recording: str) -> bool:
        """Delete a recording, and return whether it is gone."""
        try:
            self.recordings.delete(recording)
        except CarrierAway:
            return False
        return True
