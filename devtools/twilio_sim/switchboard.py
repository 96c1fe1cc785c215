"""What a call needs of its carrier, and where the application is told how it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devtools.twilio_sim import verbs
from devtools.twilio_sim.account import Account
from devtools.twilio_sim.recordings import Recordings
from devtools.twilio_sim.webhooks import Webhooks

if TYPE_CHECKING:
    from devtools.twilio_sim.calls import Leg


@dataclass(slots=True)
class Switchboard:
    """What a call needs of its carrier. `keep` is told of the calls that a call makes. `account` is replaced when its webhooks are set."""

    account: Account
    webhooks: Webhooks
    recordings: Recordings
    keep: Callable[[Leg], object]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the application is told how a call goes ("" for nowhere), and of what."""

    url: str = ""
    events: frozenset[str] = verbs.COMPLETED
