"""The parts of the carrier that a call uses, and where a call sends its progress callbacks."""

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
    """The parts of the carrier that a call uses.

    `keep` stores the child calls of a call. `account` is replaced when its webhooks change.
    """

    account: Account
    webhooks: Webhooks
    recordings: Recordings
    keep: Callable[[Leg], object]


@dataclass(frozen=True, slots=True)
class Progress:
    """The status callback URL of a call ("" for none) and the events it is sent for."""

    url: str = ""
    events: frozenset[str] = verbs.COMPLETED
