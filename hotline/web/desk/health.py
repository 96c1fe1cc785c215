"""The health of the hotline, in a director's words: what a failed check means for parents, and who can act.

The result of a check is written for the person who runs the server, in English; the desk shows it below, to pass on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hotline.web.checks import CHECKS, is_well

MEANS: Final = {
    "settings": "Something in the settings of the server looks wrong.",
    "webhooks": "Parents' texts or calls may not reach the hotline. Text the number yourself. If there is no answer, the hotline is not working.",
    "doctor": "The hotline's number or its address on the internet is not set up right.",
    "redis": "The hotline's database does not answer as it should. Parents may get only emergency words.",
    "persistence": "If the server stops now, answers and requests of parents could be lost.",
    "memory": "The memory of the database is nearly full or set up wrong, so data could be lost.",
    "failover": "If the database's server fails now, no other would take over.",
    "queue": "Planned texts, such as reminders, are not sent.",
    "clock": "Reminders are not sent, because the part that starts them has stopped.",
    "worker": "Reminders and notices are not sent, because the part that sends them has stopped.",
    "followups": "Some reminders are more than 10 minutes late.",
    "carrier": "The phone company refuses our texts. Planned texts wait and are sent once that is fixed.",
    "inbox": "We could not check whether a parent's text was missed, such as a STOP.",
    "replies": "Phone companies drop our answers: parents who text get nothing. Calls are answered.",
    "records": "Some stored requests or reminders cannot be read, or could not be sent. Parents whose text could not be sent are on the list of waiting parents.",
    "desk": "No one can sign in here, so no one sees who is waiting.",
    "notify": "You are not told when a parent waits, because the notices do not arrive. Look here often.",
    "waiting": "A parent has waited longer than a working day. Call or text them, then mark the request as done.",
    "spending": "Today's texts have almost reached the daily limit, or have reached it. At the limit, each parent gets one last answer, and no more until midnight. The person who runs the hotline can raise the limit.",
    "flows": "The latest words have a fault and are not in use: parents get the previous ones.",
    "password": "The database can be read without a password.",
    "review": "Statements of law are past their review date, or our own words conflict with the flows.",
}
"""What it means that a check fails, by its name."""

BY_STAFF: Final = frozenset({"waiting"})
"""The checks whose problems the staff can solve at the desk: there is nothing to pass on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A check that failed as displayed: its label, what it means, and what to pass on to the one who runs the server."""

    label: str
    means: str
    detail: str


def problems_of(checks: Mapping[str, str]) -> list[Problem]:
    """Return the checks that failed, in the words of the desk's catalog."""
    return [
        Problem(CHECKS[name].label, MEANS[name], "" if name in BY_STAFF else state)
        for name, state in checks.items()
        if not is_well(state)
    ]
