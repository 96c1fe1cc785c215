"""The texts on one phone, as the page shows them: bubbles, segments, cost, ticks, and what never arrived.

Rule 1: what stands on a phone stays, though the carrier may have forgotten it.
Rule 2: a tick is what the application was told and took: a status callback answered with 2xx. A text that asks
        for no callback is ticked by what the carrier knows.
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
"""About what one segment costs in the US, in or out: Twilio's price and a carrier's fee for a registered number.
Source: twilio.com/en-us/sms/pricing/us; fees differ by carrier."""

RANK = {"queued": 0, "accepted": 0, "sending": 0, "sent": 1, "delivered": 2, "undelivered": 2, "failed": 2}


def thread(carrier: Carrier, clock: Clock, number: str, told: dict[str, str]) -> list[dict[str, Any]]:
    """Everything that went to or from this phone by text, oldest first; `told` as `told_statuses` gives it."""
    bubbles = {bubble.sid: bubble for bubble in carrier.ledger.bubbles(number)}
    texts = (text for text in carrier.ledger.all() if number in (text.from_, text.to))
    return [_shown(text, bubbles.get(text.sid), clock, told) for text in texts]


def told_statuses(exchanges: Iterable[Exchange]) -> dict[str, str]:
    """The furthest status of each text that the application was told of, and took."""
    told: dict[str, str] = {}
    for exchange in exchanges:
        sid, status = exchange.params.get("MessageSid", ""), exchange.params.get("MessageStatus", "")
        took = 200 <= exchange.status < 300
        if sid and status and took and RANK.get(status, 0) >= RANK.get(told.get(sid, ""), 0):
            told[sid] = status
    return told


def _shown(text: Text, bubble: Bubble | None, clock: Clock, told: dict[str, str]) -> dict[str, Any]:
    body = bubble.body if bubble else text.body
    cut = parts(body)
    return {
        "sid": text.sid,
        "mine": text.direction == "inbound",
        "arrived": text.direction == "inbound" or bubble is not None,
        "by_carrier": bubble is not None and bubble.source == "carrier",
        "parts": cut,
        "cents": float(len(cut) * CENTS_A_SEGMENT),
        "status": told.get(text.sid, "queued") if text.status_callback else text.status,
        "code": text.error_code,
        "why": describe(text.error_code) if text.error_code else "",
        "at": clock.shown(text.at).isoformat(timespec="seconds"),
    }
