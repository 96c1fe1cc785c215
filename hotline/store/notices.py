"""Notify the center's staff of requests: once per request, occasion and target.

Rule 1: what was sent is stored in the request's own record, under the occasion and the target, and is
        deleted with the request. A number is a claim and the time it expires; a string is the id of a
        notice that was sent.
Rule 2: a claim is taken by compare-and-set, so only one job sends a notice. If that job dies, another may
        send it after CLAIMED_FOR: twice is better than never.
Rule 3: a target that refuses is retried with a growing delay, and the check `notify` reports it. After a
        success it waits for TOGETHER, so that a flood of requests becomes a few notices.
Rule 4: a target is identified by a keyed hash; no address is stored in Redis.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from redis import Redis

from hotline.config.notify import Notify
from hotline.store.connection import raise_store_busy
from hotline.store.keys import WHO_LENGTH, Keys, Secrets
from hotline.store.leases import acquire
from hotline.store.lua import Script
from hotline.store.requests import Request

CLAIMED_FOR = timedelta(minutes=2)
"""How long a claim lasts: longer than a job may take."""

TOGETHER = timedelta(minutes=5)
"""Minimum time between two notices to one target; requests in between share the next notice."""

FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=1)
"""Retry delays after a refusal: each is four times the previous one, up to the longest."""

RETENTION = timedelta(days=1)
"""A target's state expires after this long without an attempt."""

TARGETS, ASKED = "{notify}:targets", "{notify}:asked"

LOST_AFTER = timedelta(minutes=2)
"""Only one job is queued at a time; after this long it is assumed lost, and another may be queued."""

MARK_LENGTH: Final = 12


class Occasion(StrEnum):
    """Why the center is notified of a request."""

    NEW = "new"
    WAITED = "waited"
    """The request has waited for a working day."""


class Way(StrEnum):
    """How a target is notified."""

    TEXT = "text"
    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Target:
    """A person or system to notify. `label` identifies it for /status without its address."""

    way: Way
    address: str
    mark: str
    label: str


@dataclass(frozen=True, slots=True)
class TargetState:
    """Delivery state of a target: consecutive refusals, since when and why, and when to try next.

    `next` and `since` are in seconds since 1970.
    """

    next: float
    refusals: int = 0
    since: float = 0
    why: str = ""

    @property
    def began(self) -> datetime:
        """When the current refusals began."""
        return datetime.fromtimestamp(self.since, UTC)


def targets(notify: Notify, secrets: Secrets) -> tuple[Target, ...]:
    """Return all targets, in the order of the settings."""
    found = [
        *((Way.TEXT, each, f"text {n} of NOTIFY_NUMBERS") for n, each in enumerate(notify.numbers, 1)),
        *((Way.EMAIL, each, f"email {n} of NOTIFY_EMAIL") for n, each in enumerate(notify.emails, 1)),
        *((Way.WEBHOOK, each, "NOTIFY_WEBHOOK") for each in (notify.webhook,) if each),
    ]
    return tuple(Target(way, address, mark_of(secrets, way, address), label) for way, address, label in found)


def mark_of(secrets: Secrets, way: Way, address: str) -> str:
    """Return the keyed hash that identifies a target in Redis and in status callback URLs."""
    return secrets.mark(f"{way} {address}")[:MARK_LENGTH]


class Notices:
    """Notices sent, and the delivery state of targets. All methods raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._claim = Script(redis, "claim_notice")
        self._settle = Script(redis, "settle_notice")

    def claim(self, request: Request, occasion: Occasion, target: Target, now: datetime) -> bool:
        """Claim the notice of a request to a target; return False if it is sent, claimed or not needed.

        After True the caller must call `record_sent` or `give_back`.
        """
        taken = self._claim(
            [_key(request.id)],
            id=request.id,
            notice=f"{occasion}.{target.mark}",
            now=now.timestamp(),
            expires=(now + CLAIMED_FOR).timestamp(),
        )
        return bool(taken)

    def record_sent(self, request: Request, occasion: Occasion, target: Target, notice: str) -> None:
        """Record the id of the notice that notified the target of a request."""
        self._put(request.id, f"{occasion}.{target.mark}", sent=notice)

    def give_back(self, request: Request, occasion: Occasion, target: Target) -> None:
        """Release a claim because the target was not notified."""
        self._put(request.id, f"{occasion}.{target.mark}")

    def never_arrived(self, requests: list[Request], mark: str, notice: str) -> int:
        """Revoke a notice that the carrier accepted but lost; return how many requests it covered."""
        return sum(
            self._put(request.id, held, revoked=notice)
            for request in requests
            for held, by in request.notices
            if by == notice and held.endswith(f".{mark}")
        )

    def took(self, target: Target, now: datetime) -> None:
        """Record that the target accepted a notice."""
        self._keep(target.mark, TargetState((now + TOGETHER).timestamp()))

    def wait(self, target: Target, until: datetime) -> None:
        """Delay the target until then because of our own send rate, without counting a refusal."""
        before = self.target_states().get(target.mark, TargetState(0))
        self._keep(target.mark, replace(before, next=until.timestamp()))

    def refused(self, mark: str, why: str, now: datetime) -> None:
        """Record that the target refused, with our own description of why, and schedule the retry."""
        before = self.target_states().get(mark, TargetState(0))
        wait = min(FIRST_RETRY * 4 ** min(before.refusals, 10), LONGEST_RETRY)
        since = before.since or now.timestamp()
        self._keep(mark, TargetState((now + wait).timestamp(), before.refusals + 1, since, why))

    def target_states(self) -> dict[str, TargetState]:
        """Return the delivery state of each target by its mark; one not tried for RETENTION is missing."""
        with raise_store_busy():
            lines = self._redis.hgetall(TARGETS)
        read = ((str(mark), _read_or_none(str(line))) for mark, line in lines.items())
        return {mark: state for mark, state in read if state is not None}

    def ask(self) -> bool:
        """Check whether to queue a job: True if none is queued. Marks one as queued."""
        return acquire(self._redis, ASKED, LOST_AFTER)

    def begin(self) -> None:
        """Mark that the job has started, so that another may be queued."""
        with raise_store_busy():
            self._redis.delete(ASKED)

    def _put(self, id: str, notice: str, sent: str | None = None, revoked: str | None = None) -> bool:
        return bool(self._settle([_key(id)], id=id, notice=notice, sent=sent, revoked=revoked))

    def _keep(self, mark: str, state: TargetState) -> None:
        with raise_store_busy(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(TARGETS, mark, json.dumps(asdict(state)))
            pipe.expire(TARGETS, RETENTION)
            pipe.execute()


def _read_or_none(line: str) -> TargetState | None:
    """Parse a target's state; return None if it is malformed, so that the target is tried and rewritten."""
    try:
        state = json.loads(line)
        return TargetState(
            float(state["next"]), int(state["refusals"]), float(state["since"]), str(state["why"])
        )
    except (ValueError, TypeError, KeyError):
        return None


def _key(id: str) -> str:
    """Return the key of the requests of the person who made this one."""
    return Keys(id[:WHO_LENGTH]).requests
