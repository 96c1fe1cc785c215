"""Delivery of accepted texts: their statuses and status callbacks, in the background.

Rule 1: a text that will be delivered appears on the phone as soon as it is accepted.
Rule 2: the callbacks of one text are sent one after the other. Like Twilio, there is none for the first status.
Rule 3: `settle` waits until nothing is in progress.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from devtools.twilio_sim import errors, faults, messages
from devtools.twilio_sim.messages import Text
from devtools.twilio_sim.webhooks import Webhooks

WORKERS = 16
"""Maximum concurrent status callbacks."""


class Deliveries:
    """Moves texts through their statuses. Thread-safe."""

    def __init__(
        self,
        ledger: messages.Ledger,
        waiting: faults.Faults,
        webhooks: Webhooks,
        unreachable: Callable[[str], bool],
    ) -> None:
        """Create a delivery queue. `unreachable` returns whether a number cannot receive texts at all."""
        self._ledger = ledger
        self._faults = waiting
        self._webhooks = webhooks
        self._unreachable = unreachable
        self._busy = 0
        self._idle = threading.Condition()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="carrier")

    def dispatch(self, text: Text, source: str, refused: int = 0) -> None:
        """Decide the outcome of an accepted text and queue its statuses in the background.

        `refused` is the error code if the channel refuses the text after it was accepted, else 0.
        """
        fault = self._faults.take(text.to, faults.FaultKind.UNDELIVERED) if source == "rest" else None
        code = fault.code if fault else refused
        if not code and self._unreachable(text.to):
            code = 30006
        last = errors.UNDELIVERED.get(code, ("undelivered", ""))[0] if code else "delivered"
        if not code:
            self._ledger.show(text, source)
        steps = ["queued"] if text.status == "accepted" else []
        steps += [last] if last == "failed" else ["sent", last]
        mixed = source == "rest" and self._faults.take(text.to, faults.FaultKind.OUT_OF_ORDER) is not None
        self._pool.submit(self._counted(lambda: self._progress(text, steps, code, mixed)))

    def _progress(self, text: Text, steps: list[str], code: int, mixed: bool) -> None:
        texts = [(step, self._advance(text, step, code if step == steps[-1] else 0)) for step in steps]
        for _, now in reversed(texts) if mixed else texts:
            if now is not None:
                self._tell(now)

    def _advance(self, text: Text, status: str, code: int) -> Text | None:
        """Set a text's next status and return the text, or None if it was cleared in the meantime."""

        def moved(now: Text) -> Text:
            return replace(now, statuses=(*now.statuses, status), error_code=code)

        return self._ledger.change(text.sid, moved)

    def _tell(self, text: Text) -> None:
        """Post a status callback, if the text asks for one.

        https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
        """
        if not text.status_callback:
            return
        params = {
            "AccountSid": text.account_sid,
            "ApiVersion": messages.API_VERSION,
            "From": text.from_,
            "To": text.to,
            "MessageSid": text.sid,
            "MessageStatus": text.status,
            "SmsSid": text.sid,
            "SmsStatus": text.status,
        }
        if text.service_sid:
            params["MessagingServiceSid"] = text.service_sid
        if text.status in ("delivered", "undelivered"):
            params["RawDlrDoneDate"] = datetime.now(UTC).strftime("%y%m%d%H%M")
        if text.error_code:
            params["ErrorCode"] = str(text.error_code)
            params["ErrorMessage"] = messages.describe(text.error_code)
        self._webhooks.notify(text.status_callback, params)

    def in_own_thread(self, work: Callable[[], None]) -> None:
        """Run long `work` in its own thread; `settle` waits for it."""
        threading.Thread(target=self._counted(work), name="carrier-late", daemon=True).start()

    def _counted(self, work: Callable[[], None]) -> Callable[[], None]:
        """Return `work` as a function that `settle` waits for, from now on."""
        with self._idle:
            self._busy += 1

        def run() -> None:
            try:
                work()
            finally:
                with self._idle:
                    self._busy -= 1
                    self._idle.notify_all()

        return run

    def settle(self, timeout: float = 5.0) -> bool:
        """Wait up to `timeout` seconds for background work; return whether it is all done."""
        with self._idle:
            return self._idle.wait_for(lambda: self._busy == 0, timeout)

    def close(self) -> None:
        """Stop, and cancel the work that has not started."""
        self._pool.shutdown(wait=False, cancel_futures=True)
