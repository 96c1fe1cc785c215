"""Notifies the center that a parent is waiting: when a request is new, and again after one working day.

1. only during working hours; requests that come in at night are announced at opening
2. for each target that may be tried now, claim each request it was not notified about (`store.notices`)
3. send one notice for all claimed requests
4. record the notice, or release the claims and back off from that target

Rule 1: a request that has waited for a working day is announced as such, even if its first notice was never
        sent.
Rule 2: a job has no arguments, not even an id: the waiting requests are in the store. Jobs may run twice
        and concurrently.
"""

from __future__ import annotations

import secrets as dice
import time
from datetime import datetime

from redis import Redis

from hotline.config.settings import Settings
from hotline.log import log
from hotline.store.in_force import Live
from hotline.store.keys import open_secrets
from hotline.store.notices import Notices, Occasion, Target, TargetState, targets
from hotline.store.requests import Request, Requests
from workers.notify_delivery import Delivery, NotDelivered, NotNow, notice_of

AT_MOST_SECONDS = 30.0
"""For one job, plus one target; RQ kills it after a minute. The next job does the rest."""


class Notifier:
    """Dependencies of notice jobs. One per process."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        self.requests, self.notices = Requests(redis), Notices(redis)
        self.targets = targets(settings.notify, open_secrets(settings))
        self.live, self.delivery = Live(settings, redis), Delivery(settings, redis)
        self.hotline, self.desk = settings.hotline_name, f"{settings.public_base_url}/desk"

    def waits(self, now: datetime) -> bool:
        """Check whether a notice is due and a target may be tried now. Raises StoreBusy."""
        return any(unnotified for _, _, unnotified in self._unnotified(now))

    def tell(self, now: datetime) -> None:
        """Send each target the notices it has not received. Raises StoreBusy."""
        self.notices.begin()
        over = time.monotonic() + AT_MOST_SECONDS
        notified: set[Target] = set()
        for target, occasion, unnotified in self._unnotified(now):
            if target in notified or time.monotonic() > over:
                continue  # one notice per target; the next one after `TOGETHER`
            claimed = [each for each in unnotified if self.notices.claim(each, occasion, target, now)]
            if claimed:
                self._tell(target, occasion, claimed, now)
                notified.add(target)

    def _unnotified(self, now: datetime) -> list[tuple[Target, Occasion, list[Request]]]:
        """Return the requests that each target which may be tried now was not notified about."""
        if not (self.targets and self.live.now().hours.open_at(now)):
            return []
        waiting = [(each, self._occasion(each, now)) for each in self.requests.waiting()]
        if not waiting:
            return []
        target_states = self.notices.target_states()
        free = [
            each
            for each in self.targets
            if target_states.get(each.mark, TargetState(0)).next <= now.timestamp()
        ]
        return [
            (
                target,
                occasion,
                [r for r, of in waiting if of is occasion and _is_free(r, occasion, target, now)],
            )
            for target in free
            for occasion in Occasion
        ]

    def _occasion(self, request: Request, now: datetime) -> Occasion:
        over = self.live.now().hours.working_day_after(request.since)
        return Occasion.WAITED if over is not None and over <= now else Occasion.NEW

    def _tell(self, target: Target, occasion: Occasion, claimed: list[Request], now: datetime) -> None:
        id = dice.token_hex(8)
        try:
            self.delivery.deliver(notice_of(self.hotline, occasion, claimed, self.desk), id, target, now)
        except NotNow as wait:
            self._give_back(target, occasion, claimed)
            self.notices.wait(target, now + wait.time)
        except NotDelivered as refusal:
            self._give_back(target, occasion, claimed)
            self.notices.refused(target.mark, str(refusal), now)
            log.error("staff_not_notified", kind=target.way, count=len(claimed))
        else:
            for request in claimed:
                self.notices.record_sent(request, occasion, target, id)
            self.notices.took(target, now)
            log.info("staff_notified", kind=target.way, reason=occasion, count=len(claimed))

    def _give_back(self, target: Target, occasion: Occasion, claimed: list[Request]) -> None:
        for request in claimed:
            self.notices.give_back(request, occasion, target)


def _is_free(request: Request, occasion: Occasion, target: Target, now: datetime) -> bool:
    """Check whether this request can be claimed for this occasion and target."""
    held = dict(request.notices).get(f"{occasion}.{target.mark}")
    return held is None or (not isinstance(held, str) and held <= now.timestamp())
