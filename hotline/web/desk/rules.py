"""What a field of the desk must be: each rule of the settings as a whole sentence, in the user's language.

The settings continue a sentence in English ("OFFICE_HOURS must be ..."); an editor sees no names of settings.
"""

from __future__ import annotations

from typing import Final

from hotline.config.office_hours import RIGHT_CALENDAR, RIGHT_HOURS, RIGHT_ORDER
from hotline.config.opening import RIGHT_CLOSED, RIGHT_NAME, RIGHT_PRICE, RIGHT_STAFF, RIGHT_WORDS
from hotline.config.setting_types import RIGHT_CHANNEL, RIGHT_LINE, RIGHT_NUMBER
from hotline.conversation.model.segments import GSM7, GSM7_DOUBLE
from hotline.publishing.lint.legal_claims import LOOK_ALIKES
from hotline.web.desk import i18n

SENTENCES: Final = {
    RIGHT_HOURS: "Write days and hours on a 24-hour clock, such as Mon-Fri 9:00-17:00; Sat 10:00-12:00.",
    RIGHT_ORDER: "Hours must end after they begin. 5 in the afternoon is 17:00. Hours past midnight are two: Fri 22:00-24:00; Sat 0:00-2:00.",
    RIGHT_CALENDAR: "Write “US” for the federal holidays, a state's code such as “CA”, or “no” for none.",
    RIGHT_CLOSED: "Write a first day and a last day, at most 120 days apart.",
    RIGHT_NAME: "Write a name without { and }.",
    RIGHT_LINE: "Write one line of at most 60 characters.",
    RIGHT_WORDS: "Write one line of at most 160 characters, without { and }.",
    RIGHT_STAFF: "This is the number of the hotline itself: it would call itself.",
    RIGHT_PRICE: "This number costs extra to call, as a 900 number does.",
    RIGHT_NUMBER: "Write a phone number with its area code, such as 510-555-0100.",
    RIGHT_CHANNEL: "Write a phone number with its area code, such as 510-555-0100.",
}
"""A sentence for each rule that a form of the desk can break."""

NAMED: Final = {"a space": " ", "nothing": ""}
PLAIN: Final = str.maketrans({sign: NAMED.get(plain, plain) for sign, plain in LOOK_ALIKES.items()})
"""Plain signs for those that phones and word processors write by themselves and that cost extra.

One sign outside the plain alphabet of phones (GSM-7) makes a whole text cost about twice as much, for every parent.
"""

SIGNS: Final = "Leave out emoji and other signs that are on no simple phone: they make each text cost about twice as much."


def sentence(broken: ValueError) -> str:
    """Return the rule that a value broke, as a whole sentence in the user's language."""
    rule = str(broken)
    return i18n.gettext(SENTENCES.get(rule, rule))


def sendable(written: str) -> str:
    """Return words with plain quotes, dashes and spaces. Raises ValueError for an emoji or another odd sign."""
    found = written.translate(PLAIN)
    if any(not (each in GSM7 or each in GSM7_DOUBLE or each.isalpha() or each == "\n") for each in found):
        raise ValueError(SIGNS)
    return found


def unsendable(*texts: str) -> str:
    """Return why one of these texts is not `sendable`, in the user's language; "" if all are."""
    try:
        for each in texts:
            sendable(each)
    except ValueError as odd:
        return sentence(odd)
    return ""
