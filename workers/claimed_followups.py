"""Facts about a claimed follow-up: its number, consent, name in the log, due event, and IDs at the carrier."""

from __future__ import annotations

from datetime import datetime

from hotline.carrier.errors import DeliveryError, Verdict
from hotline.conversation.model.events import Channel, Event, EventKind, Texting
from hotline.store.followup_record import Claimed, who_of
from hotline.store.followups import ARRIVES_WITHIN, FollowUps
from hotline.store.keys import Secrets


def number_of(claimed: Claimed, secrets: Secrets) -> str | None:
    """Return the person's number, or None if it is no longer stored or cannot be read."""
    return secrets.unseal(claimed.sealed) if claimed.sealed else None


def agreed(claimed: Claimed) -> bool:
    """Check whether the person has consented to this text.

    A text that they requested individually does not need consent to the series.
    """
    if claimed.one_text:
        return claimed.texting != Texting.STOPPED
    return claimed.texting == Texting.YES


def name_of(claimed: Claimed) -> str:
    """Return the name for the log: the reminder, or else the record's kind."""
    return claimed.reminder or claimed.kind


def event_of(claimed: Claimed, now: datetime) -> Event:
    """Return the event that a follow-up is due; each resend has its own event id, counted or not."""
    id = f"due:{claimed.id}:{claimed.came_back}" if claimed.came_back else f"due:{claimed.id}"
    return Event(id, now, Channel.SMS, EventKind.DUE, claimed.reminder, ours=claimed.ours, days=claimed.days)


def may_still_arrive(claimed: Claimed, now: datetime) -> bool:
    """Check whether the previous worker began to send so recently that the carrier may not list the text yet."""
    return bool(claimed.marks) and claimed.lost_at is not None and now - claimed.lost_at < ARRIVES_WITHIN


def sids_of_others(followups: FollowUps, claimed: Claimed) -> frozenset[str]:
    """Return the carrier's IDs of other texts: earlier tries of this one, and the person's other texts.

    Raises DeliveryError while another text with the same words is being sent, because its ID is not known yet; StoreBusy.
    """
    others = [each for id, each in followups.records(who_of(claimed.id)).items() if id != claimed.id]
    if any(set(claimed.marks).intersection(each.get("marks", ())) for each in others):
        raise DeliveryError(Verdict.LATER, 0)
    sids = (sid for each in others for sid in (each.get("sid"), *each.get("past", ())) if sid)
    return frozenset((*claimed.past, *sids))
