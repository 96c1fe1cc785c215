"""Compares the texts in the carrier's ledger with their records.

1. A text that came due was accepted once; one canceled before was not; and no other text was.
2. The delivery status that the hotline received is in the record.

Texts that were in flight when they were canceled or Redis was killed are exceptions, which are counted and listed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from hotline.store.keys import WHO_LENGTH
from tests.chaos.evidence import Evidence, Sent, Told
from tests.chaos.expected import Plan, Planned
from tests.chaos.findings import Findings, Promise
from tests.chaos.history import SOON, WINDOW, killed_around
from tests.chaos.orders import Order

ON_ITS_WAY = timedelta(seconds=2)
"""Maximum time from a worker's opt-out check until the carrier has the text, on a busy machine."""
SENDING = timedelta(seconds=12)
"""A little longer than the timeout of a request to the carrier."""
MOST_SENDS = 3
"""Maximum attempts for a text whose phone is off."""

ONCE, THRICE = "sent once", "not delivered, each of three times"
NOT_REPORTED = "not delivered, and the status was lost on its way"
TOO_LATE = "words for a caller, too late to be of use"
TOO_MANY = "words for a caller who had a dozen that day"
NEVER_KNOWN = "sent, and its body is gone, so nobody knows"
FATES = frozenset({NEVER_KNOWN, ONCE, THRICE, NOT_REPORTED, TOO_LATE, TOO_MANY})
"""Allowed outcomes of a text that came due."""


def sent_once(evidence: Evidence, orders: Mapping[str, Order], findings: Findings) -> None:
    sent = grouped(evidence.sent, lambda text: text.plan)
    findings.figures["texts that the carrier accepted"] = len(evidence.sent)
    known: set[str] = set()
    for who, order in orders.items():
        ended = {one.move.id: one.move.ended for one in order.taken}
        for plan in (*order.person.plans, *order.person.past):
            known.add(plan.id)
            texts = sent.get(plan.id, [])
            _not_twice(plan, texts, evidence, findings)
            if plan.ended:
                _not_after_its_end(plan, texts, ended[plan.ended], findings)
            else:
                _when_due(plan, texts, evidence.kept[who].records[plan.id], evidence, findings)
    for id in sent.keys() - known:
        who = id[:WHO_LENGTH]
        if who in orders and orders[who].lost:
            findings.leave_out("asked for by a webhook that was lost with Redis", f"text {id}")
        elif who in orders:
            findings.broken(Promise.ONCE, f"text {id} was sent, and nobody asked for it")


def noted(evidence: Evidence, orders: Mapping[str, Order], findings: Findings) -> None:
    """Make comparison 2. A 503 while Redis is down is allowed, as Twilio may retry."""
    away = [(one.began - SOON, one.ended + WINDOW + SOON) for one in (*evidence.outages, *evidence.stalls)]
    findings.figures["statuses told"] = len(evidence.told)
    for told in evidence.told:
        if told.code == 503 and any(began <= told.at <= ended for began, ended in away):
            findings.figures["of them answered 503, while Redis was away"] += 1
        elif told.code not in (0, 204):
            findings.broken(
                Promise.ANSWERED, f"the status {told.status} of {told.sid} was answered {told.code}"
            )
    delivered = {told.sid for told in evidence.told if told.status == "delivered" and _counts(told, evidence)}
    last = {text.plan: text for text in evidence.sent}
    for who, order in orders.items():
        for plan in order.person.plans:
            state = evidence.kept[who].records[plan.id]["state"]
            if plan.id in last and last[plan.id].sid in delivered and state != "delivered":
                findings.broken(Promise.NOTED, f"text {plan.id} was delivered, and its record says {state}")


def grouped(sent: list[Sent], key: Callable[[Sent], str]) -> dict[str, list[Sent]]:
    """Group the texts by `key`, preserving their order."""
    found: dict[str, list[Sent]] = {}
    for text in sent:
        found.setdefault(key(text), []).append(text)
    return found


def _not_twice(plan: Plan, texts: list[Sent], evidence: Evidence, findings: Findings) -> None:
    for text in texts[:-1]:
        if text.undelivered:
            findings.figures["sent again, because they were not delivered"] += 1
        elif killed_around(text.at, evidence.outages, before=SENDING, after=WINDOW):
            findings.leave_out("in flight at a kill of Redis, and sent twice", f"text {_called(plan)}")
        else:
            findings.broken(Promise.ONCE, f"text {_called(plan)} was sent {len(texts)} times")
            return


def _not_after_its_end(plan: Plan, texts: list[Sent], ended: datetime, findings: Findings) -> None:
    findings.figures["ended after they were sent" if texts else "ended before they were due"] += 1
    for text in texts:
        late = text.at - ended
        if late > ON_ITS_WAY:
            findings.broken(Promise.ONCE, f"text {_called(plan)} was sent {late} after it was ended")
        elif late > timedelta():
            findings.leave_out("on its way when it was ended", f"text {_called(plan)}, by {late}")


def _when_due(
    plan: Plan, texts: list[Sent], record: Mapping[str, Any], evidence: Evidence, findings: Findings
) -> None:
    if record["first_due"] > evidence.horizon.timestamp():
        findings.figures["not due yet"] += 1
        return
    findings.figures["came due"] += 1
    fate = _fate(plan, texts, record, evidence)
    if fate in FATES:
        findings.figures[f"came due: {fate}"] += 1
    else:
        findings.broken(Promise.ONCE, f"text {_called(plan)} came due and {fate}")


def _fate(plan: Plan, texts: list[Sent], record: Mapping[str, Any], evidence: Evidence) -> str:
    """Return the outcome of a text that came due: one of FATES, or what is wrong."""
    state, reason, arrived = (
        record["state"],
        record.get("reason"),
        sum(not text.undelivered for text in texts),
    )
    fits = {
        ONCE: state in ("sent", "delivered") and arrived > 0,
        NOT_REPORTED: state == "sent" and bool(texts) and not arrived and not _told(texts[-1], evidence),
        NEVER_KNOWN: state == "failed"
        and reason == "unknown"
        and len(texts) == 1
        and plan.id in evidence.redacted,
        THRICE: state == "failed" and not arrived and len(texts) == MOST_SENDS,
        TOO_LATE: state == "dropped" and reason == "too_late" and not arrived and plan.what is Planned.THIS,
        TOO_MANY: state == "dropped" and reason == "too_many" and not arrived and plan.what is Planned.THIS,
    }
    return next(
        (fate for fate, true in fits.items() if true), f"is {state} ({reason}), with {len(texts)} texts"
    )


def _told(text: Sent, evidence: Evidence) -> bool:
    """Check whether the hotline received this text's final status."""
    last = text.statuses[-1]
    return any(
        told.sid == text.sid and told.status == last and _counts(told, evidence) for told in evidence.told
    )


def _counts(told: Told, evidence: Evidence) -> bool:
    """Check whether the hotline took a status and Redis cannot have lost it."""
    return told.code == 204 and not killed_around(told.at, evidence.outages, before=SOON, after=WINDOW)


def _called(plan: Plan) -> str:
    return f"{plan.id} ({plan.reminder or plan.what})"
