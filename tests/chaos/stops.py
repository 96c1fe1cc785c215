"""Check that opt-outs are obeyed, against the carrier's ledger and the final data in Redis.

1. From the response to STOP until an opt-in, the carrier accepted no text for that number; from minutes later if the
   STOP was not taken or Redis lost it. This ignores the records; but a person who consents in a call, when the STOP was
   not yet known, may be texted.
2. A person who sent STOP and has not consented since is recorded as opted out.

A worker checks for an opt-out right before it sends. A text already on its way then is an exception.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from tests.chaos.evidence import Evidence, by_number
from tests.chaos.findings import Findings, Promise
from tests.chaos.history import JOB, SOON, WINDOW, killed_around, taken
from tests.chaos.orders import NEVER
from tests.chaos.parents import ERASING, RETURNS, STOPS
from tests.chaos.posting import Asked
from tests.chaos.texts import grouped
from workers.reconcile import SETTLED
from workers.send_hold import EVERY

ON_ITS_WAY = timedelta(seconds=2)
"""Maximum time from a worker's opt-out check until the carrier has the text, on a busy machine."""
MISSED_FOR = SETTLED + EVERY + JOB
"""Maximum time until a missed STOP is reconciled."""


def obeyed(evidence: Evidence, findings: Findings) -> None:
    sent = grouped(evidence.sent, lambda text: text.to)
    for number, asked in by_number(evidence.asked).items():
        who = evidence.whose[number]
        texts = [one for one in asked if one.path == "/sms"]
        for stop in (one for one in texts if one.words in STOPS and one.answers):
            answered, missed = _answered(stop, evidence)
            since = answered + (MISSED_FOR if missed else ON_ITS_WAY)
            findings.figures["STOPs that may have been missed" if missed else "STOPs answered"] += 1
            until = _back(texts, answered)
            if missed and (agreed := _last_yes(evidence.kept[who].person)) > stop.began:
                until = min(until, agreed)  # in a call, when the STOP was not yet known
            for text in sent.get(number, []):
                if since < text.at < until:
                    told = f"{who} was texted {text.at - answered} after STOP"
                    findings.broken(Promise.STOPPED, told)
            if until is NEVER and since < evidence.horizon and not _is_stopped(evidence, who, texts, stop):
                findings.broken(Promise.STOPPED, f"{who} said STOP ({stop.id}), and may still be texted")


def _answered(stop: Asked, evidence: Evidence) -> tuple[datetime, bool]:
    """Return when a STOP got its response, and whether it may have been missed or lost."""
    heard = taken(stop, evidence.safe)
    answered = heard[0].ended if heard else max(one.ended for one in stop.answers)
    lost = killed_around(answered, evidence.outages, before=SOON, after=WINDOW)
    return answered, lost or not heard


def _back(texts: list[Asked], stopped: datetime) -> datetime:
    """Return the time of the next opt-in, NEVER if there is none."""
    return min((one.began for one in texts if one.began > stopped and one.words in RETURNS), default=NEVER)


def _is_stopped(evidence: Evidence, who: str, texts: list[Asked], stop: Asked) -> bool:
    """Check whether the person is recorded as opted out, or has consented or erased everything since."""
    person, records = evidence.kept[who].person, evidence.kept[who].records
    if not person and not records:
        return True  # erased since: without a new yes there is nobody to text
    erased = any(one.words in ERASING and one.began > stop.began for one in texts)
    return person.get("texting") == "stopped" or erased or _last_yes(person) >= stop.began - SOON


def _last_yes(person: Mapping[str, str]) -> datetime:
    """Return when the person last consented according to Redis; the minimum time if never."""
    said = [json.loads(person["consent"])["at"]] if "consent" in person else []
    said += [person["restarted"]] if "restarted" in person else []
    return max(map(datetime.fromisoformat, said), default=datetime.min.replace(tzinfo=NEVER.tzinfo))
