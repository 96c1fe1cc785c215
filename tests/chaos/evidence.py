"""The state after the storm: Redis, the carrier's ledger, and the webhooks with their responses.

Everything is read once, while all programs are up and idle, and examined later by `judgement` and `history`.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis import Redis

from devtools.twilio_sim.phone import Control
from hotline.channels import sms
from hotline.store import replicas
from hotline.store.connection import connect_for_backup
from hotline.store.keys import BUCKETS, Keys, bucket_key
from hotline.store.packing import unpacked_answer, unpacked_session
from tests.chaos import secrecy
from tests.chaos.posting import Asked
from tests.chaos.programs import Plan
from tests.chaos.town import Outage, Town

UNREPLICATED = timedelta(seconds=replicas.AGAIN_AFTER + 1)
"""How long before a failover turns may have been answered that no replica had, after the log said so once."""
SOON = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """A text that the carrier accepted from the application. `plan` is the id of its record."""

    sid: str
    to: str
    at: datetime
    statuses: tuple[str, ...]
    plan: str
    deleted: bool

    @property
    def undelivered(self) -> bool:
        """Whether it failed to reach the phone."""
        return self.statuses[-1] in ("undelivered", "failed")


@dataclass(frozen=True, slots=True)
class Told:
    """A status callback and the hotline's response status, 0 if there was none."""

    sid: str
    status: str
    code: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """All data in Redis about one person."""

    session: str | None
    answers: Mapping[str, str]
    person: Mapping[str, str]
    records: Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class Evidence:
    """Everything collected.

    `whose` maps numbers to hashes; `safe` are the documents that mean "not taken"; `due` maps scheduled ids to their
    times. Everything that came due by `horizon` must be done.
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
    """Times when Redis was paused without losing data."""
    redacted: frozenset[str] = frozenset()
    """The plans whose text the carrier lists without its body, and of which no status ever comes."""
    telling: list[str] = field(default_factory=list)
    """Places where a parent's number or text appears."""
    failures: list[str] = field(default_factory=list)
    """Log lines about internal failures."""


def gathered(
    town: Town, control: Control, planned: Plan, asked: list[Asked], safe: frozenset[str], horizon: datetime
) -> Evidence:
    whose = planned.whose({one.number for one in asked})
    telling = [*secrecy.in_logs(town.folder)]
    for url in dict.fromkeys((town.server.url, town.store.url if town.store else town.server.url)):
        with connect_for_backup(url) as redis:
            telling += secrecy.in_redis(redis)
    return Evidence(
        asked=asked,
        safe=safe,
        whose=whose,
        kept={who: read_kept(town.redis, who) for who in whose.values()},
        due=_read_due(town.redis),
        sent=_read_sent(control),
        told=_read_told(control),
        outages=named(town.outages[1:], secrecy.not_replicated(town.folder)),
        horizon=horizon,
        stalls=list(town.stalls),
        redacted=frozenset(_plan_of(query) for query in control.get("way")["redacted"]),
        telling=telling,
        failures=list(secrecy.failures(town.folder)),
    )


def named(outages: list[Outage], not_replicated: list[datetime]) -> list[Outage]:
    """Return the outages with whether each may have lost turns.

    Where a replica takes over, a turn is answered when the replica has it; else the service logs that it did not wait.
    """
    return [
        replace(
            outage,
            loses_turns=any(outage.real - UNREPLICATED <= at <= outage.real + SOON for at in not_replicated),
        )
        if outage.real
        else outage
        for outage in outages
    ]


def read_kept(redis: Redis, who: str) -> Kept:
    """Read all data in Redis about this person."""
    keys = Keys(who)
    with redis.pipeline(transaction=False) as pipe:
        pipe.hmget(keys.session, "session", "packed")
        for key in (keys.answers, keys.person, keys.followups):
            pipe.hgetall(key)
        (plain, packed), answers, person, records = pipe.execute()
    session = unpacked_session(plain or packed) if plain or packed else None
    answers = {event: _answer(event, stored) for event, stored in answers.items() if event != "unseen"}
    return Kept(session, answers, person, {id: json.loads(line) for id, line in records.items()})


def _answer(event: str, stored: str) -> str:
    """Return an answer as it was given; it is stored with a version before it."""
    return sms.addressed(unpacked_answer(stored.partition(" ")[2]), event)


def _read_sent(control: Control) -> list[Sent]:
    """Read the texts that the application sent from the carrier's ledger, oldest first."""
    rows = [row for row in control.get("ledger") if row["direction"] == "outbound-api"]
    return sorted((_sent(row) for row in rows), key=lambda sent: sent.at)


def _sent(row: Mapping[str, Any]) -> Sent:
    return Sent(
        sid=row["sid"],
        to=row["to"],
        at=datetime.fromisoformat(row["at"]),
        statuses=tuple(row["statuses"]),
        plan=_plan_of(urlsplit(row["status_callback"]).query),
        deleted=row["deleted"],
    )


def _plan_of(query: str) -> str:
    return parse_qs(query).get("followup", [""])[0]


def _read_told(control: Control) -> list[Told]:
    """Read the hotline's response to each status callback."""
    rows = control.get("way")["told"]
    return [Told(row["sid"], row["status"], row["code"], datetime.fromisoformat(row["at"])) for row in rows]


def _read_due(redis: Redis) -> dict[str, float]:
    """Read every scheduled id and its due time."""
    with redis.pipeline(transaction=False) as pipe:
        for bucket in range(BUCKETS):
            pipe.zrange(bucket_key(bucket, "due"), 0, -1, withscores=True)
        return {id: at for bucket in pipe.execute() for id, at in bucket}


def by_number(asked: list[Asked]) -> dict[str, list[Asked]]:
    """Group webhooks by phone number, ordered by when they began."""
    found: dict[str, list[Asked]] = defaultdict(list)
    for one in sorted(asked, key=lambda each: each.began):
        found[one.number].append(one)
    return found
