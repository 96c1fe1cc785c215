"""Handling of texts that could not be sent: because of the pace, our account, or a carrier error.

Rule 1: no worker sleeps while it has a claim; the record is postponed instead.
Rule 2: what the carrier reports about the person or the line is stored before the follow-up ends, because
        nothing retries it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.carrier.errors import CONSENT_ENDS, NO_TEXTS, DeliveryError, Verdict, alarm
from hotline.conversation.model.events import Event, LineType
from hotline.log import log
from hotline.store import carrier_notices
from hotline.store.followup_record import Claimed, is_asked_for, who_of
from hotline.store.followups import FollowUps
from hotline.store.send_rate import Go, Refused, Sending, Wait
from hotline.store.turns import Turns
from workers import retry_delays


@dataclass(frozen=True, slots=True)
class Refusals:
    """Handles refused texts. `pace` is in segments per second, for all workers together."""

    followups: FollowUps
    turns: Turns
    sending: Sending
    pace: int

    def hold_back(self, claimed: Claimed, segments: int, now: datetime) -> bool:
        """Postpone the claim if a text of `segments` may not leave now. Return whether it did."""
        match self.sending.ask(segments, self.pace, now, planned=not is_asked_for(claimed)):
            case Go():
                return False
            case Wait(time=time):
                self._uncounted(claimed, now + _back(claimed, time), "pace")
            case Refused(code=code):
                self._uncounted(claimed, now + retry_delays.until_fixed(claimed, now), str(code))
        return True

    def settle(self, claimed: Claimed, error: DeliveryError, now: datetime) -> None:
        """Apply the consequences of a carrier error, or of a missing answer, to the follow-up."""
        code = str(error.code)
        self._learn(claimed, error.code, now)
        match error.verdict:
            case Verdict.PERMANENT:
                self.followups.ended(claimed.id, "failed", code)
            case Verdict.OPTED_OUT:
                self._decide(claimed, now, carrier_notices.opt_out)
                self.followups.ended(claimed.id, "failed", code)
            case Verdict.LATER:
                self._counted(claimed, code, now)
            case Verdict.WAIT | Verdict.STOP:
                self.sending.note_error(error.code, alarm(error.code, error.verdict), now)
                self._uncounted(claimed, now + retry_delays.until_fixed(claimed, now), code)
            case Verdict.NEXT_DAY:
                log.warning("daily_cap_reached", code=error.code)
                self._uncounted(claimed, retry_delays.until_next_day(claimed, now), code)
            case Verdict.SLOW:
                self._uncounted(claimed, now + retry_delays.for_a_turn(claimed, self.sending.pause()), code)
            case Verdict.UNKNOWN:
                pass  # the claim expires; the worker that takes over asks the carrier first

    def _learn(self, claimed: Claimed, code: int, now: datetime) -> None:
        """Store what an error code says about the line or about who now has the number."""
        if code in NO_TEXTS:
            self.followups.line_found(claimed.id, LineType.LANDLINE, now)
        if code in CONSENT_ENDS:
            self._decide(claimed, now, carrier_notices.end_consent)

    def _decide(self, claimed: Claimed, now: datetime, decide: Callable[[Turns, str, Event], object]) -> None:
        """Apply an opt-out or end of consent that only the carrier knew about."""
        if self.followups.held(claimed.id):
            event = carrier_notices.event_of(claimed.id, now, claimed.reminder)
            decide(self.turns, who_of(claimed.id), event)

    def _counted(self, claimed: Claimed, reason: str, now: datetime) -> None:
        if claimed.attempts >= retry_delays.TRIES:
            self.followups.ended(claimed.id, "failed", reason)
        else:
            due = now + retry_delays.after_a_try(claimed)
            self.followups.postpone(claimed, due, reason, counts=True)

    def _uncounted(self, claimed: Claimed, due: datetime, reason: str) -> None:
        """Postpone the follow-up without counting this attempt."""
        self.followups.postpone(claimed, due, reason)


def _back(claimed: Claimed, time: timedelta) -> timedelta:
    """Return the delay before the next attempt; a text promised within the minute gets no jitter."""
    return time if is_asked_for(claimed) else retry_delays.for_a_turn(claimed, time)
