"""What the carrier says, and what we do then: one table.

DeliveryError
  PERMANENT   this text will not reach this number; do not try again
  OPTED_OUT   the person told the carrier STOP; they have opted out of everything
  LATER       nothing is wrong with the text; try again after a while
  WAIT        not now (quiet hours, reply loop); try again later, without counting it as a try
  SLOW        we are too fast: all that we start waits a moment, then goes on; no try is counted
  STOP        our account or number is at fault: nothing will be sent until an operator mends it
  UNKNOWN     the carrier may or may not have it: look there before sending again

Source: twilio.com/docs/api/errors/<code>.
"""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What an error means for the text that met it."""

    PERMANENT = "permanent"
    OPTED_OUT = "opted_out"
    LATER = "later"
    WAIT = "wait"
    SLOW = "slow"
    STOP = "stop"
    UNKNOWN = "unknown"


class DeliveryError(Exception):
    """A text did not leave. Holds the provider's code and what it means, never its message, which may
    name the number.
    """

    def __init__(self, verdict: Verdict, code: int) -> None:
        self.verdict = verdict
        self.code = code
        super().__init__(f"{verdict} {code}")


REFUSED_LOGIN = "credentials are refused; check TWILIO_AUTH_TOKEN or TWILIO_API_KEY"

VERDICTS: dict[int, tuple[Verdict, str]] = {
    21610: (Verdict.OPTED_OUT, "the person opted out at the carrier"),
    21211: (Verdict.PERMANENT, "not a phone number"),
    21214: (Verdict.PERMANENT, "number cannot be reached"),
    21217: (Verdict.PERMANENT, "not a phone number"),
    21614: (Verdict.PERMANENT, "number cannot get texts"),
    21612: (Verdict.PERMANENT, "no route from our number to this one"),
    21408: (Verdict.PERMANENT, "country is not switched on in the account"),
    21617: (Verdict.PERMANENT, "text is too long: a fault of ours"),
    30004: (Verdict.PERMANENT, "blocked by the person or their carrier"),
    30005: (Verdict.PERMANENT, "number is not in use"),
    30006: (Verdict.PERMANENT, "a landline, or a carrier that cannot be reached"),
    30007: (Verdict.PERMANENT, "filtered by a carrier; the same text would be again"),
    30036: (Verdict.PERMANENT, "too old to deliver"),
    30450: (Verdict.PERMANENT, "blocked as pumping"),
    30453: (Verdict.PERMANENT, "blocked as pumping"),
    30640: (Verdict.PERMANENT, "number is on a blocked list"),
    63016: (Verdict.PERMANENT, "a WhatsApp conversation is over; we send none"),
    21611: (Verdict.SLOW, "sender's queue is full"),
    20429: (Verdict.SLOW, "too many requests; this one was not processed"),
    30001: (Verdict.SLOW, "queue is full"),
    30022: (Verdict.SLOW, "over the number's rate"),
    30003: (Verdict.LATER, "phone is off or out of reach"),
    30008: (Verdict.LATER, "unknown carrier error"),
    30047: (Verdict.LATER, "could not be rescheduled"),
    14107: (Verdict.WAIT, "too many replies to one number in 30 s"),
    30610: (Verdict.WAIT, "quiet hours"),
    20003: (Verdict.STOP, REFUSED_LOGIN),
    20404: (Verdict.STOP, "account not found; check TWILIO_ACCOUNT_SID"),
    21603: (Verdict.STOP, "no sender given; check HOTLINE_NUMBER"),
    21606: (Verdict.STOP, "sender is not ours; check HOTLINE_NUMBER"),
    21608: (Verdict.STOP, "a trial account texts verified numbers only"),
    21659: (Verdict.STOP, "sender is not a number of this account; check HOTLINE_NUMBER"),
    30002: (Verdict.STOP, "account is suspended"),
    30032: (Verdict.STOP, "toll-free number is not verified"),
    30034: (Verdict.STOP, "number is not registered for A2P 10DLC"),
}

CONSENT_ENDS = frozenset({30004, 30005})
"""Errors after which the person's yes to texts counts no more: they blocked us, or the number is not theirs now
and may soon be somebody else's. A new yes counts again."""

FILTERED = 30007
"""Counted, for the desk: a few are chance, more mean that our words look like somebody's advertising."""

TRIED_AGAIN: dict[int, int] = {30008: 1}
"""How often a text is sent again that was not delivered for this reason, where that is less than for others."""

NO_TEXTS = frozenset({21614, 30006})
"""Errors that say what the line is: nothing that takes texts, today or another day."""


def why(code: int) -> str:
    """What is wrong, in words for an operator; the login, for a code that the table does not know."""
    return VERDICTS[code][1] if code in VERDICTS else REFUSED_LOGIN


def verdict(code: int, status: int = 400) -> Verdict:
    """What `code` means. An unknown one goes by its HTTP status: with 401 and 403 the account is refused,
    429 was not processed, 5xx may have been, and anything else will not change by trying again.
    """
    if code in VERDICTS:
        return VERDICTS[code][0]
    if status in (401, 403):
        return Verdict.STOP
    if status == 429:
        return Verdict.SLOW
    return Verdict.UNKNOWN if status >= 500 else Verdict.PERMANENT
