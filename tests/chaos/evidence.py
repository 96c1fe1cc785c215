"""What is there after the storm: Redis as it stands, the carrier's ledger, what was asked and answered.

Everything is read once, while all is up and at rest; `judgement` and `history` look at it afterwards.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis import Redis

from devtools.twilio_sim.phone import Control
from hotline.store.keys import BUCKETS, Keys, due_key
from tests.chaos import secrecy
from tests.chaos.posting import Asked
from tests.chaos.programs import Plan
from tests.chaos.town import Outage, Town


@dataclass(frozen=True, slots=True)
class Sent:
    """A text that the carrier accepted from the application. `plan` is the id of the record it was sent for."""

    sid: str
    to: str
    at: datetime
    statuses: tuple[str, ...]
    plan: str
    deleted: bool

    @property
    def undelivered(self) -> bool:
        """Whether it did not reach the phone."""
        return self.statuses[-1] in ("undelivered", "failed")


@dataclass(frozen=True, slots=True)
class Told:
    """A status that the carrier told of, and what the hotline answered; 0 for nothing."""

    sid: str
    status: str
    code: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """All that Redis holds of one person."""

    session: str | None
    answers: Mapping[str, str]
    person: Mapping[str, str]
    records: Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class Evidence:
    """All of it. `whose` is the hash of each number; `safe` are the documents that stand for "not taken"; `due` are
    the ids that are to be handed out, with when. What came due until `horizon` must be done.
    """

    asked: list[Asked]
    safe: frozenset[str]
    whose: Mapping[str, str]
    kept: Mapping[str, Kept]
    due: Mapping[str, float]
    sent: list[Sent]
    told: list[Told]
    outages: list[Outage]
    horizon: datetime
    stalls: list[Outage] = field(default_factory=list)
    """Redis stood still, and lost nothing."""
    telling: list[str] = field(default_factory=list)
    """Where a number or words of a parent stand."""
    failures: list[str] = field(default_factory=list)
    """What the logs tell of faults."""


def gathered(
    town: Town, control: Control, planned: Plan, asked: list[Asked], safe: frozenset[str], horizon: datetime
) -> Evidence:
    """Reads all of it."""
    whose = planned.whose({one.number for one in asked})
    with Redis.from_url(town.server.url) as redis:
        telling = [*secrecy.in_redis(redis), *secrecy.in_logs(town.folder)]
    return Evidence(
        asked=asked,
        safe=safe,
        whose=whose,
        kept={who: read_kept(town.redis, who) for who in whose.values()},
        due=_read_due(town.redis),
        sent=_read_sent(control),
        told=_read_told(control),
        outages=town.outages[1:],
        horizon=horizon,
        stalls=list(town.stalls),
        telling=telling,
        failures=list(secrecy.failures(town.folder)),
    )


def read_kept(redis: Redis, who: str) -> Kept:
    """What Redis holds of this person."""
    keys = Keys(who)
    with redis.pipeline(transaction=False) as pipe:
        pipe.hget(keys.session, "session")
        for key in (keys.answers, keys.person, keys.followups):
            pipe.hgetall(key)
        session, answers, person, records = pipe.execute()
    return Kept(session, answers, person, {id: json.loads(line) for id, line in records.items()})


def _read_sent(control: Control) -> list[Sent]:
    """The carrier's ledger of what the application started, oldest first."""
    rows = [row for row in control.get("ledger") if row["direction"] == "outbound-api"]
    return sorted((_sent(row) for row in rows), key=lambda sent: sent.at)


def _sent(row: Mapping[str, Any]) -> Sent:
    query = parse_qs(urlsplit(row["status_callback"]).query)
    return Sent(
        sid=row["sid"],
        to=row["to"],
        at=datetime.fromisoformat(row["at"]),
        statuses=tuple(row["statuses"]),
        plan=query.get("followup", [""])[0],
        deleted=row["deleted"],
    )


def _read_told(control: Control) -> list[Told]:
    """What the hotline answered to each status."""
    rows = control.get("way")["told"]
    return [Told(row["sid"], row["status"], row["code"], datetime.fromisoformat(row["at"])) for row in rows]


def _read_due(redis: Redis) -> dict[str, float]:
    """Every id that is to be handed out, with when."""
    with redis.pipeline(transaction=False) as pipe:
        for bucket in range(BUCKETS):
            pipe.zrange(due_key(bucket), 0, -1, withscores=True)
        return {id: at for bucket in pipe.execute() for id, at in bucket}


def by_number(asked: list[Asked]) -> dict[str, list[Asked]]:
    """What each phone asked, in the order that it began."""
    found: dict[str, list[Asked]] = defaultdict(list)
    for one in sorted(asked, key=lambda each: each.began):
        found[one.number].append(one)
    return found
