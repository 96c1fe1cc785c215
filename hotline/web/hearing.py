"""Whether the line hears: webhooks are counted as they come, and what that means is told in `/status` and at the desk.

Rule 1: counting keeps no parent waiting. A process writes to Redis once a second at most, and not after a slow answer;
        what is left is written with the next webhook, or when somebody asks.
Rule 2: a stranger's request proves nothing. One without a signature counts only while no good one ever came; one with a
        wrong signature only while no good one of its kind came within the hour. What Twilio signed and we refuse
        (another account, another number) always counts.
Rule 3: a line to which nothing ever came is not well: nobody knows yet whether it hears.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from hotline import clock
from hotline.log import log
from hotline.store.connection import StoreBusy
from hotline.store.webhook_counts import TAKEN, Counted, Heard, Kind, Refusal, WebhookCounts

WRITE_EVERY_SECONDS: Final = 1.0

SIGNED_BY_TWILIO: Final = (Refusal.ACCOUNT, Refusal.NUMBER)

WHY: Final = {
    Refusal.SIGNATURE: "the signature does not fit; look at PUBLIC_BASE_URL, TWILIO_AUTH_TOKEN",
    Refusal.NO_SIGNATURE: "they have no signature; if they are Twilio's, let the proxy pass X-Twilio-Signature on",
    Refusal.ACCOUNT: "they are of another account; look at TWILIO_ACCOUNT_SID",
    Refusal.NUMBER: "they are for another number; let HOTLINE_NUMBER list it, or take our address from it in the console",
    Refusal.NO_FORM: "they are no forms; something between changes them",
    Refusal.METHOD: "they come as GET; set HTTP POST in the Twilio console",
    Refusal.NOWHERE: "there is no such address here; the README's table lists them",
}
"""What a refusal means, and what mends it."""

NONE_YET: Final = (
    "no webhook has come yet, so nobody knows whether the line hears: text it, then call it. If nothing comes, run: "
    "python -m hotline doctor"
)


class Hearing:
    """Counts the webhooks of one process. Safe to use from several threads."""

    def __init__(self, counts: WebhookCounts, seconds: Callable[[], float] = time.monotonic) -> None:
        self._counts, self._seconds = counts, seconds
        self._lock = threading.Lock()
        self._waiting: Counted = Counter()
        self._write_at = seconds()

    def note(self, path: str, refusal: Refusal | None = None) -> None:
        """Count a webhook that came to this path: taken, or refused. You must call `settle` when it was answered."""
        kind = Kind.ELSEWHERE if refusal is Refusal.NOWHERE else kind_of(path)
        with self._lock:
            self._waiting[kind, refusal or TAKEN] += 1

    def settle(self) -> None:
        """Write down what was counted, if it is time to. Never raises."""
        if self._waiting and self._seconds() >= self._write_at:
            self.write()

    def write(self) -> None:
        """Write down what was counted. What Redis does not take waits. Never raises."""
        with self._lock:
            waiting, self._waiting = self._waiting, Counter()
            self._write_at = self._seconds() + WRITE_EVERY_SECONDS
        if not waiting:
            return
        try:
            self._counts.add(waiting, clock.now())
        except StoreBusy as busy:
            log.warning("store_busy", path="webhooks", cause=str(busy))
            with self._lock:
                self._waiting.update(waiting)

    def told(self) -> str:
        """Return "ok", or what is wrong and what mends it. Raises StoreBusy."""
        self.write()
        return told(self._counts.heard(clock.now()))


def kind_of(path: str) -> Kind:
    """Return what a webhook at this path tells of."""
    if path.startswith("/sms"):
        return Kind.TEXTS
    if path.startswith("/voice"):
        return Kind.CALLS
    return Kind.STATUSES if path.startswith("/status") else Kind.ELSEWHERE


def told(heard: Heard) -> str:
    """Return what was heard as "ok", or what is wrong and what mends it, for each kind."""
    wrong = [line for kind in Kind if (line := _wrong(heard, kind))]
    if wrong:
        return "; ".join(wrong)
    return "ok" if heard.last else NONE_YET


def _wrong(heard: Heard, kind: Kind) -> str:
    refused = heard.refused(kind)
    if heard.last.get(kind) or (kind is Kind.ELSEWHERE and heard.last):
        del refused[Refusal.NO_SIGNATURE]  # Rule 2
    if heard.taken(kind) or (kind is Kind.ELSEWHERE and any(heard.taken(each) for each in Kind)):
        refused = Counter({refusal: refused[refusal] for refusal in SIGNED_BY_TWILIO if refused[refusal]})
    if not refused:
        return ""
    why = "; ".join(WHY[refusal] for refusal, _ in refused.most_common())
    return f"{kind}: {_before(heard, kind)}{refused.total()} refused in the last hour: {why}"


def _before(heard: Heard, kind: Kind) -> str:
    """Return how long ago a good one came, where that says more than the count."""
    if kind is Kind.ELSEWHERE or heard.taken(kind):
        return ""
    last = heard.last.get(kind)
    return f"the last good one was at {last:%Y-%m-%d %H:%M} UTC; " if last else "never a good one; "
