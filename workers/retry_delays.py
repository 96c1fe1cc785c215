"""Retry delays for texts that could not be sent, by carrier error or send rate.

Rule 1: only an attempt whose failure may be the text's own fault is counted; delays due to the send rate,
        the hour or our account are not.
Rule 2: no two texts retry at the same moment: each waits a little longer, depending on its id.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hotline.carrier.errors import next_day
from hotline.store.followup_record import Claimed, share

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


def after_a_try(claimed: Claimed) -> timedelta:
    """Return the delay before the next attempt."""
    longer: int = 4 ** (claimed.attempts - 1)
    return BACK_OFF * longer


def for_a_turn(claimed: Claimed, time: timedelta) -> timedelta:
    """Return `time`, after which the send rate allows the text, plus jitter."""
    return time + share(f"{claimed.id} {claimed.claim}", JITTER)


def until_next_day(claimed: Claimed, now: datetime) -> datetime:
    """Return when the daily cap resets, spread over the first hour."""
    return next_day(now) + share(claimed.id, FIRST_OF_THE_DAY)


def until_fixed(claimed: Claimed, now: datetime) -> timedelta:
    """Return the delay before a retry while nothing can be sent.

    The longer the outage, the wider the spread, so that not all texts leave in the minute when it ends.
    """
    return NOT_NOW + share(claimed.id, min((now - claimed.first_due) / 4, LONGEST_SPREAD))
