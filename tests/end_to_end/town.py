"""A running service for the tests that drive it from the outside: phones, the carrier, the clock."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from redis import Redis

from devtools.twilio_sim import Phone
from devtools.twilio_sim.phone import Control
from hotline.clock import moved_by
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys, Secrets

SOON_SECONDS = 5.0
"""The first follow-up leaves within this time of the yes."""

EASTERN = ZoneInfo("America/New_York")
SCREENING = ["hi", "1", "3", "2", "1", "1", "1", "1", "1"]


@dataclass
class Town:
    """A running service, its carrier, and its clock."""

    carrier: str
    redis: Redis
    clock: Path
    secret: str
    numbers: Iterator[int] = field(default_factory=lambda: count(100))

    def phone(self) -> Phone:
        """A phone with a number of its own, in Washington, DC."""
        return Phone(self.carrier, f"+1202555{next(self.numbers):04d}")

    def knows_line(self, phone: Phone) -> bool:
        """Whether the kind of this phone's line has been found out."""
        return self.redis.hget(Keys(Secrets(self.secret).who(phone.number)).person, "line") is not None

    def requests(self, phone: Phone) -> list[str]:
        """When the owner of this phone wants to be called back, for each request that waits."""
        who = Secrets(self.secret).who(phone.number)
        return [json.loads(line)["when"] for line in self.redis.hvals(Keys(who).requests)]

    def follow_ups_kept(self, phone: Phone) -> int:
        """How many records there are of this phone's follow-ups."""
        return self.redis.hlen(Keys(Secrets(self.secret).who(phone.number)).followups)

    def copies_at_the_carrier(self, phone: Phone) -> int:
        """How many texts to and from this phone, and calls of it, the carrier still has."""
        control = Control(self.carrier)
        texts = [
            t for t in control.get("ledger") if phone.number in (t["to"], t["from_"]) and not t["deleted"]
        ]
        calls = [c for c in control.get("calls") if phone.number in (c["from"], c["to"]) and not c["deleted"]]
        return len(texts) + len(calls)

    def records(self, phone: Phone) -> dict[str, str]:
        """The state of each follow-up of this phone's, by reminder."""
        who = Secrets(self.secret).who(phone.number)
        return {
            r.get("reminder", r.get("kind", "")): r["state"]
            for r in FollowUps(self.redis).records(who).values()
        }

    def noon_after(self, days: int) -> None:
        """Moves the service's clock to noon, so many days on from what it shows."""
        self.at(12, days=days)

    def at(self, hour: int, *, days: int = 0) -> None:
        """Moves the service's clock to this hour in Washington, so many days on from what it shows."""
        shown = datetime.now(EASTERN) + moved_by(self.clock)
        self._move(
            (shown + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0) - shown
        )

    def later(self, **passed: float) -> None:
        """Moves the service's clock on."""
        self._move(timedelta(**passed))

    def _move(self, by: timedelta) -> None:
        new = self.clock.with_suffix(".new")
        new.write_text(str((moved_by(self.clock) + by).total_seconds()), encoding="ascii")
        new.rename(self.clock)

    def keys_of(self, phone: Phone) -> list[str]:
        """Every key in Redis that holds anything of this phone's, its follow-ups among what is due included."""
        who = Secrets(self.secret).who(phone.number)
        named = [key for key in self.redis.scan_iter() if who in key]
        sets = [key for key in self.redis.scan_iter(_type="zset") if not key.startswith("rq:")]
        return named + [key for key in sets for member in self.redis.zrange(key, 0, -1) if who in member]


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    """Returns once it is true; fails when the time is over."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)


def screened(town: Town, *answers: str) -> Phone:
    """A phone that answered all seven questions for an IEP evaluation, and then `answers`."""
    phone = town.phone()
    for words in [*SCREENING, *answers]:
        phone.text(words)
    return phone


def sent(phone: Phone) -> list[str]:
    """The texts that came by themselves, oldest first."""
    return [bubble.body for bubble in phone.bubbles() if bubble.source == "rest"]
