"""What Twilio tells later of a text that we sent, and what we do then.

Rule 1: statuses move forward only; those on the way (queued, sending) say that the carrier has it.
Rule 2: a text that was not delivered goes by the same table as one that was refused (`carrier.errors`): for a
        reason that passes it is sent again, a few times; an opt-out and a landline are remembered.
Rule 3: of somebody who was erased nothing is written again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hotline.carrier.errors import CONSENT_ENDS, NO_TEXTS, TRIED_AGAIN, Verdict, verdict
from hotline.conversation.model import Channel, Event, Kind, LineType
from hotline.log import log
from hotline.store.records import RecordKind, kind_of, share, who_of
from hotline.store.sending import Sending
from hotline.web.service import Service

AGAIN_AFTER: dict[RecordKind, tuple[timedelta, ...]] = {
    RecordKind.REMINDER: (timedelta(hours=2), timedelta(hours=8)),
    RecordKind.THIS: (timedelta(minutes=5), timedelta(minutes=10)),
}
"""How long after it was not delivered a text is sent again. A phone that is off stays so for hours; words
that were asked for in a call are wanted now or not at all."""

AT_FAULT_FOR = timedelta(hours=1)
"""When our account is at fault, or the hour was wrong: tried again after this, and as much at most besides, so
that those that wait do not all leave at once. Each try is a text that the carrier may count against us."""


def note_status(service: Service, id: str, sid: str, to: str, status: str, code: str, now: datetime) -> None:
    """Notes what became of the follow-up `id`, which the carrier knows as `sid` and sent to the number `to`.
    Raises StoreBusy; noting it again is all right.
    """
    match status:
        case "delivered" | "read":
            service.followups.heard(id, "delivered", sid)
            if Sending(service.redis).went(delivered=True):
                log.info("carrier_takes_texts_again")
        case "undelivered" | "failed":
            _not_delivered(service, id, sid, to, code or status, now)
        case "canceled":
            service.followups.heard(id, "failed", sid, status)
        case _:
            service.followups.heard(id, "sent", sid)
    log.info("status_noted", status=status, code=code or None)


def _not_delivered(service: Service, id: str, sid: str, to: str, reason: str, now: datetime) -> None:
    """`reason` is the carrier's code, or the status alone."""
    code = int(reason) if reason.isascii() and reason.isdigit() else 0
    if code in NO_TEXTS:
        service.followups.line_found(id, LineType.LANDLINE, now)
    match verdict(code):
        case Verdict.LATER | Verdict.SLOW:
            dues = [now + wait for wait in AGAIN_AFTER.get(kind_of(id), ())]
            _again(service, id, sid, to, reason, dues[: TRIED_AGAIN.get(code)], counted=True)
            _told_of_all(service, code, now)
        case Verdict.WAIT | Verdict.STOP:
            _told_of_all(service, code, now)
            due = now + AT_FAULT_FOR + share(id, AT_FAULT_FOR)
            _again(service, id, sid, to, reason, [due], counted=False)
        case Verdict.OPTED_OUT:
            if service.followups.heard(id, "failed", sid, reason):
                event = Event(f"opted-out:{id}", now, Channel.SMS, Kind.DUE)
                service.turns.opt_out(who_of(id), event)
        case Verdict.PERMANENT | Verdict.UNKNOWN:
            held = service.followups.heard(id, "failed", sid, reason)
            if held and code in CONSENT_ENDS:
                service.turns.end_consent(who_of(id), Event(f"opted-out:{id}", now, Channel.SMS, Kind.DUE))


def _told_of_all(service: Service, code: int, now: datetime) -> None:
    """What a code says of every text that we start: that we are too fast, or that our account is refused."""
    match verdict(code):
        case Verdict.SLOW:
            Sending(service.redis).slowed()
        case Verdict.STOP:
            Sending(service.redis).refuse(code, now)
            log.error("carrier_refuses", code=code)


def _again(
    service: Service, id: str, sid: str, to: str, reason: str, dues: list[datetime], *, counted: bool
) -> None:
    sealed = service.secrets.seal(to)
    service.followups.not_delivered(id, sid, reason, dues, sealed, counted=counted)
