"""How long a text waits that could not leave now, by what the carrier said or the pace allows.

Rule 1: only a try that may have been the text's own fault is counted; the pace, the hour and our account are not.
Rule 2: no two wait for the same moment: each waits a little longer, by its id.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hotline.carrier.errors import next_day
from hotline.store.followup_record import Claimed, share

TRIES = 4
"""Sends tried before a follow-up counts as failed."""
BACK_OFF = timedelta(minutes=2)
"""Before the second try; each further wait is four times as long."""
NOT_NOW = timedelta(minutes=5)
"""When the carrier says wait, or our account is at fault: looked at again after this, and a spread."""
JITTER = timedelta(seconds=2)
"""Between texts that were told to wait for the same moment."""
FIRST_OF_THE_DAY = timedelta(hours=1)
"""Over which those leave that met the cap of the day before."""
LONGEST_SPREAD = timedelta(hours=6)
"""After a week of refused credentials, what waited leaves over so many hours."""


def after_a_try(claimed: Claimed) -> timedelta:
    """Before the next try."""
    longer: int = 4 ** (claimed.attempts - 1)
    return BACK_OFF * longer


def for_a_turn(claimed: Claimed, time: timedelta) -> timedelta:
    """Until the pace allows it, which is after `time`."""
    return time + share(f"{claimed.id} {claimed.claim}", JITTER)


def until_next_day(claimed: Claimed, now: datetime) -> datetime:
    """Return when the day's cap begins anew; spread, so that not all of them meet it in its first minute."""
    return next_day(now) + share(claimed.id, FIRST_OF_THE_DAY)


def until_mended(claimed: Claimed, now: datetime) -> timedelta:
    """While nothing can be sent. The longer that has lasted, the wider apart they look again, so that they do
    not all leave in the minute when it is over.
    """
    return NOT_NOW + share(claimed.id, min((now - claimed.first_due) / 4, LONGEST_SPREAD))
