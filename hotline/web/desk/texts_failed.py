"""Why texts did not reach parents, in plain words for staff: a few classes of carrier codes and of our reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from hotline.carrier.errors import CONSENT_ENDS, FILTERED, NO_TEXTS, VERDICTS, Verdict
from hotline.telemetry import measures
from hotline.telemetry.measures import Dropped
from hotline.web.statuses import REPLY_LOST


class Cause(StrEnum):
    """Why a text did not arrive, in the order of the table."""

    OUT_OF_REACH = "The phone was off or out of reach, or its network was busy."
    NO_TEXTS_THERE = "The number is a landline, or cannot get texts."
    NOT_IN_USE = "The number is not in use, or its owner blocked us."
    OPTED_OUT = "The parent had told the carrier to stop our texts."
    FILTERED_OUT = "A carrier filtered the text, as it does with spam."
    ACCOUNT = "There is a problem with our account or number. See the hotline's checks."
    PACE = "We exceeded the carrier's rate or its daily limit."
    REFUSED = "The carrier refused the text."
    UNKNOWN = "The carrier gave no reason."


BY_VERDICT: Final = {
    Verdict.PERMANENT: Cause.REFUSED,
    Verdict.OPTED_OUT: Cause.OPTED_OUT,
    Verdict.LATER: Cause.OUT_OF_REACH,
    Verdict.WAIT: Cause.PACE,
    Verdict.NEXT_DAY: Cause.PACE,
    Verdict.SLOW: Cause.PACE,
    Verdict.STOP: Cause.ACCOUNT,
    Verdict.UNKNOWN: Cause.UNKNOWN,
}

NOT_SENT: Final = {
    Dropped.NO_CONSENT: "The parent no longer wanted texts.",
    Dropped.NOT_FOR_US: "The number is from a country that the hotline does not serve.",
    Dropped.LANDLINE: Cause.NO_TEXTS_THERE,
    Dropped.REMINDER_GONE: "The reminder is no longer in the flows.",
    Dropped.TOO_LATE: "It was too late to send it.",
    Dropped.TOO_MANY: "The number had received too many texts that day.",
    Dropped.WORDS_GONE: "Its text is no longer in the flows.",
    Dropped.REQUEST_DONE: "The request was already done.",
    Dropped.WINDOW_CLOSED: "On WhatsApp the parent had not written for a day.",
}
"""Why a planned text was not sent."""


def plain_words(reason: str) -> str:
    """Explain a follow-up's reason, which is a carrier code or our own reason; return "" for any other."""
    if reason in NOT_SENT:
        return NOT_SENT[Dropped(reason)]
    return cause_of(reason) if reason.isdecimal() or reason == "unknown" else ""


def cause_of(code: str) -> Cause:
    """Return the cause that a carrier's code stands for."""
    number = int(code) if code.isascii() and code.isdecimal() else 0
    if number == FILTERED:
        return Cause.FILTERED_OUT
    if number in CONSENT_ENDS:
        return Cause.NOT_IN_USE
    if number in NO_TEXTS:
        return Cause.NO_TEXTS_THERE
    return BY_VERDICT[VERDICTS[number][0]] if number in VERDICTS else Cause.UNKNOWN


def failed_in(counted: Mapping[str, int]) -> dict[str, int]:
    """Return how many texts, planned ones and replies, failed for each class of reasons."""
    found: Counter[str] = Counter(dict.fromkeys(Cause, 0))
    for name, count in counted.items():
        for kind in (measures.FAILED, REPLY_LOST):
            if name.startswith(kind):
                found[cause_of(name.removeprefix(kind))] += count
        if name.startswith(measures.NOT_SENT) and name != measures.SENT:
            found[cause_of(name.rpartition(".")[2])] += count
    return {words: found[words] for words in Cause if found[words]}


def not_sent_in(counted: Mapping[str, int]) -> dict[str, int]:
    """Return how many planned texts were not sent for each of our own reasons."""
    found: Counter[str] = Counter()
    for reason, words in NOT_SENT.items():
        found[words] += counted.get(measures.dropped(reason), 0)
    return {words: count for words, count in found.items() if count}
