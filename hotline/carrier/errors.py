"""Twilio's error codes and how we react to each, in one table.

DeliveryError
  PERMANENT   this text will not reach this number; do not retry
  OPTED_OUT   the person sent STOP to the carrier; they have opted out of everything
  LATER       nothing is wrong with the text; retry after a while
  WAIT        not now (quiet hours, reply loop), or a code not in the table; retry later, without
              counting an attempt
  NEXT_DAY    the daily cap is used up; retry after the carriers' midnight, without counting an attempt
  SLOW        we are too fast: everything we start waits a moment; no attempt is counted
  STOP        our account or number is at fault: nothing is sent until an operator fixes it
  UNKNOWN     the carrier may or may not have the text: check before sending it again

Rule: an error that is not clearly about the recipient or this text waits. Otherwise an unknown code would
end every waiting text, one after the other, before anyone notices. An operator is alerted (`alarm`), and
several of one code in a row stop everything until a probe gets through (`store.send_rate`).

Source: twilio.com/docs/api/errors/<code>.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo


class Verdict(StrEnum):
    """How to react to an error of a text."""

    PERMANENT = "permanent"
    OPTED_OUT = "opted_out"
    LATER = "later"
    WAIT = "wait"
    NEXT_DAY = "next_day"
    SLOW = "slow"
    STOP = "stop"
    UNKNOWN = "unknown"


class DeliveryError(Exception):
    """A text was not sent, or may not have been.

    Has the provider's code and its meaning, never its message, which may contain the number.
    """

    def __init__(self, verdict: Verdict, code: int) -> None:
        self.verdict = verdict
        self.code = code
        super().__init__(f"{verdict} {code}")


REFUSED_LOGIN = "credentials are refused; check TWILIO_AUTH_TOKEN or TWILIO_API_KEY"

VERDICTS: dict[int, tuple[Verdict, str]] = {
    21610: (Verdict.OPTED_OUT, "the person opted out at the carrier"),
    # About the recipient.
    21211: (Verdict.PERMANENT, "not a phone number"),
    21214: (Verdict.PERMANENT, "number cannot be reached"),
    21216: (Verdict.PERMANENT, "number is on Twilio's blocked list"),
    21217: (Verdict.PERMANENT, "not a phone number"),
    21265: (Verdict.PERMANENT, "a short code, which accepts no texts from us"),
    21266: (Verdict.PERMANENT, "a number of our own"),
    21612: (Verdict.PERMANENT, "no route from our number to this one"),
    21614: (Verdict.PERMANENT, "number cannot get texts"),
    21635: (Verdict.PERMANENT, "number is a landline"),
    30004: (Verdict.PERMANENT, "blocked by the person or their carrier"),
    30005: (Verdict.PERMANENT, "number is not in use"),
    30006: (Verdict.PERMANENT, "a landline, or a carrier that cannot be reached"),
    30450: (Verdict.PERMANENT, "blocked as pumping"),
    30453: (Verdict.PERMANENT, "blocked as pumping"),
    30640: (Verdict.PERMANENT, "number is on a blocked list"),
    # About this text.
    21602: (Verdict.PERMANENT, "text is empty: our bug"),
    21604: (Verdict.PERMANENT, "text has no recipient: our bug"),
    21605: (Verdict.PERMANENT, "text is too long: our bug"),
    21617: (Verdict.PERMANENT, "text is too long: our bug"),
    21619: (Verdict.PERMANENT, "text is empty: our bug"),
    30007: (Verdict.PERMANENT, "filtered by a carrier; a resend would be filtered too"),
    30036: (Verdict.PERMANENT, "too old to deliver"),
    30038: (Verdict.PERMANENT, "filtered as a one-time password; a resend would be filtered too"),
    21656: (Verdict.PERMANENT, "WhatsApp rejects these words in a template: our bug"),
    63024: (Verdict.PERMANENT, "the phone has no WhatsApp"),
    63005: (Verdict.PERMANENT, "WhatsApp does not accept this kind of text"),
    63013: (Verdict.PERMANENT, "the text is against WhatsApp's policy"),
    63021: (
        Verdict.PERMANENT,
        "WhatsApp rejects the text: too long for a template, or not as approved",
    ),
    63032: (Verdict.PERMANENT, "WhatsApp limits how many texts this person gets"),
    63049: (Verdict.PERMANENT, "WhatsApp limits how many texts this person gets"),
    # About our send rate.
    20429: (Verdict.SLOW, "too many requests; this one was not processed"),
    21611: (Verdict.SLOW, "sender's queue is full"),
    63018: (Verdict.SLOW, "over WhatsApp's rate limit"),
    30001: (Verdict.SLOW, "queue is full"),
    30022: (Verdict.SLOW, "over the number's rate limit"),
    # About the day.
    30023: (Verdict.NEXT_DAY, "the brand's daily cap is used up"),
    30027: (Verdict.NEXT_DAY, "T-Mobile's daily cap for the brand is used up"),
    60728: (Verdict.NEXT_DAY, "the daily limit is used up"),
    63038: (Verdict.NEXT_DAY, "the account's daily limit is used up"),
    # About this moment.
    21730: (Verdict.LATER, "Twilio is under maintenance"),
    30003: (Verdict.LATER, "phone is off or out of reach"),
    30008: (Verdict.LATER, "unknown carrier error"),
    30017: (Verdict.LATER, "carrier's network is congested"),
    30047: (Verdict.LATER, "could not be rescheduled"),
    30410: (Verdict.LATER, "carrier did not answer in time"),
    63016: (Verdict.LATER, "WhatsApp's 24 hours are over; a template is needed (WHATSAPP_TEMPLATES)"),
    30500: (Verdict.LATER, "fault inside the carrier"),
    14107: (Verdict.WAIT, "too many replies to one number in 30 s"),
    30039: (Verdict.WAIT, "blocked as a message loop"),
    30610: (Verdict.WAIT, "quiet hours"),
    # About a region: one switch in the console for each, so the others go on.
    21215: (Verdict.WAIT, "region is not switched on: Messaging, Geo permissions in the Twilio console"),
    21408: (Verdict.WAIT, "region is not switched on: Messaging, Geo permissions in the Twilio console"),
    # About our account, sender, Messaging Service or campaign.
    20003: (Verdict.STOP, REFUSED_LOGIN),
    20005: (Verdict.STOP, "account is not active"),
    20404: (Verdict.STOP, "account not found; check TWILIO_ACCOUNT_SID"),
    21210: (Verdict.STOP, "sender is not verified; check HOTLINE_NUMBER"),
    21212: (Verdict.STOP, "sender is not a phone number; check HOTLINE_NUMBER"),
    21213: (Verdict.STOP, "no sender given; check HOTLINE_NUMBER"),
    21219: (Verdict.STOP, "a trial account reaches verified numbers only"),
    21601: (Verdict.STOP, "sender cannot send texts; check HOTLINE_NUMBER"),
    21603: (Verdict.STOP, "no sender given; check HOTLINE_NUMBER"),
    21606: (Verdict.STOP, "sender is not ours; check HOTLINE_NUMBER"),
    21607: (Verdict.STOP, "sender is not ours; check HOTLINE_NUMBER"),
    21608: (Verdict.STOP, "a trial account texts verified numbers only"),
    21609: (Verdict.STOP, "the status callback URL is invalid; check PUBLIC_BASE_URL"),
    21659: (Verdict.STOP, "sender is not a number of this account; check HOTLINE_NUMBER"),
    21660: (Verdict.STOP, "sender belongs to another account; check HOTLINE_NUMBER"),
    21661: (Verdict.STOP, "sender cannot send texts; check HOTLINE_NUMBER"),
    21701: (Verdict.STOP, "Messaging Service does not exist; check TWILIO_MESSAGING_SERVICE_SID"),
    21703: (Verdict.STOP, "Messaging Service has no sender"),
    21704: (Verdict.STOP, "Messaging Service has no sender; check TWILIO_MESSAGING_SERVICE_SID"),
    21705: (Verdict.STOP, "Messaging Service is wrong; check TWILIO_MESSAGING_SERVICE_SID"),
    30002: (Verdict.STOP, "account is suspended"),
    30018: (Verdict.STOP, "sender must be registered with the carrier"),
    30024: (Verdict.STOP, "sender is not provisioned with the carrier"),
    30028: (Verdict.STOP, "campaign does not fit the sender or the traffic"),
    30032: (Verdict.STOP, "toll-free number is not verified"),
    30033: (Verdict.STOP, "A2P 10DLC campaign is suspended"),
    30034: (Verdict.STOP, "number is not registered for A2P 10DLC"),
    30035: (Verdict.STOP, "number is being registered for A2P 10DLC"),
    30037: (Verdict.STOP, "sending is switched off for the account"),
    21655: (Verdict.STOP, "the template does not exist; check WHATSAPP_TEMPLATES"),
    63007: (Verdict.STOP, "the WhatsApp or RCS sender does not belong to this account; check HOTLINE_NUMBER"),
    63020: (Verdict.STOP, "Twilio's invitation must be accepted in WhatsApp Manager"),
    63027: (Verdict.STOP, "the template does not exist in this language; check WHATSAPP_TEMPLATES"),
    63040: (Verdict.STOP, "WhatsApp rejected the template; check WHATSAPP_TEMPLATES"),
    63041: (Verdict.STOP, "WhatsApp paused the template; check WHATSAPP_TEMPLATES"),
    63042: (Verdict.STOP, "WhatsApp disabled the template; check WHATSAPP_TEMPLATES"),
    90010: (Verdict.STOP, "account is not active"),
}

REGIONS: Final = frozenset({21215, 21408})
"""Codes for a region not switched on in the console: the texts wait, and an operator is alerted."""

UNKNOWN_CODE: Final = "unknown_code"
"""The alarm for a code that is not in the table."""

CARRIERS_DAY: Final = ZoneInfo("America/Los_Angeles")
"""T-Mobile's caps reset at midnight in this zone; Twilio's at midnight UTC, which is earlier.

Source: help.twilio.com, "T-Mobile daily message limits"."""

CONSENT_ENDS = frozenset({30004, 30005})
"""Errors that end a person's consent: they blocked us, or the number is no longer theirs.

The number may soon belong to another person. A new consent counts again."""

FILTERED = 30007
"""Counted for the desk: a few are chance, more mean that our texts resemble advertising."""

WHAT_TO_DO: Final = {
    30002: "log in to the Twilio console: the account is suspended, mostly for an unpaid balance",
    30007: "a carrier filters our texts: look in the Twilio console whether the campaign is approved for these words, then ask "
    "Twilio's support with the SIDs of three lost texts",
    30032: "verify the toll-free number: Twilio console, Phone Numbers, Toll-free verification",
    30034: "register the brand and a campaign for A2P 10DLC, and add the number to the campaign's Messaging Service",
}
"""How an operator fixes it when carriers drop replies as well as planned texts, by code."""

DROPS: Final = tuple(WHAT_TO_DO)

TRIED_AGAIN: dict[int, int] = {30008: 1}
"""Retries of an undelivered text for codes that get fewer than others."""

NO_REASON_GIVEN: Final = 30008
"""The code used when Twilio gives none for an undelivered text: its own "unknown error"."""

NO_TEXTS = frozenset({21614, 21635, 30006})
"""Errors that mean the line cannot receive texts at all."""


def why(code: int) -> str:
    """Return a description of a code for an operator, or where Twilio documents it."""
    if code in VERDICTS:
        return VERDICTS[code][1]
    return f"Twilio code {code}, see twilio.com/docs/api/errors/{code}" if code else "Twilio gave no code"


class Alarm(NamedTuple):
    """What a code means for us: the event to log, or "" if no operator is needed, and whether the code stops all sending."""

    event: str
    stops: bool
    unknown: bool


def alarm(code: int, judged: Verdict | None = None) -> Alarm:
    """Return what a code means for us.

    `judged` is the verdict for codes that also depend on the HTTP status.
    """
    event = "region_not_switched_on" if code in REGIONS else "" if code in VERDICTS else UNKNOWN_CODE
    return Alarm(event, (judged or verdict(code)) is Verdict.STOP, event == UNKNOWN_CODE)


def verdict(code: int, status: int = 400) -> Verdict:
    """Return how to react to `code`; an unknown code is judged by its HTTP status.

    401 and 403 mean the account is refused, 429 was not processed, 5xx may have been; anything else waits,
    including a status callback's.
    """
    if code in VERDICTS:
        return VERDICTS[code][0]
    if status in (401, 403):
        return Verdict.STOP
    if status == 429:
        return Verdict.SLOW
    return Verdict.UNKNOWN if status >= 500 else Verdict.WAIT


def next_day(now: datetime) -> datetime:
    """Return the next midnight of the carriers' day, in the time zone of `now`."""
    tomorrow = now.astimezone(CARRIERS_DAY).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=CARRIERS_DAY).astimezone(now.tzinfo)
