"""A running service for tests that use it from outside: phones, the carrier, the clock."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from redis import Redis

from devtools.twilio_sim import Call, Phone
from devtools.twilio_sim.heard import Said
from devtools.twilio_sim.messages import Bubble
from devtools.twilio_sim.phone import Control
from hotline.clock import moved_by
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys, Secrets
from tests.wishes import STEPS, TEACHING, Wishes, spoken, wished, written

SOON_SECONDS = 5.0
"""The first follow-up leaves within this time of the yes."""

EASTERN = ZoneInfo("America/New_York")
OUTCOME = r"an (?:IEP|I E P) evaluation is worth asking for"
CONSENT = r"may we text you the steps"


@dataclass
class Town:
    """A running service, its carrier, and its clock."""

    carrier: str
    redis: Redis
    clock: Path
    secret: str
    numbers: Iterator[int] = field(default_factory=lambda: count(100))

    def phone(self) -> Phone:
        """Return a phone with a new number in Washington, DC."""
        return Phone(self.carrier, f"+1202555{next(self.numbers):04d}")

    def knows_line(self, phone: Phone) -> bool:
        """Check whether the kind of this phone's line has been looked up."""
        return self.redis.hget(Keys(Secrets(self.secret).who(phone.number)).person, "line") is not None

    def requests(self, phone: Phone) -> list[str]:
        """Return when the owner of this phone wants to be called back, for each open request."""
        who = Secrets(self.secret).who(phone.number)
        return [json.loads(line)["when"] for line in self.redis.hvals(Keys(who).requests)]

    def follow_ups_kept(self, phone: Phone) -> int:
        """Return how many follow-up records this phone has."""
        return self.redis.hlen(Keys(Secrets(self.secret).who(phone.number)).followups)

    def copies_at_the_carrier(self, phone: Phone) -> int:
        """Return how many texts and calls of this phone the carrier still has."""
        control = Control(self.carrier)
        texts = [
            t for t in control.get("ledger") if phone.number in (t["to"], t["from_"]) and not t["deleted"]
        ]
        calls = [c for c in control.get("calls") if phone.number in (c["from"], c["to"]) and not c["deleted"]]
        return len(texts) + len(calls)

    def records(self, phone: Phone) -> dict[str, str]:
        """Return the state of each follow-up of this phone by reminder; if a reminder was replanned, of the new record."""
        who = Secrets(self.secret).who(phone.number)
        records = FollowUps(self.redis).records(who).values()
        replaced_first = sorted(records, key=lambda record: record["state"] != "dropped")
        return {r.get("reminder", r.get("kind", "")): r["state"] for r in replaced_first}

    def noon_after(self, days: int) -> None:
        """Move the service's clock to noon, this many days later."""
        self.at(12, days=days)

    def at(self, hour: int, *, days: int = 0) -> None:
        """Move the service's clock to this hour in Washington, this many days later."""
        shown = datetime.now(EASTERN) + moved_by(self.clock)
        self._move(
            (shown + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0) - shown
        )

    def later(self, **passed: float) -> None:
        """Move the service's clock forward."""
        self._move(timedelta(**passed))

    def as_it_is(self) -> None:
        """Reset the service's clock: the carrier's was never moved, and an erasure compares the two."""
        self._move(-moved_by(self.clock))

    def _move(self, by: timedelta) -> None:
        new = self.clock.with_suffix(".new")
        new.write_text(str((moved_by(self.clock) + by).total_seconds()), encoding="ascii")
        new.rename(self.clock)

    def keys_of(self, phone: Phone) -> list[str]:
        """Return every key in Redis with anything about this phone, the due sets included."""
        who = Secrets(self.secret).who(phone.number)
        named = [key for key in self.redis.scan_iter() if who in key]
        sets = [key for key in self.redis.scan_iter(_type="zset") if not key.startswith("rq:")]
        return named + [key for key in sets for member in self.redis.zrange(key, 0, -1) if who in member]


def screen(phone: Phone, said: Sequence[Bubble]) -> list[Bubble]:
    """Answer by text like a parent whose child needs special teaching, until the hotline asks whether it may send
    reminders. Return its replies.
    """
    answered: list[Bubble] = []
    for _ in range(STEPS):
        words = "\n".join(bubble.body for bubble in said)
        if re.search(CONSENT, words, re.IGNORECASE):
            return answered
        choices = written(words)
        said = phone.text(choices[wished(TEACHING, words, choices)])
        answered += said
    raise AssertionError(f"never asked for consent: {answered}")


def screened(town: Town, *answers: str) -> Phone:
    """Return a phone that answered all questions for an IEP evaluation, then `answers` about reminders."""
    phone = town.phone()
    screen(phone, phone.text("hi"))
    for words in answers:
        phone.text(words)
    return phone


def talk(call: Call, goal: str, wishes: Wishes = TEACHING, *, aloud: bool = False) -> str:
    """Answer on a call until what is said matches `goal`, and return that. Press keys by `wishes`; with `aloud`, say the
    wishes, which are then words and not patterns.
    """
    said = call.heard
    for _ in range(STEPS):
        words = "\n".join(each.text for each in said if isinstance(each, Said))
        if re.search(goal, words, re.IGNORECASE):
            return words
        if aloud:
            said = call.speak(wished(wishes, words, {wish: "" for _, wish in wishes}))
        else:
            choices = spoken(words)
            said = call.press(choices[wished(wishes, words, choices)])
    raise AssertionError(f"never came to {goal!r}: {call.words()}")


def take(call: Call, choice: str) -> None:
    """Press the key of the choice that matches, among those that the call offered last."""
    (key,) = (
        key
        for words, key in spoken(call.words().splitlines()[-1]).items()
        if re.search(choice, words, re.IGNORECASE)
    )
    call.press(key)


def sent(phone: Phone) -> list[str]:
    """Return the texts that the service initiated, oldest first."""
    return [bubble.body for bubble in phone.bubbles() if bubble.source == "rest"]
