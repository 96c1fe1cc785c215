"""What Twilio tells later of a text that we sent, and what we do then.

Rule 1: statuses move forward only; those on the way (queued, sending) say that the carrier has it.
Rule 2: a text that was not delivered goes by the same table as one that was refused (`carrier.errors`): for a
        reason that passes it is sent again, a few times; an opt-out and a landline are remembered.
Rule 3: of somebody who was erased nothing is written again.
Rule 4: of what the form says only known words and numbers are kept or logged.
Rule 5: what it tells of our account and our pace counts when it is new: a request that somebody wrote down would else
        hold all texts back for as long as they repeat it.
Rule 6: a reply has no record: what became of it is counted by the day and the carrier's code, and of nobody. It holds
        nothing back, for the same reason.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from hotline import measures
from hotline.carrier.errors import (
    CONSENT_ENDS,
    FILTERED,
    NO_TEXTS,
    NOT_TOLD_WHY,
    TRIED_AGAIN,
    UNKNOWN_CODE,
    Verdict,
    alarm,
    next_day,
    verdict,
    why,
)
from hotline.conversation.model.events import Channel, Event, Kind, LineType
from hotline.log import log
from hotline.store.followup_record import RecordKind, kind_of, share, who_of
from hotline.store.followups import Told
from hotline.store.metrics import count
from hotline.store.notices import Notices
from hotline.store.send_rate import Sending
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


ON_THE_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "sent", "partially_delivered"})
OTHER = "other"
"""What a status is called that Twilio does not document. Its own word is neither kept nor logged (Rule 4)."""

REPLY_DELIVERED, REPLY_LOST = "reply.delivered", "reply.lost."
"""Figures of a day: replies that arrived, and before the carrier's code those that did not."""

CODE = re.compile(r"[0-9]{3,5}")


def note_status(service: Service, id: str, sid: str, to: str, status: str, code: str, now: datetime) -> None:
    """Notes what became of the follow-up `id`, which the carrier knows as `sid` and sent to the number `to`.
    Raises StoreBusy; noting it again is all right.
    """
    code = code if CODE.fullmatch(code) else ""
    match status:
        case "delivered" | "read":
            told = service.followups.heard(id, "delivered", sid)
            if told is Told.NEW:
                count(service.redis, measures.DELIVERED, now.date())
                if Sending(service.redis).went(delivered=True):
                    log.info("carrier_takes_texts_again")
        case "undelivered" | "failed":
            _not_delivered(service, id, sid, to, code or status, now)
        case "canceled":
            service.followups.heard(id, "failed", sid, status)
        case _:
            service.followups.heard(id, "sent", sid)
            status = status if status in ON_THE_WAY else OTHER
    log.info("status_noted", status=status, code=code or None)


def note_reply(service: Service, status: str, code: str, now: datetime) -> None:
    """Counts what became of a reply, once it is known. Raises StoreBusy."""
    code = code if CODE.fullmatch(code) else OTHER
    if status in ("delivered", "read"):
        count(service.redis, REPLY_DELIVERED, now.date())
    elif status in ("undelivered", "failed"):
        count(service.redis, f"{REPLY_LOST}{code}", now.date())
        log.warning("reply_not_delivered", code=code)


def note_notice(service: Service, notice: str, target: str, status: str, code: str, now: datetime) -> None:
    """Takes a notice to the center back that did not arrive, so that it is told again, and /status says why. Raises
    StoreBusy.
    """
    if status not in ("undelivered", "failed"):
        return
    notices = Notices(service.redis)
    if not notices.never_arrived(service.requests.waiting(), target, notice):
        return  # told already, or nobody waits any more
    number = int(code) if CODE.fullmatch(code) else NOT_TOLD_WHY
    notices.refused(target, f"the text did not arrive: {why(number)}", now)
    log.error("staff_not_told", kind="text", code=number)


def _not_delivered(service: Service, id: str, sid: str, to: str, reason: str, now: datetime) -> None:
    """`reason` is the carrier's code, or the status alone."""
    code = int(reason) if reason.isascii() and reason.isdigit() else NOT_TOLD_WHY
    if code in NO_TEXTS:  # before the follow-up ends: else nobody would ask again
        service.followups.line_found(id, LineType.LANDLINE, now)
    if _settle(service, id, sid, to, reason, code, now) is Told.NEW:
        _learn(service, code, now)


def _settle(service: Service, id: str, sid: str, to: str, reason: str, code: int, now: datetime) -> Told:
    """What becomes of the follow-up, and of the person's yes."""
    match verdict(code):
        case Verdict.LATER | Verdict.SLOW:
            dues = [now + wait for wait in AGAIN_AFTER.get(kind_of(id), ())]
            return _again(service, id, sid, to, reason, dues[: TRIED_AGAIN.get(code)], counted=True)
        case Verdict.WAIT | Verdict.STOP:
            due = now + AT_FAULT_FOR + share(id, AT_FAULT_FOR)
            return _again(service, id, sid, to, reason, [due], counted=False)
        case Verdict.NEXT_DAY:
            due = next_day(now) + share(id, AT_FAULT_FOR)
            return _again(service, id, sid, to, reason, [due], counted=False)
        case Verdict.OPTED_OUT:
            if told := service.followups.heard(id, "failed", sid, reason):
                event = Event(f"opted-out:{id}", now, Channel.SMS, Kind.DUE)
                service.turns.opt_out(who_of(id), event)
            return told
        case Verdict.PERMANENT | Verdict.UNKNOWN:
            told = service.followups.heard(id, "failed", sid, reason)
            if told and code in CONSENT_ENDS:
                service.turns.end_consent(who_of(id), Event(f"opted-out:{id}", now, Channel.SMS, Kind.DUE))
            return told


def _learn(service: Service, code: int, now: datetime) -> None:
    """What a code tells beyond this text: of our words, of our pace, of our account."""
    count(service.redis, measures.undelivered(code), now.date())
    if code == FILTERED:
        count(service.redis, f"carrier.{code}", now.date())
    if verdict(code) is Verdict.SLOW:
        Sending(service.redis).slowed()
    _alarm(Sending(service.redis), code, now)


def _alarm(sending: Sending, code: int, now: datetime) -> None:
    """Tell an operator of what must not wait unseen; several of one code that nobody knows stop everything."""
    stops = verdict(code) is Verdict.STOP
    if stops:
        sending.refuse(code, now)
    elif event := alarm(code):
        log.error(event, code=code)
        stops = event == UNKNOWN_CODE and sending.strange(code, now)
    if stops:
        log.error("carrier_refuses", code=code)


def _again(
    service: Service, id: str, sid: str, to: str, reason: str, dues: list[datetime], *, counted: bool
) -> Told:
    sealed = service.secrets.seal(to)
    return service.followups.not_delivered(id, sid, reason, dues, sealed, counted=counted)
