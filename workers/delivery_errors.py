"""Handling of texts that could not be sent, because of the pace, our account, or a carrier error, and when they are retried.

Rule 1: no worker sleeps while it has a claim; the record is postponed instead.
Rule 2: what the carrier reports about the person or the line is stored before the follow-up ends, because
        nothing retries it afterwards.
Rule 3: only an attempt whose failure may be the text's own fault is counted; delays due to the send rate,
        the hour or our account are not.
Rule 4: no two texts retry at the same moment: each waits a little longer, depending on its id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.carrier.errors import CONSENT_ENDS, NO_TEXTS, DeliveryError, Verdict, alarm, next_day
from hotline.conversation.model.events import Event, LineType
from hotline.log import log
from hotline.store import carrier_notices
from hotline.store.followup_record import Claimed, is_asked_for, spread, who_of
from hotline.store.followups import FollowUps
from hotline.store.send_rate import Go, Refused, Sending, Wait
from hotline.store.turns import Turns

TRIES = 6
"""Attempts before a follow-up counts as failed: over eleven hours, longer than a carrier outage."""
BACK_OFF = timedelta(minutes=2)
"""Delay before the second attempt; each further delay is four times as long."""
NOT_NOW = timedelta(minutes=5)
"""Delay, plus a spread, if the carrier says wait or our account is at fault."""
JITTER = timedelta(seconds=2)
"""Spread of texts that wait until the same moment."""
FIRST_OF_THE_DAY = timedelta(hours=1)
"""Spread of texts that hit the cap of the day before."""
LONGEST_SPREAD = timedelta(hours=6)
"""The widest spread, reached for texts first due a day ago."""


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
            case Wait(time=time):  # a text promised within the minute gets no jitter
                wait = time if is_asked_for(claimed) else delay_with_jitter(claimed, time)
                self.followups.postpone(claimed, now + wait, "pace")
            case Refused(code=code):
                self.followups.postpone(claimed, now + delay_until_fixed(claimed, now), str(code))
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
                self.sending.note_error(error.code, now, **alarm(error.code, error.verdict)._asdict())
                self.followups.postpone(claimed, now + delay_until_fixed(claimed, now), code)
            case Verdict.NEXT_DAY:
                log.warning("daily_cap_reached", code=error.code)
                self.followups.postpone(claimed, next_day(now) + spread(claimed.id, FIRST_OF_THE_DAY), code)
            case Verdict.SLOW:
                self.followups.postpone(claimed, now + delay_with_jitter(claimed, self.sending.pause()), code)
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
        if claimed.attempts >= TRIES:
            self.followups.ended(claimed.id, "failed", reason)
        else:
            due = now + retry_delay(claimed)
            self.followups.postpone(claimed, due, reason, counts=True)


def retry_delay(claimed: Claimed) -> timedelta:
    """Return the delay before the next attempt."""
    longer: int = 4 ** (claimed.attempts - 1)
    return BACK_OFF * longer


def delay_with_jitter(claimed: Claimed, time: timedelta) -> timedelta:
    """Return `time`, after which the send rate allows the text, plus jitter."""
    return time + spread(f"{claimed.id} {claimed.claim}", JITTER)


def delay_until_fixed(claimed: Claimed, now: datetime) -> timedelta:
    """Return the delay before a retry while nothing can be sent.

    The longer the outage, the wider the spread, so that not all texts leave in the minute when it ends.
    """
    return NOT_NOW + spread(claimed.id, min((now - claimed.first_due) / 4, LONGEST_SPREAD))
