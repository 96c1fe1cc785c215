"""Tells the center that a parent waits: when a request is new, and when it has waited for one working day.

1. in working hours alone: what comes at night is told at opening
2. for each target that may be tried now: claim each request that it was not told of (`store.notices`)
3. tell it in one notice of all that were claimed
4. write down that it was told, or give the claims back and leave the target alone for a while

Rule 1: a request that has waited for a working day is told as such, also where its first notice never left.
Rule 2: a job carries nothing, not even an id: what waits stands in the store. It may run twice, and at once.
"""

from __future__ import annotations

import secrets as dice
import time
from dataclasses import dataclass
from datetime import datetime

from redis import Redis

from hotline.carrier.messages import Messages
from hotline.config.settings import Settings
from hotline.log import log
from hotline.store.connection import connect
from hotline.store.in_force import Live
from hotline.store.keys import open_secrets
from hotline.store.notices import Fared, Notices, Occasion, Target, targets
from hotline.store.requests import Request, Requests
from hotline.store.send_rate import Sending
from workers.notify_delivery import Delivery, NotNow, NotTold
from workers.notify_words import notice_of

AT_MOST_SECONDS = 30.0
"""For one job, and a target more; it is cut after a minute. The others are told by the next."""


@dataclass(frozen=True, slots=True)
class Notifier:
    """What it takes to tell them. One per process."""

    requests: Requests
    notices: Notices
    targets: tuple[Target, ...]
    live: Live
    delivery: Delivery
    hotline: str
    desk: str

    def waits(self, now: datetime) -> bool:
        """Whether there is something to tell now, and somebody who may be told. Raises StoreBusy."""
        return any(untold for _, _, untold in self._untold(now))

    def tell(self, now: datetime) -> None:
        """Tell everybody what they were not told yet. Raises StoreBusy."""
        self.notices.begin()
        over = time.monotonic() + AT_MOST_SECONDS
        told: set[Target] = set()
        for target, occasion, untold in self._untold(now):
            if target in told or time.monotonic() > over:
                continue  # one notice at a time; the next one after `TOGETHER`
            claimed = [each for each in untold if self.notices.claim(each, occasion, target, now)]
            if claimed:
                self._tell(target, occasion, claimed, now)
                told.add(target)

    def _untold(self, now: datetime) -> list[tuple[Target, Occasion, list[Request]]]:
        """What each target that may be tried now was not told of."""
        if not (self.targets and self.live.now().hours.open_at(now)):
            return []
        waiting = [(each, self._occasion(each, now)) for each in self.requests.waiting()]
        if not waiting:
            return []
        fared = self.notices.fared()
        free = [each for each in self.targets if fared.get(each.mark, Fared(0)).next <= now.timestamp()]
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
            self.delivery.bring(notice_of(self.hotline, occasion, claimed, self.desk), id, target, now)
        except NotNow as wait:
            self._give_back(target, occasion, claimed)
            self.notices.wait(target, now + wait.time)
        except NotTold as refusal:
            self._give_back(target, occasion, claimed)
            self.notices.refused(target.mark, str(refusal), now)
            log.error("staff_not_told", kind=target.way, count=len(claimed))
        else:
            for request in claimed:
                self.notices.told(request, occasion, target, id)
            self.notices.took(target, now)
            log.info("staff_told", kind=target.way, reason=occasion, count=len(claimed))

    def _give_back(self, target: Target, occasion: Occasion, claimed: list[Request]) -> None:
        for request in claimed:
            self.notices.give_back(request, occasion, target)


def _is_free(request: Request, occasion: Occasion, target: Target, now: datetime) -> bool:
    """Whether a claim of this may succeed."""
    held = dict(request.notices).get(f"{occasion}.{target.mark}")
    return held is None or (not isinstance(held, str) and held <= now.timestamp())


def open_notifier(settings: Settings, redis: Redis | None = None) -> Notifier:
    """Makes the connections; `redis` is one that is there already."""
    redis = redis or connect(settings.redis_url)
    return Notifier(
        requests=Requests(redis),
        notices=Notices(redis),
        targets=targets(settings.notify, open_secrets(settings)),
        live=Live(settings, redis),
        delivery=Delivery(
            Messages(settings), Sending(redis), settings.notify.smtp, settings.pace, settings.public_base_url
        ),
        hotline=settings.hotline_name,
        desk=f"{settings.public_base_url}/desk",
    )
