"""Webhook counts, which show whether texts and calls reach the line; reported in `/status` and at the desk.

Rule 1: counting delays no parent (`measured.Batch`).
Rule 2: a stranger's request proves nothing. One without a signature counts only if no valid one ever arrived;
        one with a wrong signature only if no valid one of its kind arrived within the hour. A request that
        Twilio signed and we refuse (another account, another number) always counts.
Rule 3: a line that has received nothing is not healthy: no one knows yet whether webhooks reach it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from hotline import clock
from hotline.store.webhook_counts import TAKEN, Counted, Recent, Refusal, WebhookCounts, WebhookKind
from hotline.web.measured import Batch

SIGNED_BY_TWILIO: Final = (Refusal.ACCOUNT, Refusal.NUMBER)

WHY: Final = {
    Refusal.SIGNATURE: "the signature does not match; check PUBLIC_BASE_URL, TWILIO_AUTH_TOKEN (SignalWire: TWILIO_WEBHOOK_KEY)",
    Refusal.NO_SIGNATURE: "they have no signature; if they are Twilio's, make the proxy pass X-Twilio-Signature through (SignalWire: X-SignalWire-Signature)",
    Refusal.ACCOUNT: "they are for another account; check TWILIO_ACCOUNT_SID",
    Refusal.NUMBER: "they are for another number; add it to HOTLINE_NUMBER, or remove our URL from it in the console",
    Refusal.NO_FORM: "they are not forms; something in between changes them",
    Refusal.METHOD: "they arrive as GET; set HTTP POST in the Twilio console",
    Refusal.NOWHERE: "there is no such URL here; the README's table lists the valid ones",
}
"""Meaning and fix of each refusal."""

NONE_YET: Final = (
    "no webhook has arrived yet: text the hotline, then call it. If nothing comes back, "
    "`hotline doctor` says why"
)


class WebhookHealth:
    """Thread-safe webhook counts of one process."""

    def __init__(self, counts: WebhookCounts, seconds: Callable[[], float] = time.monotonic) -> None:
        self._counts = counts
        self._batch: Batch[tuple[WebhookKind, str]] = Batch("webhooks", self._store, seconds)
        self.write_if_due, self.write = self._batch.write_if_due, self._batch.write

    def note(self, path: str, refusal: Refusal | None = None) -> None:
        """Count a webhook at this path as taken or refused. Call `write_if_due` once it is answered."""
        kind = WebhookKind.ELSEWHERE if refusal is Refusal.NOWHERE else kind_of(path)
        self._batch.add({(kind, refusal or TAKEN): 1})

    def recent(self) -> Recent:
        """Return the recent counts, including this process's. Raises StoreBusy."""
        self.write()
        return self._counts.recent(clock.now())

    def _store(self, counted: Counted) -> None:
        self._counts.add(counted, clock.now())

    def summary(self) -> str:
        """Return "ok", or the problems and their fixes. Raises StoreBusy."""
        return summary(self.recent())


def kind_of(path: str) -> WebhookKind:
    """Return the kind of webhook that arrives at this path."""
    if path.startswith("/sms"):
        return WebhookKind.TEXTS
    if path.startswith("/voice"):
        return WebhookKind.CALLS
    return WebhookKind.STATUSES if path.startswith("/status") else WebhookKind.ELSEWHERE


def summary(recent: Recent) -> str:
    """Return "ok", or the problem and its fix for each kind of webhook."""
    wrong = [line for kind in WebhookKind if (line := _wrong(recent, kind))]
    if wrong:
        return "; ".join(wrong)
    return "ok" if recent.last else NONE_YET


def _wrong(recent: Recent, kind: WebhookKind) -> str:
    refused = recent.refused(kind)
    if recent.last.get(kind) or (kind is WebhookKind.ELSEWHERE and recent.last):
        del refused[Refusal.NO_SIGNATURE]  # Rule 2
    if recent.taken(kind) or (
        kind is WebhookKind.ELSEWHERE and any(recent.taken(each) for each in WebhookKind)
    ):
        refused = Counter({refusal: refused[refusal] for refusal in SIGNED_BY_TWILIO if refused[refusal]})
    if not refused:
        return ""
    why = "; ".join(WHY[refusal] for refusal, _ in refused.most_common())
    return f"{kind}: {_before(recent, kind)}{refused.total()} refused in the last hour: {why}"


def _before(recent: Recent, kind: WebhookKind) -> str:
    """Return when the last valid webhook arrived, or "" if that adds nothing to the count."""
    if kind is WebhookKind.ELSEWHERE or recent.taken(kind):
        return ""
    last = recent.last.get(kind)
    return f"the last valid one was at {last:%Y-%m-%d %H:%M} UTC; " if last else "never a valid one; "
