"""Who at the center was told of which request: once for each request, occasion and target.

Rule 1: what was told stands in the request's own record, under the occasion and the target, so that it goes with the
        request. A claim is a number, the moment at which it lapses; what was told is a string, the notice's id.
Rule 2: a claim is taken by compare-and-set: of two jobs one tells. One that dies with a claim in its hands leaves it to
        the next after CLAIMED_FOR, which may tell it again: twice is better than never.
Rule 3: a target that refuses is left alone for a while, longer each time, and the check `notify` says so. After it took
        something it is left alone for a moment too, so that a flood of requests is a few notices and not a flood.
Rule 4: a target is named by a keyed hash; no address stands in Redis.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from redis import Redis

from hotline.config.notify import Notify
from hotline.store.connection import told_as_busy
from hotline.store.keys import WHO_LENGTH, Keys, Secrets
from hotline.store.requests import Request

CLAIMED_FOR = timedelta(minutes=2)
"""Longer than a job may take."""

TOGETHER = timedelta(minutes=5)
"""Between two notices to one target: who asks meanwhile is told of in one."""

FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=1)
"""After a refusal; each further wait is four times as long, up to the longest."""

KEPT = timedelta(days=1)
"""How a target fared is forgotten when nothing was tried for so long."""

TARGETS, ASKED = "{notify}:targets", "{notify}:asked"

LOST_AFTER = timedelta(minutes=2)
"""While a job waits in the queue no other is asked for; one that was lost with its queue is, after so long."""

MARK_LENGTH: Final = 12

CLAIM = """
local line = redis.call('HGET', KEYS[1], ARGV[1])
if not line then return 0 end
local record, mark, now = cjson.decode(line), ARGV[2], tonumber(ARGV[3])
if record.done ~= '' then return 0 end
record.notices = record.notices or {}
local held = record.notices[mark]
if type(held) == 'string' or (held and held > now) then return 0 end
record.notices[mark] = tonumber(ARGV[4])
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(record))
return 1
"""
"""KEYS: the person's requests. ARGV: the request's id, the notice's mark, now, and when the claim lapses."""

SETTLE = """
local line = redis.call('HGET', KEYS[1], ARGV[1])
if not line then return 0 end
local record, mark, told, took_back = cjson.decode(line), ARGV[2], ARGV[3], ARGV[4]
local held = (record.notices or {})[mark]
if took_back ~= '' then
  if held ~= took_back then return 0 end
elseif type(held) ~= 'number' then
  return 0
end
record.notices[mark] = told ~= '' and told or nil
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(record))
return 1
"""
"""KEYS: the person's requests. ARGV: the request's id, the mark, the notice that told of it or "" where none did, and the
notice that is taken back, for it never arrived; else "", for a claim."""


class Occasion(StrEnum):
    """Why the center is told of a request."""

    NEW = "new"
    WAITED = "waited"
    """It has waited for a working day."""


class Way(StrEnum):
    """How somebody is told."""

    TEXT = "text"
    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Target:
    """Who is told, and how. `label` says which one it is without its address, for /status."""

    way: Way
    address: str
    mark: str
    label: str


@dataclass(frozen=True, slots=True)
class Fared:
    """How a target fared: refusals in a row, since when and why, and when it is tried next. In seconds since 1970."""

    next: float
    refusals: int = 0
    since: float = 0
    why: str = ""

    @property
    def began(self) -> datetime:
        """Since when it refuses."""
        return datetime.fromtimestamp(self.since, UTC)


def targets(notify: Notify, secrets: Secrets) -> tuple[Target, ...]:
    """Everybody who is told, in the order of the settings."""
    found = [
        *((Way.TEXT, each, f"text {n} of NOTIFY_NUMBERS") for n, each in enumerate(notify.numbers, 1)),
        *((Way.EMAIL, each, f"email {n} of NOTIFY_EMAIL") for n, each in enumerate(notify.emails, 1)),
        *((Way.WEBHOOK, each, "NOTIFY_WEBHOOK") for each in (notify.webhook,) if each),
    ]
    return tuple(Target(way, address, mark_of(secrets, way, address), label) for way, address, label in found)


def mark_of(secrets: Secrets, way: Way, address: str) -> str:
    """What a target is called in Redis and in the address of a status."""
    return secrets.mark(f"{way} {address}")[:MARK_LENGTH]


class Notices:
    """What was told, and how the targets fare. All raise StoreBusy."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._claim = redis.register_script(CLAIM)
        self._settle = redis.register_script(SETTLE)

    def claim(self, request: Request, occasion: Occasion, target: Target, now: datetime) -> bool:
        """Take it on to tell this target of a request. After True you must call `told` or `give_back`."""
        args: list[str | float] = [request.id, f"{occasion}.{target.mark}"]
        with told_as_busy():
            taken = self._claim(
                keys=[_key(request.id)], args=[*args, now.timestamp(), (now + CLAIMED_FOR).timestamp()]
            )
        return bool(taken)

    def told(self, request: Request, occasion: Occasion, target: Target, notice: str) -> None:
        """Write down that this notice told the target of a request."""
        self._put(request.id, f"{occasion}.{target.mark}", notice, "")

    def give_back(self, request: Request, occasion: Occasion, target: Target) -> None:
        """Give a claim back: the target was not told."""
        self._put(request.id, f"{occasion}.{target.mark}", "", "")

    def never_arrived(self, requests: list[Request], mark: str, notice: str) -> int:
        """Take a notice back that the carrier took and lost; return of how many requests it told."""
        return sum(
            self._put(request.id, held, "", notice)
            for request in requests
            for held, by in request.notices
            if by == notice and held.endswith(f".{mark}")
        )

    def took(self, target: Target, now: datetime) -> None:
        """Write down that the target took something."""
        self._keep(target.mark, Fared((now + TOGETHER).timestamp()))

    def wait(self, target: Target, until: datetime) -> None:
        """Leave the target alone until then: our own pace says so, and nothing is wrong."""
        fared = self.fared().get(target.mark, Fared(0))
        self._keep(target.mark, Fared(until.timestamp(), fared.refusals, fared.since, fared.why))

    def refused(self, mark: str, why: str, now: datetime) -> None:
        """Write down that the target refused, in words of ours, and when to try again."""
        before = self.fared().get(mark, Fared(0))
        wait = min(FIRST_RETRY * 4 ** min(before.refusals, 10), LONGEST_RETRY)
        since = before.since or now.timestamp()
        self._keep(mark, Fared((now + wait).timestamp(), before.refusals + 1, since, why))

    def fared(self) -> dict[str, Fared]:
        """How each target fared, by its mark. One that was never tried, or long ago, is not there."""
        with told_as_busy():
            lines = self._redis.hgetall(TARGETS)
        read = ((str(mark), _read_or_none(str(line))) for mark, line in lines.items())
        return {mark: fared for mark, fared in read if fared is not None}

    def ask(self) -> bool:
        """Say whether a job is to be put in the queue: none waits there."""
        with told_as_busy():
            return bool(self._redis.set(ASKED, "asked", nx=True, ex=int(LOST_AFTER.total_seconds())))

    def begin(self) -> None:
        """A job begins: another may be asked for."""
        with told_as_busy():
            self._redis.delete(ASKED)

    def _put(self, id: str, mark: str, told: str, took_back: str) -> bool:
        with told_as_busy():
            return bool(self._settle(keys=[_key(id)], args=[id, mark, told, took_back]))

    def _keep(self, mark: str, fared: Fared) -> None:
        with told_as_busy(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(TARGETS, mark, json.dumps(asdict(fared)))
            pipe.expire(TARGETS, int(KEPT.total_seconds()))
            pipe.execute()


def _read_or_none(line: str) -> Fared | None:
    """How a target fared; None where somebody else wrote it: then it is tried, which writes it anew."""
    try:
        told = json.loads(line)
        return Fared(float(told["next"]), int(told["refusals"]), float(told["since"]), str(told["why"]))
    except (ValueError, TypeError, KeyError):
        return None


def _key(id: str) -> str:
    """The requests of the person whose request this is."""
    return Keys(id[:WHO_LENGTH]).requests
