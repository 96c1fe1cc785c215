"""What becomes of a text that could not leave: for the pace, for our account, or by what the carrier said.

Rule 1: nobody waits with a claim in their hands; the record is given back, to come again.
Rule 2: what the carrier tells of the person or of the line is written down before the follow-up ends: else
        nobody would ask again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotline.carrier.errors import CONSENT_ENDS, NO_TEXTS, UNKNOWN_CODE, DeliveryError, Verdict, alarm
from hotline.conversation.model.events import Channel, Event, Kind, LineType
from hotline.log import log
from hotline.store.followup_record import Claimed, is_asked_for, who_of
from hotline.store.followups import FollowUps
from hotline.store.send_rate import Go, Refused, Sending, Wait
from hotline.store.turns import Turns
from workers import retry_delays


@dataclass(frozen=True, slots=True)
class Refusals:
    """What it takes to deal with them. `pace` is in segments a second, for all workers together."""

    followups: FollowUps
    turns: Turns
    sending: Sending
    pace: int

    def hold_back(self, claimed: Claimed, segments: int, now: datetime) -> bool:
        """Gives the claim back when a text of so many segments may not leave now. Returns whether it did."""
        match self.sending.ask(segments, self.pace, now, planned=not is_asked_for(claimed)):
            case Go():
                return False
            case Wait(time=time):
                self._uncounted(claimed, now + _back(claimed, time), "pace")
            case Refused(code=code):
                self._uncounted(claimed, now + retry_delays.until_mended(claimed, now), str(code))
        return True

    def settle(self, claimed: Claimed, error: DeliveryError, now: datetime) -> None:
        """Does what the carrier's no means, or its silence."""
        code = str(error.code)
        self._learn(claimed, error.code, now)
        match error.verdict:
            case Verdict.PERMANENT:
                self.followups.ended(claimed.id, "failed", code)
            case Verdict.OPTED_OUT:
                self._decide(claimed, now, self.turns.opt_out)
                self.followups.ended(claimed.id, "failed", code)
            case Verdict.LATER:
                self._counted(claimed, code, now)
            case Verdict.WAIT | Verdict.STOP:
                self._alarm(error, now)
                self._uncounted(claimed, now + retry_delays.until_mended(claimed, now), code)
            case Verdict.NEXT_DAY:
                log.warning("daily_cap_reached", code=error.code)
                self._uncounted(claimed, retry_delays.until_next_day(claimed, now), code)
            case Verdict.SLOW:
                self._uncounted(claimed, now + retry_delays.for_a_turn(claimed, self.sending.slowed()), code)
            case Verdict.UNKNOWN:
                pass  # the claim runs out, and whoever takes it over looks at the carrier first

    def _alarm(self, error: DeliveryError, now: datetime) -> None:
        """Tell an operator of what must not wait unseen; several of one code that nobody knows stop everything."""
        stops = error.verdict is Verdict.STOP
        if stops:
            self.sending.refuse(error.code, now)
        elif event := alarm(error.code):
            log.error(event, code=error.code)
            stops = event == UNKNOWN_CODE and self.sending.strange(error.code, now)
        if stops:
            log.error("carrier_refuses", code=error.code)

    def _learn(self, claimed: Claimed, code: int, now: datetime) -> None:
        """What an error tells of the line behind the number, or of who has it now."""
        if code in NO_TEXTS:
            self.followups.line_found(claimed.id, LineType.LANDLINE, now)
        if code in CONSENT_ENDS:
            self._decide(claimed, now, self.turns.end_consent)

    def _decide(self, claimed: Claimed, now: datetime, decide: Callable[[str, Event], object]) -> None:
        """The carrier knows of a STOP, or of an end, that we do not."""
        if self.followups.held(claimed.id):
            event = Event(f"opted-out:{claimed.id}", now, Channel.SMS, Kind.DUE, claimed.reminder)
            decide(who_of(claimed.id), event)

    def _counted(self, claimed: Claimed, reason: str, now: datetime) -> None:
        if claimed.attempts >= retry_delays.TRIES:
            self.followups.ended(claimed.id, "failed", reason)
        else:
            due = now + retry_delays.after_a_try(claimed)
            self.followups.postpone(claimed.id, due, reason, attempts=claimed.attempts)

    def _uncounted(self, claimed: Claimed, due: datetime, reason: str) -> None:
        """This was no try."""
        self.followups.postpone(claimed.id, due, reason, attempts=claimed.attempts - 1)


def _back(claimed: Claimed, time: timedelta) -> timedelta:
    """Return after how long to come back. Whoever was promised a text in a minute comes at their turn, to the moment."""
    return time if is_asked_for(claimed) else retry_delays.for_a_turn(claimed, time)
