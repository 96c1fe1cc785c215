"""STOP is obeyed: what parents said beside the carrier's ledger, and beside what Redis holds of them at last.

1. After STOP was answered, and until the person is back, the carrier accepted no text for that number; minutes later
   where nobody could take it, or Redis lost it. This goes by what was said and accepted alone, whatever the records say;
   but who says yes in a call, to a line that could not take the STOP, may be texted.
2. Who said STOP, and has not said yes since, is noted as stopped.

A worker asks whether the person stopped right before it sends. What was on its way by then is left out.
"""

from __future__ import annotations

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
"""From the worker's question whether the person stopped until the carrier has the text, on a machine that has too
much to do."""
MISSED_FOR = SETTLED + EVERY + JOB
"""Until somebody has looked for what was missed, and is done."""


def obeyed(evidence: Evidence, findings: Findings) -> None:
    """Both comparisons."""
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
                until = min(until, agreed)  # in a call, where nobody knew of the STOP yet
            for text in sent.get(number, []):
                if since < text.at < until:
                    told = f"{who} was texted {text.at - answered} after STOP"
                    findings.broken(Promise.STOPPED, told)
            if until is NEVER and since < evidence.horizon and not _is_stopped(evidence, who, texts, stop):
                findings.broken(Promise.STOPPED, f"{who} said STOP ({stop.id}), and may still be texted")


def _answered(stop: Asked, evidence: Evidence) -> tuple[datetime, bool]:
    """When a STOP was answered; and whether it may have been missed: answered with the safe words, or lost with Redis."""
    heard = taken(stop, evidence.safe)
    answered = heard[0].ended if heard else max(one.ended for one in stop.answers)
    lost = killed_around(answered, evidence.outages, before=SOON, after=WINDOW)
    return answered, lost or not heard


def _back(texts: list[Asked], stopped: datetime) -> datetime:
    """When somebody who stopped says that we may text them again."""
    return min((one.began for one in texts if one.began > stopped and one.words in RETURNS), default=NEVER)


def _is_stopped(evidence: Evidence, who: str, texts: list[Asked], stop: Asked) -> bool:
    """Whether the person is noted so; or has said yes since, in a call, or had all erased."""
    person = evidence.kept[who].person
    erased = any(one.words in ERASING and one.began > stop.began for one in texts)
    return person.get("texting") == "stopped" or erased or _last_yes(person) >= stop.began - SOON


def _last_yes(person: Mapping[str, str]) -> datetime:
    """When the person last said yes to texts, as far as Redis knows."""
    said = [json.loads(person["consent"])["at"]] if "consent" in person else []
    said += [person["restarted"]] if "restarted" in person else []
    return max(map(datetime.fromisoformat, said), default=datetime.min.replace(tzinfo=NEVER.tzinfo))
