"""Handle the delivery statuses that Twilio reports for our texts.

Rule 1: statuses only move forward; intermediate ones (queued, sending) mean that the carrier has the text.
Rule 2: an undelivered text follows the same table as a refused one (`carrier.errors`): for a temporary reason
        it is retried a few times; an opt-out and a landline are stored.
Rule 3: nothing is stored about a person who was erased.
Rule 4: only known values and numbers from the form are stored or logged.
Rule 5: errors about our account or send rate count only when new: otherwise anyone who recorded a request
        could suspend all texts by replaying it.
Rule 6: a reply has no record: its outcome is counted by day and carrier code, without the person. It never
        suspends texts, for the same reason. A lost reply is marked as unseen, so that the parent's next text does
        not count as an answer to it (`store.unseen`); this has no effect once there is a later reply.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from hotline.carrier.errors import (
    CONSENT_ENDS,
    DROPS,
    FILTERED,
    NO_REASON_GIVEN,
    NO_TEXTS,
    TRIED_AGAIN,
    Verdict,
    alarm,
    next_day,
    verdict,
    why,
)
from hotline.conversation.model.events import LineType
from hotline.log import log
from hotline.store import carrier_notices
from hotline.store.followup_record import RecordKind, kind_of, spread, who_of
from hotline.store.followups import News
from hotline.store.leases import acquire_alert
from hotline.store.metrics import count
from hotline.telemetry import measures
from hotline.web.service import Service

AGAIN_AFTER: dict[RecordKind, tuple[timedelta, ...]] = {
    RecordKind.REMINDER: (timedelta(hours=2), timedelta(hours=8)),
    RecordKind.THIS: (timedelta(minutes=5), timedelta(minutes=10)),
    RecordKind.REACH: (timedelta(minutes=30), timedelta(hours=2)),
}
"""Delays before an undelivered text is sent again.

A phone that is off stays off for hours; a text requested in a call is wanted now or not at all.
"""

AT_FAULT_FOR = timedelta(hours=1)
"""Retry delay for an error about our account or a wrong hour, plus up to the same again as jitter.

The jitter spreads waiting texts. Each retry is a text that the carrier may count against us.
"""


ON_THE_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "sent", "partially_delivered"})
"""Statuses that Twilio documents; another is neither stored nor logged itself (Rule 4)."""

REPLY_DELIVERED, REPLY_LOST = "reply.delivered", "reply.lost."
"""Daily figures: replies delivered, and the prefix of those lost, followed by the carrier's code."""

REPLIES_DROPPED, REPLIES_ALERT_EVERY = "repliesdropped", timedelta(hours=1)

CODE = re.compile(r"[0-9]{3,5}")


def note_status(service: Service, id: str, sid: str, to: str, status: str, code: str, now: datetime) -> None:
    """Record the status of the follow-up `id`, whose message has the SID `sid` and went to the number `to`.

    Idempotent. Raises StoreBusy.
    """
    code = code if CODE.fullmatch(code) else ""
    match status:
        case "delivered" | "read":
            news = service.followups.record_status(id, "delivered", sid)
            if news is News.NEW:
                count(service.redis, measures.DELIVERED, now.date())
                if service.sending.accepted(delivered=True):
                    log.info("carrier_takes_texts_again")
        case "undelivered" | "failed":
            _not_delivered(service, id, sid, to, code or status, now)
        case "canceled":
            service.followups.record_status(id, "failed", sid, status)
        case _:
            service.followups.record_status(id, "sent", sid)
            status = status if status in ON_THE_WAY else measures.OTHER
    log.info("status_noted", status=status, code=code or None)


def note_reply(service: Service, event_id: str, to: str, status: str, code: str, now: datetime) -> None:
    """Count the final status of the reply to an event, sent to a number; ignore intermediate ones.

    `event_id` is "" for a reply that answers none. Raises StoreBusy.
    """
    code = code if CODE.fullmatch(code) else measures.OTHER
    if status in ("delivered", "read"):
        count(service.redis, REPLY_DELIVERED, now.date())
    elif status in ("undelivered", "failed"):
        count(service.redis, f"{REPLY_LOST}{code}", now.date())
        _reply_lost(service, event_id, to, code)


def _reply_lost(service: Service, event_id: str, to: str, code: str) -> None:
    """Mark a lost reply as unseen, and alert an operator if carriers drop replies for this reason.

    A reply to a person who opted out at the carrier is lost on purpose.
    """
    number = int(code) if code != measures.OTHER else NO_REASON_GIVEN
    log.warning("reply_not_delivered", code=code)
    if event_id and to and verdict(number) is not Verdict.OPTED_OUT:
        service.turns.may_be_unseen(service.secrets.who(to), event_id)
    if number in DROPS and acquire_alert(service.redis, REPLIES_DROPPED, REPLIES_ALERT_EVERY):
        log.error("replies_dropped", code=number)


def note_notice(service: Service, notice: str, target: str, status: str, code: str, now: datetime) -> None:
    """Take back a notice to the center that did not arrive, so that it is retried. Raises StoreBusy.

    /status then says why.
    """
    if status not in ("undelivered", "failed"):
        return
    notices = service.notices
    if not notices.never_arrived(service.requests.waiting(), target, notice):
        return  # already taken back, or no parent is waiting
    number = int(code) if CODE.fullmatch(code) else NO_REASON_GIVEN
    notices.refused(target, f"the text did not arrive: {why(number)}", now)
    log.error("staff_not_notified", kind="text", code=number)


def _not_delivered(service: Service, id: str, sid: str, to: str, reason: str, now: datetime) -> None:
    """Retry or end an undelivered text; `reason` is the carrier code, or the status if there is none."""
    code = int(reason) if reason.isascii() and reason.isdigit() else NO_REASON_GIVEN
    followups, judged = service.followups, verdict(code)
    if code in NO_TEXTS:  # before the follow-up ends, because nothing checks it afterwards
        followups.line_found(id, LineType.LANDLINE, now)
    if (dues := _retries(id, code, judged, now)) is not None:
        counted = judged in (Verdict.LATER, Verdict.SLOW)
        news = followups.not_delivered(id, sid, reason, dues, service.secrets.seal(to), counted=counted)
    else:
        news = followups.record_status(id, "failed", sid, reason)
        decided = carrier_notices.event_of(id, now)
        if news and judged is Verdict.OPTED_OUT:
            carrier_notices.opt_out(service.turns, who_of(id), decided)
        elif news and code in CONSENT_ENDS:
            carrier_notices.end_consent(service.turns, who_of(id), decided)
    if news is News.NEW:
        _learn(service, code, now)


def _retries(id: str, code: int, judged: Verdict, now: datetime) -> list[datetime] | None:
    """Return when to send an undelivered text again; None if it has failed."""
    match judged:
        case Verdict.LATER | Verdict.SLOW:
            return [now + wait for wait in AGAIN_AFTER.get(kind_of(id), ())[: TRIED_AGAIN.get(code)]]
        case Verdict.WAIT | Verdict.STOP:
            return [now + AT_FAULT_FOR + spread(id, AT_FAULT_FOR)]
        case Verdict.NEXT_DAY:
            return [next_day(now) + spread(id, AT_FAULT_FOR)]
        case Verdict.OPTED_OUT | Verdict.PERMANENT | Verdict.UNKNOWN:
            return None


def _learn(service: Service, code: int, now: datetime) -> None:
    """Record what a code implies beyond this text: about content, send rate and account."""
    count(service.redis, measures.undelivered(code), now.date())
    if code == FILTERED:
        count(service.redis, f"carrier.{code}", now.date())
    if verdict(code) is Verdict.SLOW:
        service.sending.pause()
    service.sending.note_error(code, now, **alarm(code)._asdict())
