"""The texts of one phone as the page shows them: bubbles, segments, cost, check marks, and failed deliveries.

Rule 1: a text on a phone stays there, even if the carrier has deleted it.
Rule 2: a check mark shows what the application knows: a status callback answered with 2xx. A text without a
        callback shows the carrier's own status.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from devtools.phone.clock import Clock
from devtools.twilio_sim import Carrier
from devtools.twilio_sim.gsm7 import parts
from devtools.twilio_sim.messages import Bubble, Text, describe
from devtools.twilio_sim.webhooks import Exchange

CENTS_A_SEGMENT = Decimal("0.83") + Decimal("0.30")
"""Approximate US cost of one segment in cents, in or out: Twilio's price plus a carrier fee.

For a registered number; fees differ by carrier. Source: twilio.com/en-us/sms/pricing/us.
"""

RANK = {"queued": 0, "accepted": 0, "sending": 0, "sent": 1, "delivered": 2, "undelivered": 2, "failed": 2}


def thread(carrier: Carrier, clock: Clock, number: str, statuses: dict[str, str]) -> list[dict[str, Any]]:
    """Return all texts to or from this phone, oldest first. `statuses` is from `statuses_by_sid`."""
    bubbles = {bubble.sid: bubble for bubble in carrier.ledger.bubbles(number)}
    texts = (text for text in carrier.ledger.all() if number in (text.from_, text.to))
    return [_shown(text, bubbles.get(text.sid), clock, statuses) for text in texts]


def statuses_by_sid(exchanges: Iterable[Exchange]) -> dict[str, str]:
    """Return the furthest status of each text that the application accepted, by message sid."""
    statuses: dict[str, str] = {}
    for exchange in exchanges:
        sid, status = exchange.params.get("MessageSid", ""), exchange.params.get("MessageStatus", "")
        took = 200 <= exchange.status < 300
        if sid and status and took and RANK.get(status, 0) >= RANK.get(statuses.get(sid, ""), 0):
            statuses[sid] = status
    return statuses


def _shown(text: Text, bubble: Bubble | None, clock: Clock, statuses: dict[str, str]) -> dict[str, Any]:
    body = bubble.body if bubble else text.body
    cut = parts(body)
    return {
        "sid": text.sid,
        "mine": text.direction == "inbound",
        "arrived": text.direction == "inbound" or bubble is not None,
        "by_carrier": bubble is not None and bubble.source == "carrier",
        "parts": cut,
        "cents": float(len(cut) * CENTS_A_SEGMENT),
        "status": statuses.get(text.sid, "queued") if text.status_callback else text.status,
        "code": text.error_code,
        "why": describe(text.error_code) if text.error_code else "",
        "at": clock.shown(text.at).isoformat(timespec="seconds"),
    }
