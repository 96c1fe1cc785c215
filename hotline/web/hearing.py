"""Whether the line hears: webhooks are counted as they come, and what that means is told in `/status` and at the desk.

Rule 1: counting keeps no parent waiting (`batch`).
Rule 2: a stranger's request proves nothing. One without a signature counts only while no good one ever came; one with a
        wrong signature only while no good one of its kind came within the hour. What Twilio signed and we refuse
        (another account, another number) always counts.
Rule 3: a line to which nothing ever came is not well: nobody knows yet whether it hears.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from hotline import clock
from hotline.store.webhook_counts import TAKEN, Counted, Heard, Kind, Refusal, WebhookCounts
from hotline.web.batch import Batch

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
        self._counts = counts
        self._batch: Batch[tuple[Kind, str]] = Batch("webhooks", self._store, seconds)
        self.settle, self.write = self._batch.settle, self._batch.write

    def note(self, path: str, refusal: Refusal | None = None) -> None:
        """Count a webhook that came to this path: taken, or refused. You must call `settle` when it was answered."""
        kind = Kind.ELSEWHERE if refusal is Refusal.NOWHERE else kind_of(path)
        self._batch.add({(kind, refusal or TAKEN): 1})

    def heard(self) -> Heard:
        """Return what came of late, of this process too. Raises StoreBusy."""
        self.write()
        return self._counts.heard(clock.now())

    def _store(self, counted: Counted) -> None:
        self._counts.add(counted, clock.now())

    def told(self) -> str:
        """Return "ok", or what is wrong and what mends it. Raises StoreBusy."""
        return told(self.heard())


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
