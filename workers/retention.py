"""Ends the time for which requests for a person are kept: 90 days, then their recordings go, then they.

Rule 1: the recording first. If the carrier is away both stay, and the next run finds them again.
Rule 2: it may run at any time, and twice at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hotline.carrier.recordings import CarrierAway, Recordings
from hotline.log import log
from hotline.settings import Settings
from hotline.store.connection import connect
from hotline.store.requests import Requests


@dataclass(frozen=True, slots=True)
class Retention:
    """What it takes to end it. One per process."""

    requests: Requests
    recordings: Recordings

    def end(self, now: datetime) -> None:
        """Removes what has waited for too long. Raises StoreBusy."""
        old = self.requests.old(now)
        for number, request in enumerate(old):
            if request.recording:
                try:
                    self.recordings.delete(request.recording)
                except CarrierAway:
                    log.warning("requests_not_removed", count=len(old) - number)
                    return
            self.requests.drop(request.id)
        if old:
            log.info("requests_removed", count=len(old))


def open_retention(settings: Settings) -> Retention:
    """Makes the connections."""
    return Retention(Requests(connect(settings.redis_url)), Recordings(settings))
