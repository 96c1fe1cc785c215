"""Limits the retries of planned texts and look-ups whose processing raises any error.

Rule 1: after each failed attempt the wait is four times as long. After TRIES attempts a text is set aside: it ends as
        failed, is counted and logged, and makes a check of /status fail for a day or two.
Rule 2: nothing that a parent agreed to is dropped silently: the desk lists the parent as waiting, to be called or
        texted by hand, unless they are listed already.
Rule 3: a text that may have been sent keeps its claim, so the carrier is asked before the next attempt. An erasure is
        retried until it succeeds (`erasure`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from hotline.conversation.model.events import AskPerson, ReachBy
from hotline.conversation.model.session import Session, Turn
from hotline.log import log
from hotline.store import carrier_notices
from hotline.store.connection import StoreBusy
from hotline.store.followup_record import Claimed, RecordKind, who_of
from hotline.store.followups import FollowUps
from hotline.store.keys import Secrets
from hotline.store.metrics import add_safely
from hotline.store.requests import BY_HAND, Requests
from hotline.store.turns import Turns
from hotline.telemetry.measures import SET_ASIDE
from workers.claimed_followups import event_of, has_consent, name_of, number_of
from workers.delivery_errors import TRIES, retry_delay

REASON: Final = "raised"
"""Why a record waits or failed: its processing raised an error."""

LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class SetAside:
    """Handles records whose processing raises errors. One per process."""

    followups: FollowUps
    turns: Turns
    requests: Requests
    secrets: Secrets
    redis: Redis
    zone: tzinfo

    def guard(self, work: Callable[[], None], id: str, now: datetime) -> None:
        """Process a record. If that raises an error, postpone the record or set it aside, and re-raise."""
        try:
            work()
        except (StoreBusy, RedisError):
            raise  # not the record's fault: its claim expires
        except Exception as error:
            self._settle(id, type(error).__name__, now)
            raise

    def _settle(self, id: str, error: str, now: datetime) -> None:
        claimed = self.followups.claimed(id, now)
        if claimed is None:
            return
        if claimed.kind is RecordKind.ERASE or claimed.attempts < TRIES:
            log.error("followup_raised", reminder=name_of(claimed), attempt=claimed.attempts, error=error)
            if not claimed.marks:
                due = now + min(retry_delay(claimed), LONGEST_WAIT)
                self.followups.postpone(claimed, due, REASON, counts=True)
            return
        log.error("followup_set_aside", reminder=name_of(claimed), attempt=claimed.attempts, error=error)
        try:
            # Before it ends: if Redis or this worker fails meanwhile, it is settled again.
            self._ask_staff(claimed, now)
        except (StoreBusy, RedisError):
            raise
        except Exception as failed:  # noqa: BLE001 -- such as a session that cannot be read: the record still ends
            log.error("set_aside_without_staff", reminder=name_of(claimed), error=type(failed).__name__)
        self.followups.ended(id, "failed", REASON)
        add_safely(self.redis, {SET_ASIDE: 1}, now.astimezone(self.zone).date())

    def _ask_staff(self, claimed: Claimed, now: datetime) -> None:
        """List the parent at the desk, unless they are listed already or have stopped our texts."""
        number = number_of(claimed, self.secrets)
        if number is None or not has_consent(claimed) or claimed.kind is RecordKind.LOOKUP:
            return
        wishes = [each for each in self.requests.of(who_of(claimed.id)) if each.by is not ReachBy.MESSAGE]
        if any(each.done is None for each in wishes):
            return
        last = max(wishes, key=lambda each: each.at, default=None)
        by = ReachBy.TEXT if last is not None and last.by is ReachBy.TEXT else ReachBy.CALL

        def asked(session: Session) -> Turn:
            return Turn(session, effects=(AskPerson(BY_HAND, by=by, urgent=session.in_danger),))

        event = replace(event_of(claimed, now.astimezone(self.zone)), id=f"aside:{claimed.id}")
        carrier_notices.commit(self.turns, who_of(claimed.id), event, asked, number)
